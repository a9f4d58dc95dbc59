#include "desk_fixture.hpp"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <stdexcept>

namespace chiptrail::tests {

namespace {

constexpr const char* kSource = "demo-market";
constexpr const char* kHostileBrand = "hpe";

core::Timestamp at(const std::string& text) {
    const auto time = core::parse_rfc3339(text);
    if (!time) {
        throw std::runtime_error("no time: " + text);
    }
    return *time;
}

core::Exchange answered(const std::string& url, const std::string& body) {
    core::Exchange made;
    made.url = url;
    made.requested_at = at("2026-11-23T10:00:00Z");
    made.robots = {true, core::RobotsDecision::Basis::rule, 5, "Allow: /", std::nullopt};
    made.status = 200;
    made.reason = "OK";
    made.http_version = "1.1";
    made.response_headers = {{"Content-Type", "text/html"}};
    made.body = body;
    made.remote_ip = "127.0.0.1";
    return made;
}

core::Finding as_finding(const demo::DrawnMark& mark, std::size_t rank) {
    core::Finding finding;
    finding.brand = mark.brand;
    finding.text = mark.text;
    finding.score = std::max(0.55, (mark.clear ? 0.97 : 0.71) - 0.02 * static_cast<double>(rank));
    finding.quad = mark.quad;
    double left = mark.quad[0].x;
    double right = left;
    double top = mark.quad[0].y;
    double bottom = top;
    for (const auto& point : mark.quad) {
        left = std::min(left, point.x);
        right = std::max(right, point.x);
        top = std::min(top, point.y);
        bottom = std::max(bottom, point.y);
    }
    finding.box = {static_cast<int>(left),
                   static_cast<int>(top),
                   static_cast<int>(std::lround(right - left)),
                   static_cast<int>(std::lround(bottom - top))};
    finding.reader = "ppocr-v4";
    finding.why =
        "exact spelling, read with confidence " + std::to_string(finding.score).substr(0, 4);
    finding.parts = {{"confidence of the reader", finding.score}, {"length of the name", 1}};
    return finding;
}

core::Post listing(const demo::PhotoTruth& photo, int number) {
    core::Post post;
    post.id = std::to_string(1000 + number);
    post.url = "http://127.0.0.1:1/market/item/" + post.id;
    post.kind = core::PostKind::listing;
    const std::string maker = photo.marks.empty() ? "unknown" : photo.marks[0].text;
    post.title =
        maker + " " + (photo.models.empty() ? "server" : photo.models[0]) + ", lot " + post.id;
    post.text = "Sold from a cancelled project with rails and two power supplies. The " + maker +
                " plate is complete. Pick-up by appointment, shipping on a pallet possible.\n"
                "整机现货,支持现场验机。";
    post.author = {"Northgate Surplus", "n7", "http://127.0.0.1:1/market/seller/n7"};
    post.price = {"US $" + std::to_string(900 + number * 350) + ".00",
                  std::to_string(900 + number * 350) + ".00",
                  "",
                  "USD"};
    post.location = "Rotterdam, NL";
    post.published = {"2 days ago", "2026-11-21T08:30:00.000Z"};
    post.images = {"http://127.0.0.1:1/photos/" + photo.name};
    post.extractor = "json-ld";
    return post;
}

/// Markup, script links, direction overrides and invisible characters in every field.
void make_hostile(core::Post& post) {
    post.title = kHostileTitle;
    post.text =
        "</div></script><script>window.hacked = 2</script>"
        "<img src=\"http://attacker.example/pixel.png\" onerror=\"window.hacked = 3\">"
        "<a href=\"javascript:window.hacked=4\">click</a> {{constructor.constructor('x')()}}"
        "\nzero\xE2\x80\x8Bwidth \xE2\x81\xA6isolated\xE2\x81\xA9 nul\x01"
        "end \xFF\xFE";
    post.author.name = "<iframe src=//attacker.example></iframe>";
    post.author.url = "javascript:window.hacked=5";
    post.url = "javascript:window.hacked=6";
    post.location = "\"><svg onload=window.hacked=7>";
    post.price.raw =
        "<b>1</b>\xE2\x80\xAE"
        "00,1$";
}

class Filler {
public:
    explicit Filler(storage::Store& store)
        : store_(store),
          run_(store.runs().begin({"crawl", "0.1.0", std::string(64, 'a')},
                                  at("2026-11-23T09:59:00Z"))) {}

