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

std::string detection_text(const storage::Detection& detection) {
    if (!detection.copied_from) {
        return detection.detector;
    }
    return fmt::format("{}; not read anew: the same photo as {}, {} of 256 bits differ",
                       detection.detector,
                       detection.copied_from->image.hex().substr(0, 16),
                       detection.copied_from->distance);
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
    field("looked at by", detection_text(detail.detection));
    for (std::size_t i = 0; i < detail.detection.findings.size(); ++i) {
        const auto& finding = detail.detection.findings[i];
        field("found",
              fmt::format("{} {} at {},{} {}x{}: {}",
                          detail.detection.finding_ids.at(i).text.substr(0, 10),
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

void print_also_posted(const std::vector<storage::SamePost>& posts) {
    if (posts.empty()) {
        return;
    }
    heading("Also posted");
    for (const auto& post : posts) {
        const auto& by = post.author.empty() ? post.external_id : post.author;
        field(post.source.substr(0, 12),
              fmt::format("by {}, {}: {} {} ({}{})",
                          by,
                          core::format_rfc3339(post.first_seen).substr(0, 10),
                          post.title,
                          post.url,
                          post.exact ? "same bytes" : fmt::format("{} bits off", post.distance),
                          post.hit ? ", hit " + post.hit->text.substr(0, 10) : ""));
    }
}

void print_detail(const storage::HitDetail& detail,
                  const storage::FolderBlobStore& blobs,
                  const std::vector<storage::SamePost>& also_posted) {
    const auto& hit = detail.row;
    std::cout << styled("Hit " + hit.id.text, Style::bold, Stream::output)
              << fmt::format(", score {:.2f}: {}\n", hit.score, harmless(joined(hit.brands, ", ")));
    if (hit.withdrawn_at) {
        std::cout << "No longer found since " << core::format_rfc3339(*hit.withdrawn_at)
                  << "; what was decided stays.\n";
    }
    heading("Why");
    for (const auto& reason : detail.reasons) {
        std::cout << wrapped(harmless(reason), terminal_width(Stream::output), 2);
    }
    print_post(hit);
    print_photo(detail, blobs);
    print_history(detail);
    print_decisions(detail);
    print_also_posted(also_posted);
}

/// Other posts with this photo or a copy of it.
std::vector<storage::SamePost> elsewhere(storage::Store& store,
                                         const storage::HitDetail& detail,
                                         const storage::SamePhotoRule& rule) {
    constexpr std::size_t kMost = 50;
    const auto& hit = detail.row;
    auto posts = store.same_photos().posts(hit.image.blob.sha256, rule, kMost);
    std::erase_if(posts, [&hit](const storage::SamePost& post) {
        return post.source == hit.source && post.external_id == hit.post.id;
    });
    return posts;
}

int run_show(const ShowArguments& arguments, const Globals& globals) {
    const auto config = load_config(globals);
    const auto store = open_store(config);
    const auto ids = resolve_hits(store->hits(), {arguments.hit});
    const auto detail = store->hits().find(ids.front());
    if (!detail) {
        throw core::Error("hit " + arguments.hit + " is not in the store any more");
    }
    const auto also_posted = elsewhere(*store, *detail, config.crawl.scan.same_photo);
    if (arguments.json) {
        std::cout << hit_detail_json(*detail, also_posted);
    } else {
        print_detail(*detail, store->blobs(), also_posted);
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
