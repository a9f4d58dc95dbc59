#include "tests/cli/shop.hpp"

#include "core/sha256.hpp"
#include "demo/photos.hpp"

#include <catch2/catch.hpp>

#include <sstream>
#include <utility>

namespace chiptrail::tests {

namespace {

constexpr const char* kConfig = R"toml(
[crawl]
contact = "the tests"
allow_addresses = ["127.0.0.0/8"]
delay_ms_per_host = 0
max_attempts = 2
first_back_off_ms = 10
max_back_off_s = 1
first_robots_retry_s = 1
max_robots_retry_s = 1
max_idle_s = 3
)toml";

constexpr const char* kReadings = R"toml(
[[read]]
name = "list"
when = { selector = "ul.list" }
kind = "listing"
items = [".item"]
follow = [".item a"]
required = ["title"]
[read.fields]
id = ["xpath:./@data-id"]
url = ["a"]
title = ["a"]
price = [".price"]

[[read]]
name = "item"
when = { selector = "article" }
kind = "listing"
required = ["title"]
[read.fields]
id = ["article::attr(data-id)"]
title = ["h1"]
price = [".price"]
text = [".text"]
images = ["img.photo"]

[[read]]
name = "anything"
kind = "listing"
items = [".goods .offer"]
required = ["title"]
[read.fields]
title = ["h2"]
)toml";

/// The tag that a server makes from what it sends, so that asking again can be answered with 304.
std::string tag_of(const std::string& body) {
    return '"' + core::sha256(body).hex().substr(0, 16) + '"';
}

HttpServer::Reply or_unchanged(HttpServer::Reply reply, const HttpServer::Request& request) {
    const auto tag = tag_of(reply.body);
    if (request.header("If-None-Match") == tag) {
        reply = {.status = 304, .body = ""};
    }
    reply.headers.push_back({"ETag", tag});
    return reply;
}

}  // namespace

Shop::Shop(std::map<int, Item> items) : items_(std::move(items)) {
    server.otherwise([this](const HttpServer::Request& request) { return answer(request); });
}

void Shop::change(const std::function<void(std::map<int, Item>&)>& what) {
    const std::lock_guard lock(mutex_);
    what(items_);
}

void Shop::before_answer(std::function<void(int)> hook) {
    const std::lock_guard lock(mutex_);
    hook_ = std::move(hook);
    requests_ = 0;
}

HttpServer::Reply Shop::answer(const HttpServer::Request& request) {
    const std::lock_guard lock(mutex_);
    ++requests_;
    if (hook_) {
        hook_(requests_);
    }
    if (request.path == "/list") {
        return or_unchanged(list(), request);
    }
    const auto slash = request.path.rfind('/');
    const auto id = std::atoi(request.path.c_str() + slash + 1);  // NOLINT(cert-err34-c)
    if (!items_.contains(id)) {
        return {.status = 404, .body = "<p>not here</p>"};
    }
    if (request.path.starts_with("/photo/")) {
        return or_unchanged({.body = items_.at(id).photo, .content_type = "image/jpeg"}, request);
    }
    return or_unchanged(item(id), request);
}

HttpServer::Reply Shop::list() const {
    std::string body = "<ul class=list>";
    for (const auto& [id, item] : items_) {
        body += "<li class=item data-id=" + std::to_string(id) + "><a href=/item/" +
                std::to_string(id) + ">" + item.title + "</a> <span class=price>" + item.price +
                "</span></li>";
    }
    return {.body = body + "</ul>"};
}

HttpServer::Reply Shop::item(int id) const {
    const auto& item = items_.at(id);
    return {.body = "<article data-id=" + std::to_string(id) + "><h1>" + item.title +
                    "</h1><p class=price>" + item.price +
                    "</p><p class=text>Tested, with rails and both power supplies.</p>"
                    "<img class=photo width=800 height=600 src=" +
                    photo_path(id) + "></article>"};
}

std::map<int, Shop::Item> plain_items(int count) {
    static const auto photo = demo::draw_photo(demo::photo_names().front(), 96);
    std::map<int, Shop::Item> items;
    for (int id = 1; id <= count; ++id) {
        const auto text = std::to_string(id);
        // What follows the end of a JPEG is not looked at, but makes other bytes of it.
        items[id] = {"Server " + text, "US $" + text + "00.00", photo + text};
    }
    return items;
}

ShopCli::ShopCli(const Setting& setting) : setting_(setting) {
    static_cast<void>(file("chiptrail.toml",
                           kConfig + setting.crawl +
                               "\n[sources]\nshipped = false\nfolder = \"recipes\"\n" +
                               setting.rest));
}

void ShopCli::add_source(const std::string& name, const std::string& start) const {
    static_cast<void>(file("recipes/" + name + ".toml",
                           "site = \"A shop of the tests\"\nhosts = [\"127.0.0.1\"]\nstart = [\"" +
                               start +
                               "\"]\n[crawl]\nenabled = true\ndelay_ms = 0\nmax_pages = 100\n"
                               "max_depth = 2\nmax_images = 100\n" +
                               setting_.recipe_crawl + kReadings + setting_.recipe_rest));
}

const nlohmann::json& ShopCli::Report::source(const std::string& name) const {
    for (const auto& source : json.at("sources")) {
        if (source.at("name") == name) {
            return source;
        }
    }
    throw std::runtime_error("the report has no source " + name);
}

ShopCli::Report ShopCli::crawl(const std::vector<std::string>& options) const {
    std::vector<std::string> arguments = {"crawl", "--json", "--quiet"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    Report report{(*this)(arguments), {}};
    CAPTURE(report.result.err);
    CHECK(schema_problem("crawl", report.result.out) == "");
    report.json = nlohmann::json::parse(report.result.out, nullptr, false);
    return report;
}

std::string ShopCli::store_problems() const {
    std::string problems;
    std::istringstream lines((*this)({"doctor", "--deep", "--json"}).out);
    for (std::string line; std::getline(lines, line);) {
        const auto check = nlohmann::json::parse(line);
        if (check.at("name") == "store" && check.at("level") != "ok") {
            problems += check.at("text").get<std::string>() + '\n';
        }
    }
    return problems;
}

}  // namespace chiptrail::tests