    void add(const DeskPhoto& desk_photo, int number) {
        const demo::PhotoTruth& photo = desk_photo.truth;
        core::Post post = listing(photo, number);
        if (photo.marks.size() == 1 && photo.marks[0].brand == kHostileBrand) {
            make_hostile(post);
        }
        see(post, "2026-11-20T10:00:00Z");
        if (number % 3 == 0) {
            post.price.raw = "US $" + std::to_string(800 + number * 350) + ".00";
            post.price.amount = std::to_string(800 + number * 350) + ".00";
            see(post, "2026-11-23T10:00:00Z");
        }
        const std::string& bytes = desk_photo.bytes;
        auto brought = answered(post.images[0], bytes);
        brought.purpose = core::Exchange::Purpose::image;
        const auto blob = store_.blobs().put(bytes);
        const auto fetch = store_.fetches().add(brought, {run_, kSource, brought.url, 0, blob});
        store_.images().put(
            blob, {photo.width, photo.height, "jpeg", "", "", ""}, at("2026-11-23T10:01:00Z"));
        store_.images().join(kSource, brought.url, blob.sha256, fetch);
        detect(photo, blob.sha256);
    }

private:
    void see(const core::Post& post, const std::string& when) {
        const auto fetch = store_.fetches().add(answered(post.url, "<html>page</html>"),
                                                {run_, kSource, post.url, 0, std::nullopt});
        store_.posts().upsert(kSource, post, storage::Sighting::own_page, fetch, at(when));
    }

    void detect(const demo::PhotoTruth& photo, const core::Sha256& sha256) {
        storage::Detection detection;
        detection.image = sha256;
        detection.detector = "truth";
        detection.at = at("2026-11-23T10:02:00Z");
        for (std::size_t rank = 0; rank < photo.marks.size(); ++rank) {
            detection.findings.push_back(as_finding(photo.marks[rank], rank));
        }
        store_.images().save_detection(detection);
    }

    storage::Store& store_;
    storage::RunId run_;
};

}  // namespace

const char* const kHostileTitle =
    "<script>window.hacked = 1</script>\xE2\x80\xAE"
    "DIVN \"SERVER\"";

std::vector<DeskPhoto> demo_photos() {
    std::vector<DeskPhoto> photos;
    for (const auto& truth : demo::demo_truth()) {
        if (truth.decodable) {
            photos.push_back({truth, demo::draw_photo(truth.name)});
        }
    }
    return photos;
}

std::vector<DeskPhoto> small_photos() {
    constexpr int kWidth = 800;
    constexpr int kHeight = 600;
    std::vector<DeskPhoto> photos;
    for (const std::string text : {"CISCO", "HPE", "LENOVO", ""}) {
        DeskPhoto photo;
        photo.truth.name = (text.empty() ? "plain" : text) + ".jpg";
        photo.truth.width = kWidth;
        photo.truth.height = kHeight;
        if (!text.empty()) {
            std::string brand = text;
            std::transform(brand.begin(), brand.end(), brand.begin(), [](unsigned char letter) {
                return static_cast<char>(std::tolower(letter));
            });
            photo.truth.marks = {
                {brand, text, {{{100, 250}, {500, 250}, {500, 350}, {100, 350}}}, true}};
        }
        cv::Mat pixels(kHeight, kWidth, CV_8UC3, cv::Scalar(60, 60, 60));
        cv::putText(pixels, text, {100, 350}, cv::FONT_HERSHEY_SIMPLEX, 4, {230, 230, 230}, 9);
        std::vector<unsigned char> jpeg;
        cv::imencode(".jpg", pixels, jpeg);
        photo.bytes.assign(jpeg.begin(), jpeg.end());
        photos.push_back(photo);
    }
    return photos;
}

void fill_desk(storage::Store& store, const std::vector<DeskPhoto>& photos) {
    Filler filler(store);
    int number = 1;
    for (const auto& photo : photos) {
        filler.add(photo, number++);
    }
    store.hits().recompute({}, at("2026-11-23T10:03:00Z"));
}

}  // namespace chiptrail::tests
