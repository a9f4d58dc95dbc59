#pragma once

// A marketplace on loopback for whole crawls, and chiptrail configured to crawl it without
// waiting: a list, one page and one photo an item. Tests replace single answers to make it ill.

#include "tests/cli/cli.hpp"
#include "tests/support/http_server.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace chiptrail::tests {

class Shop {
public:
    struct Item {
        std::string title;
        std::string price;
        std::string photo;  ///< bytes
    };

    explicit Shop(std::map<int, Item> items);

    HttpServer server;

    /// Under the lock that the answers take.
    void change(const std::function<void(std::map<int, Item>&)>& what);
    /// Runs before each answer, with the number of the request, 1 for the first.
    void before_answer(std::function<void(int)> hook);

    [[nodiscard]] std::string photo_path(int id) const {
        return "/photo/" + std::to_string(id) + ".jpg";
    }

private:
    HttpServer::Reply answer(const HttpServer::Request& request);
    [[nodiscard]] HttpServer::Reply list() const;
    [[nodiscard]] HttpServer::Reply item(int id) const;

    std::mutex mutex_;
    std::map<int, Item> items_;
    std::function<void(int)> hook_;
    int requests_ = 0;
};

/// `count` items whose photos are small, different from each other and without any mark.
[[nodiscard]] std::map<int, Shop::Item> plain_items(int count);

/// "[crawl]" and other tables are added as given.
struct Setting {
    std::string crawl;           ///< lines of [crawl]
    std::string rest;            ///< whole tables
    std::string recipe_crawl{};  ///< lines of the recipes' [crawl]
    std::string recipe_rest{};   ///< tables of the recipes
};

/// chiptrail with sources that read what a Shop serves.
class ShopCli : public Cli {
public:
    explicit ShopCli(const Setting& setting = {});

    /// A source of its own that starts at `start`.
    void add_source(const std::string& name, const std::string& start) const;

    /// One crawl with --json. Fails the test unless its report is as the schema says.
    struct Report {
        ProgramResult result;
        nlohmann::json json;  ///< null when there was no report

        [[nodiscard]] const nlohmann::json& source(const std::string& name) const;
    };
    [[nodiscard]] Report crawl(const std::vector<std::string>& options = {"--no-scan"}) const;

    /// What `doctor --deep` says against the store, one line a problem.
    [[nodiscard]] std::string store_problems() const;

private:
    Setting setting_;
};

}  // namespace chiptrail::tests
