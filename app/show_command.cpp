#include "app/command.hpp"
#include "app/json_output.hpp"
#include "app/opened.hpp"
#include "app/terminal.hpp"
#include "core/result.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <iostream>
#include <memory>

namespace chiptrail::app {

namespace {

struct ShowArguments {
    std::string hit;
    bool json = false;
};

void heading(const std::string& text) {
    std::cout << '\n' << styled(text, Style::bold, Stream::output) << '\n';
}

void field(const std::string& name, const std::string& value) {
    if (value.empty()) {
        return;
    }
    constexpr std::size_t kIndent = 14;
    const auto lines = wrapped(harmless(value), terminal_width(Stream::output), kIndent);
    std::cout << fmt::format("  {:<12}", name) << lines.substr(std::min(kIndent, lines.size()));
}

void print_post(const storage::HitRow& hit) {
    const auto& post = hit.post;
    heading("Post");
    field("title", post.title);
    field("url", post.url);
    field("author", post.author.name);
    field("author page", post.author.url);
    field("price", price_text(post.price));
    field("location", post.location);
    field("published", post.published.utc.empty() ? post.published.raw : post.published.utc);
    field("text", shortened(harmless(post.text), 1200));
    field("source", hit.source);
    field("first seen", core::format_rfc3339(hit.first_seen));
    field("last seen", core::format_rfc3339(hit.last_seen));
    if (hit.gone_at) {
        field("gone since", core::format_rfc3339(*hit.gone_at));
    }
}

void print_photo(const storage::HitDetail& detail, const storage::FolderBlobStore& blobs) {
    const auto& image = detail.row.image;
    heading("Photo");
    field("file", blobs.path_of(image.blob.sha256).string());
    field("sha-256", image.blob.sha256.hex());
    field("size",
          fmt::format("{} x {}, {}, {}",
                      image.info.width,
                      image.info.height,
                      image.info.format,
                      human_bytes(image.blob.bytes)));
    field("url", detail.row.image_url);
    for (const auto& finding : detail.detection.findings) {
        field("found",
              fmt::format("{} at {},{} {}x{}: {}",
                          short_text(finding),
                          finding.box.x,
                          finding.box.y,
                          finding.box.width,
                          finding.box.height,
                          finding.why));
    }
}

void print_fetch(const std::string& name, const storage::Fetch& fetch) {
    const auto& exchange = fetch.exchange;
    field(name,
          fmt::format("{} {} at {} from {}, robots.txt: {}{}",
                      exchange.status,
                      exchange.url,
                      core::format_rfc3339(exchange.requested_at),
                      exchange.remote_ip.empty() ? "nowhere" : exchange.remote_ip,
                      to_text(exchange.robots.basis),
                      exchange.robots.rule.empty() ? "" : " (" + exchange.robots.rule + ")"));
}

void print_history(const storage::HitDetail& detail) {
    heading("Where it comes from");
    for (const auto& redirect : detail.redirects) {
        print_fetch("redirect", redirect);
    }
    print_fetch("page", detail.page);
    if (detail.photo) {
        print_fetch("photo", *detail.photo);
    }
    for (const auto& version : detail.versions) {
        field("version " + std::to_string(version.number),
              core::format_rfc3339(version.seen_at) +
                  (version.changed.empty() ? "" : ", changed: " + joined(version.changed, ", ")));
    }
}

void print_decisions(const storage::HitDetail& detail) {
    heading("Review");
    field("stands", std::string(to_text(detail.row.state)));
    for (const auto& decision : detail.decisions) {
        field(core::format_rfc3339(decision.at).substr(0, 10),
              fmt::format("{} by {}{}",
                          decision.verdict ? to_text(*decision.verdict) : "undone",
                          decision.reviewer,
                          decision.note.empty() ? "" : ": " + decision.note));
    }
}

void print_detail(const storage::HitDetail& detail, const storage::FolderBlobStore& blobs) {
    const auto& hit = detail.row;
    std::cout << styled("Hit " + hit.id.text, Style::bold, Stream::output)
              << fmt::format(", score {:.2f}: {}\n", hit.score, harmless(joined(hit.brands, ", ")));
    heading("Why");
    for (const auto& reason : detail.reasons) {
        std::cout << wrapped(harmless(reason), terminal_width(Stream::output), 2);
    }
    print_post(hit);
    print_photo(detail, blobs);
    print_history(detail);
    print_decisions(detail);
    if (!detail.same_image.empty()) {
        std::vector<std::string> others;
        for (const auto& other : detail.same_image) {
            others.push_back(other.text);
        }
        heading("The same photo in other posts");
        field("hits", joined(others, ", "));
    }
}

int run_show(const ShowArguments& arguments, const Globals& globals) {
    const auto store = open_store(load_config(globals));
    const auto ids = resolve_hits(store->hits(), {arguments.hit});
    const auto detail = store->hits().find(ids.front());
    if (!detail) {
        throw core::Error("hit " + arguments.hit + " is not in the store any more");
    }
    if (arguments.json) {
        std::cout << hit_detail_json(*detail);
    } else {
        print_detail(*detail, store->blobs());
    }
    return kDone;
}

}  // namespace

void add_show(CommandLine& line) {
    auto& command = line.add({"show",
                              "shows everything behind one hit: why, post, photo, requests, review",
                              {"With --json: the object of `hits --json` and more; "
                               "docs/schemas/show.schema.json describes it."},
                              {{"show 3f2a91", "The first digits of the id are enough."}}});
    const auto arguments = std::make_shared<ShowArguments>();
    command.add_option("HIT", arguments->hit, "Its id, or the first four digits or more.")
        ->required();
    command.add_flag("--json", arguments->json, "One JSON object.");
    line.on_run(command,
                [arguments](const Globals& globals) { return run_show(*arguments, globals); });
}

}  // namespace chiptrail::app
