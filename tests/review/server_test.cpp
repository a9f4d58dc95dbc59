#include "review/server.hpp"

#include "core/result.hpp"
#include "desk_fixture.hpp"
#include "tests/support/temp_dir.hpp"
#include "vision/derive.hpp"
#include "vision/explain.hpp"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <httplib.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace {

using chiptrail::review::Options;
using chiptrail::review::ReviewServer;
using nlohmann::json;

/// A store of three hits, its server, and what a page would send.
class Desk {
public:
    Desk() : store_(folder_ / "store") {
        chiptrail::tests::fill_desk(store_, chiptrail::tests::small_photos());
        options_.port = 0;
        options_.reviewer = "mara";
        options_.client_timeout = std::chrono::seconds(1);
        options_.models = folder_ / "models";
        auto& brand = options_.lexicon.brands.emplace_back();
        brand.key = "cisco";
        brand.name = "Cisco";
        brand.spellings = {"Thinkorama", "Cisco"};
        write_reference("dell-roundel");
        server_ = std::make_unique<ReviewServer>(store_, clock_, options_);
        token_ = body("/api/session")["token"];
    }

    [[nodiscard]] httplib::Client client() const {
        httplib::Client client("127.0.0.1", server_->port());
        client.set_read_timeout(20);
        return client;
    }

    [[nodiscard]] httplib::Response get(const std::string& path,
                                        const httplib::Headers& headers = {}) const {
        auto result = client().Get(path, headers);
        REQUIRE(result);
        return *result;
    }

    [[nodiscard]] json body(const std::string& path) const {
        const auto response = get(path);
        CAPTURE(path, response.body);
        REQUIRE(response.status == 200);
        return json::parse(response.body);
    }

    [[nodiscard]] httplib::Response post(const std::string& path,
                                         const std::string& body,
                                         httplib::Headers headers = {},
                                         const std::string& type = "application/json") const {
        if (headers.count("X-Chiptrail-Token") == 0) {
            headers.emplace("X-Chiptrail-Token", token_);
        }
        auto result = client().Post(path, headers, body, type);
        REQUIRE(result);
        return *result;
    }

    [[nodiscard]] std::string origin() const {
        return "http://127.0.0.1:" + std::to_string(server_->port());
    }

    [[nodiscard]] std::string first_hit() const {
        return body("/api/hits")["hits"][0]["id"];
    }

    chiptrail::storage::Store& store() {
        return store_;
    }
    [[nodiscard]] int port() const {
        return server_->port();
    }

    /// What a newer detector says of the hit's photo.
    void detect(const json& hit, const std::vector<chiptrail::core::Finding>& findings) {
        chiptrail::storage::Detection detection;
        detection.image =
            *chiptrail::core::Sha256::from_hex(hit["image"]["sha256"].get<std::string>());
        detection.detector = "newer";
        detection.at = clock_.now();
        detection.findings = findings;
        store_.images().save_detection(detection);
        store_.hits().recompute({}, clock_.now());
    }

private:
    void write_reference(const std::string& name) const {
        const auto references = options_.models / "marks" / "references";
        std::filesystem::create_directories(references);
        std::ofstream(references / (name + ".png"), std::ios::binary)
            << chiptrail::vision::draw_reference({"", "DELL"})->bytes;
    }

    chiptrail::tests::TempDir folder_;
    chiptrail::storage::Store store_;
    chiptrail::core::SystemClock clock_;
    Options options_;
    std::unique_ptr<ReviewServer> server_;
    std::string token_;
};

std::string error_of(const httplib::Response& response) {
    const json parsed = json::parse(response.body, nullptr, false);
    REQUIRE(parsed.is_object());
    CHECK(parsed["error"]["status"] == response.status);
    return parsed["error"]["message"];
}

/// Sends bytes as they are, `later` once the answer begins; gives everything that comes back.
std::string raw(int port, const std::string& bytes, const std::string& later = "") {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    REQUIRE(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
    std::string all;
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto got = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (got <= 0) {
            break;
        }
        if (all.empty() && !later.empty()) {
            ::send(fd, later.data(), later.size(), MSG_NOSIGNAL);
        }
        all.append(buffer.data(), static_cast<std::size_t>(got));
    }
    ::close(fd);
    return all;
}

}  // namespace

TEST_CASE("review: the list, the facets and one hit say the same", "[review]") {
    const Desk desk;
    const json list = desk.body("/api/hits");
    REQUIRE(list["hits"].size() == 3);  // One photo has no mark.
    CHECK(list["next"].is_null());
    CHECK(list["hits"][0]["score"] >= list["hits"][1]["score"]);
    const json facets = desk.body("/api/facets");
    CHECK(facets["total"] == 3);
    CHECK(facets["brands"].size() == 3);
    const std::string id = list["hits"][0]["id"];
    const json hit = desk.body("/api/hits/" + id);
    CHECK(hit["id"] == id);
    CHECK(hit["findings"].size() == 1);
    CHECK(hit["findings"][0]["quad"].size() == 4);
    CHECK(hit["findings"][0]["why"].get<std::string>().find("exact spelling") == 0);
    CHECK(hit["page"]["robots"]["rule"] == "Allow: /");
    CHECK(hit["decisions"].empty());
}

TEST_CASE("review: filters narrow the list", "[review]") {
    const Desk desk;
    struct Row {
        const char* query;
        std::size_t hits;
    };
    const auto row = GENERATE(values<Row>({
        {"brand=cisco", 1},
        {"brand=cisco&brand=lenovo", 2},
        {"brand=nvidia", 0},
        {"source=demo-market", 3},
        {"source=other", 0},
        {"state=undecided", 3},
        {"state=confirmed", 0},
        {"q=CISCO", 1},
        {"min_score=0.99", 0},
        {"min_score=0.5&max_score=1", 3},
        {"limit=2", 2},
    }));
    CAPTURE(row.query);
    CHECK(desk.body("/api/hits?" + std::string(row.query))["hits"].size() == row.hits);
}

TEST_CASE("review: pages of the list follow each other without a gap", "[review]") {
    const Desk desk;
    const json first = desk.body("/api/hits?limit=2");
    const json second =
        desk.body("/api/hits?limit=2&after=" + httplib::detail::encode_query_param(first["next"]));
    std::set<std::string> ids;
    for (const auto& page : {first, second}) {
        for (const auto& hit : page["hits"]) {
            ids.insert(hit["id"]);
        }
    }
    CHECK(ids.size() == 3);
    CHECK(second["next"].is_null());
}

TEST_CASE("review: a decision counts, is logged and can be taken back", "[review]") {
    Desk desk;
    const std::string id = desk.first_hit();
    const auto answer =
        desk.post("/api/hits/" + id + "/decision", R"({"verdict": "confirm", "note": "sure"})");
    REQUIRE(answer.status == 200);
    CHECK(json::parse(answer.body)["state"] == "confirmed");
    CHECK(desk.body("/api/hits?state=confirmed")["hits"].size() == 1);
    REQUIRE(desk.post("/api/hits/" + id + "/decision", R"({"verdict": "reject"})").status == 200);

    // Two decisions, taken back newest first; then there is nothing left.
    const auto once = desk.post("/api/undo", "{}");
    CHECK(json::parse(once.body)["id"] == id);
    CHECK(json::parse(once.body)["state"] == "confirmed");
    CHECK(json::parse(desk.post("/api/undo", "{}").body)["state"] == "undecided");
    const auto none = desk.post("/api/undo", "{}");
    CHECK(none.status == 409);
    CHECK(error_of(none).find("no decision") != std::string::npos);

    const json decisions = desk.body("/api/hits/" + id)["decisions"];
    REQUIRE(decisions.size() == 4);
    CHECK(decisions[0]["verdict"] == "confirm");
    CHECK(decisions[0]["note"] == "sure");
    CHECK(decisions[0]["reviewer"] == "mara");
    CHECK(decisions[3]["undoes"] == decisions[0]["id"]);
}

TEST_CASE("review: undo of one hit leaves the others alone", "[review]") {
    const Desk desk;
    const json hits = desk.body("/api/hits")["hits"];
    const std::string a = hits[0]["id"];
    const std::string b = hits[1]["id"];
    for (const auto& id : {a, b}) {
        REQUIRE(desk.post("/api/hits/" + id + "/decision", R"({"verdict":"unsure"})").status ==
                200);
    }
    CHECK(desk.post("/api/hits/" + a + "/undo", "{}").status == 200);
    CHECK(desk.body("/api/hits/" + a)["state"] == "undecided");
    CHECK(desk.body("/api/hits/" + b)["state"] == "unsure");
    CHECK(desk.post("/api/hits/" + a + "/undo", "{}").status == 409);
}

TEST_CASE("review: bad input is refused with a reason", "[review]") {
    const Desk desk;
    struct Row {
        const char* path;
        int status;
        const char* part;
    };
    const auto row = GENERATE(values<Row>({
        {"/api/hits?brnad=cisco", 400, "no filter of that name"},
        {"/api/hits?min_score=high", 400, "number from 0 to 1"},
        {"/api/hits?min_score=nan", 400, "number from 0 to 1"},
        {"/api/hits?min_score=1.01", 400, "number from 0 to 1"},
        {"/api/hits?limit=0", 400, "1 to 200"},
        {"/api/hits?limit=201", 400, "1 to 200"},
        {"/api/hits?limit=-1", 400, "1 to 200"},
        {"/api/hits?state=maybe", 400, "undecided"},
        {"/api/hits?order=random", 400, "newest_post"},
        {"/api/hits?q=a&q=b", 400, "once"},
        {"/api/hits/xyz", 400, "16 hexadecimal"},
        {"/api/hits/0000000000000000", 404, "no such hit"},
        {"/api/hits/../../etc/passwd", 400, "16 hexadecimal"},
        {"/api/photos/00/view?side=320", 404, "no such photo"},
        {"/api/findings/xyz/place", 400, "16 hexadecimal"},
        {"/api/findings/0000000000000000/place", 404, "no such finding"},
        {"/api/pages/99999", 404, "no such page"},
        {"/api/pages/1e3", 404, "no such page"},
        {"/api/nothing", 404, "no such address"},
        {"/assets/..%2fserver.cpp", 404, "no such file"},
        {"/secret", 404, "no such address"},
    }));
    CAPTURE(row.path);
    const auto response = desk.get(row.path);
    CHECK(response.status == row.status);
    CHECK(error_of(response).find(row.part) != std::string::npos);
}

TEST_CASE("review: a finding shows its place upright and the name it was compared with",
          "[review]") {
    const Desk desk;
    const json hit = desk.body(
        "/api/hits/" + desk.body("/api/hits?brand=cisco")["hits"][0]["id"].get<std::string>());
    const json finding = hit["findings"][0];
    CHECK(finding["reference_spelling"] == "Cisco");
    CHECK(finding["reference_picture"] == false);
    CHECK(finding["parts"][0]["name"] == "confidence of the reader");

    const std::string at = "/api/findings/" + finding["id"].get<std::string>();
    const auto place = desk.get(at + "/place");
    CHECK(place.status == 200);
    CHECK(place.get_header_value("Content-Type") == "image/jpeg");
    const auto original =
        desk.get("/api/photos/" + hit["image"]["sha256"].get<std::string>() + "/original").body;
    const auto decoder = chiptrail::vision::make_in_process_decoder({});
    const auto expected = chiptrail::vision::rectified(
        original, {{{100, 250}, {500, 250}, {500, 350}, {100, 350}}}, 0.25, 240, *decoder);
    REQUIRE(expected);
    CHECK(place.body == expected->bytes);
    CHECK(desk.get(at + "/place").body == expected->bytes);  // From the cache.
    CHECK(desk.get(at + "/reference").status == 404);
}

TEST_CASE("review: a symbol has its reference mark beside it", "[review]") {
    Desk desk;
    const json hit = desk.body("/api/hits/" + desk.first_hit());
    chiptrail::core::Finding symbol;
    symbol.kind = chiptrail::core::FindingKind::symbol;
    symbol.brand = "dell";
    symbol.score = 0.9;
    symbol.box = {10, 10, 60, 60};  // Without a quad.
    symbol.reference = "dell/roundel";
    auto other = symbol;
    other.box = {200, 10, 60, 60};
    other.reference = "dell/../../secret";
    desk.detect(hit, {symbol, other});
    const json now = desk.body("/api/hits/" + hit["id"].get<std::string>());
    REQUIRE(now["findings"].size() == 2);
    for (const auto& finding : now["findings"]) {
        const std::string at = "/api/findings/" + finding["id"].get<std::string>();
        const bool is_known = finding["reference"] == "dell/roundel";
        CHECK(finding["reference_picture"] == is_known);
        CHECK(finding["reference_spelling"] == "");
        const auto reference = desk.get(at + "/reference");
        CHECK(reference.status == (is_known ? 200 : 404));
        CHECK((reference.get_header_value("Content-Type") == "image/png") == is_known);
        CHECK(desk.get(at + "/place").status == 200);
    }
}

TEST_CASE("review: what is no longer found can still be looked at", "[review]") {
    Desk desk;
    const json hit = desk.body("/api/hits/" + desk.first_hit());
    CHECK(hit["gone_findings"].empty());
    chiptrail::core::Finding other;
    other.brand = "dell";
    other.text = "DELL";
    other.score = 0.9;
    other.box = {10, 10, 60, 20};
    desk.detect(hit, {other});
    const json now = desk.body("/api/hits/" + hit["id"].get<std::string>());
    REQUIRE(now["gone_findings"].size() == 1);
    const json gone = now["gone_findings"][0];
    CHECK(gone["id"] == hit["findings"][0]["id"]);
    CHECK(gone["brand"] == hit["findings"][0]["brand"]);
    CHECK(gone["detector"] == "truth");
    CHECK(desk.get("/api/findings/" + gone["id"].get<std::string>() + "/place").status == 200);

    // At another place it is another finding: the one before is gone, too.
    other.box = {10, 400, 60, 20};
    desk.detect(hit, {other});
    CHECK(desk.body("/api/hits/" + hit["id"].get<std::string>())["gone_findings"].size() == 2);
}

TEST_CASE("review: other posts of the photo are listed, smaller copies too", "[review]") {
    Desk desk;
    const json hits = desk.body("/api/hits")["hits"];
    REQUIRE(hits.size() == 3);
    chiptrail::core::Pdq pdq{{{1, 2, 3, 4}}, 90};
    // The second looks like the first, the third like nothing.
    for (std::size_t i = 0; i < 3; ++i) {
        const auto sha256 =
            *chiptrail::core::Sha256::from_hex(hits[i]["image"]["sha256"].get<std::string>());
        const auto image = *desk.store().images().find(sha256);
        auto info = image.info;
        pdq.hash.words[0] ^= i == 1 ? 7U : 0U;
        pdq.hash.words[3] = i == 2 ? ~pdq.hash.words[3] : pdq.hash.words[3];
        info.phash = pdq.text();
        desk.store().images().put(image.blob, info, image.first_seen);
    }
    const json hit = desk.body("/api/hits/" + hits[0]["id"].get<std::string>());
    REQUIRE(hit["same_posts"].size() == 1);  // Not the hit's own post.
    const json same = hit["same_posts"][0];
    CHECK(same["hit"] == hits[1]["id"]);
    CHECK(same["url"] == hits[1]["url"]);
    CHECK(same["exact"] == false);
    CHECK(same["distance"] == 3);
    CHECK(desk.body("/api/hits/" + hits[2]["id"].get<std::string>())["same_posts"].empty());
}

TEST_CASE("review: a made-up cursor does no harm", "[review]") {
    const Desk desk;
    const auto response = desk.get("/api/hits?after=%00%ff%27%22");
    CHECK(response.status < 500);
    CHECK(json::accept(response.body));
}

TEST_CASE("review: a bad decision changes nothing", "[review]") {
    Desk desk;
    const std::string id = desk.first_hit();
    struct Row {
        const char* body;
        int status;
        const char* part;
    };
    const auto row = GENERATE(values<Row>({
        {"", 400, "JSON object"},
        {"[]", 400, "JSON object"},
        {"{\"verdict\":", 400, "JSON object"},
        {R"({"verdict": "delete"})", 400, "confirm, reject or unsure"},
        {R"({"verdict": 1})", 400, "must be a text"},
        {R"({"verdict": "confirm", "reviewer": "boss"})", 400, "nothing else"},
        {R"({"verdict":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}})", 400, "object"},
    }));
    CAPTURE(row.body);
    const auto response = desk.post("/api/hits/" + id + "/decision", row.body);
    CHECK(response.status == row.status);
    CHECK(error_of(response).find(row.part) != std::string::npos);
    CHECK(desk.body("/api/hits/" + id)["decisions"].empty());
}

TEST_CASE("review: a body over the limit is refused", "[review]") {
    const Desk desk;
    const std::string long_note(20'000, 'x');
    const auto response = desk.post("/api/hits/" + desk.first_hit() + "/decision",
                                    R"({"verdict":"confirm","note":")" + long_note + "\"}");
    CHECK(response.status == 413);
    CHECK(error_of(response).find("too large") != std::string::npos);
}

TEST_CASE("review: every answer carries the headers that keep strangers out", "[review]") {
    const Desk desk;
    const std::string photo = desk.body("/api/hits")["hits"][0]["image"]["sha256"];
    const std::string path = GENERATE_COPY(as<std::string>{},
                                           "/",
                                           "/hit/0123456789abcdef",
                                           "/assets/app.js",
                                           "/api/hits",
                                           "/nothing",
                                           "/api/photos/" + photo + "/view?side=320",
                                           "/api/photos/" + photo + "/original");
    CAPTURE(path);
    const auto response = desk.get(path);
    const std::string policy = response.get_header_value("Content-Security-Policy");
    CHECK(policy.find("default-src 'none'") == 0);
    CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(policy.find("http") == std::string::npos);
    CHECK(response.get_header_value("X-Content-Type-Options") == "nosniff");
    CHECK(response.get_header_value("X-Frame-Options") == "DENY");
    CHECK(response.get_header_value("Referrer-Policy") == "no-referrer");
    CHECK(response.get_header_value("Cross-Origin-Resource-Policy") == "same-origin");
    CHECK(!response.has_header("Access-Control-Allow-Origin"));
}

TEST_CASE("review: original bytes come as a download, never to be shown", "[review]") {
    Desk desk;
    const json hit = desk.body("/api/hits/" + desk.first_hit());
    const auto photo =
        desk.get("/api/photos/" + hit["image"]["sha256"].get<std::string>() + "/original");
    CHECK(photo.get_header_value("Content-Type") == "application/octet-stream");
    CHECK(photo.get_header_value("Content-Disposition").find("attachment; filename=\"") == 0);
    CHECK(chiptrail::core::sha256(photo.body).hex() == hit["image"]["sha256"]);
    const auto page = desk.get("/api/pages/" + std::to_string(hit["page"]["id"].get<int>()));
    CHECK(page.get_header_value("Content-Type") == "application/octet-stream");
    CHECK(page.body == "<html>page</html>");
    CHECK(page.get_header_value("Content-Security-Policy").find("sandbox") != std::string::npos);
}

TEST_CASE("review: photos are shown as new JPEGs of the asked size", "[review]") {
    const Desk desk;
    const std::string sha256 = desk.body("/api/hits")["hits"][0]["image"]["sha256"];
    const auto small = desk.get("/api/photos/" + sha256 + "/view?side=320");
    CHECK(small.get_header_value("Content-Type") == "image/jpeg");
    CHECK(small.body.substr(0, 2) == "\xFF\xD8");
    CHECK(small.body.size() < desk.get("/api/photos/" + sha256 + "/view?side=1600").body.size());
    CHECK(desk.get("/api/photos/" + sha256 + "/view?side=321").status == 400);
    CHECK(desk.get("/api/photos/" + sha256 + "/view").status == 400);
}

TEST_CASE("review: only our own names are answered", "[review]") {
    const Desk desk;
    const std::string port = ":" + std::to_string(desk.port());
    struct Row {
        std::string host;
        int status;
    };
    const std::vector<Row> rows{
        {"127.0.0.1" + port, 200},
        {"localhost" + port, 200},
        {"LOCALHOST" + port, 200},
        {"[::1]" + port, 200},
        {"attacker.example", 421},
        {"attacker.example" + port, 421},
        {"127.0.0.1", 421},
        {"127.0.0.1.attacker.example" + port, 421},
        {"", 421},
    };
    for (const auto& row : rows) {
        CAPTURE(row.host);
        CHECK(desk.get("/api/hits", {{"Host", row.host}}).status == row.status);
    }
}

TEST_CASE("review: another site can neither decide nor read", "[review]") {
    Desk desk;
    const std::string id = desk.first_hit();
    const std::string path = "/api/hits/" + id + "/decision";
    const std::string body = R"({"verdict":"confirm"})";
    CHECK(desk.post(path, body, {{"Origin", "http://attacker.example"}}).status == 403);
    CHECK(desk.post(path, body, {{"Origin", "null"}}).status == 403);
    CHECK(desk.post(path, body, {{"Sec-Fetch-Site", "cross-site"}}).status == 403);
    CHECK(desk.post(path, body, {{"Sec-Fetch-Site", "same-site"}}).status == 403);
    CHECK(desk.post(path, body, {{"X-Chiptrail-Token", "guess"}}).status == 403);
    CHECK(desk.post(path, body, {{"X-Chiptrail-Token", ""}}).status == 403);
    CHECK(desk.post(path, body, {}, "text/plain").status == 415);
    CHECK(desk.post(path, body, {}, "application/x-www-form-urlencoded").status == 415);
    CHECK(desk.get("/api/hits", {{"Sec-Fetch-Site", "cross-site"}}).status == 403);
    CHECK(desk.get("/assets/app.js", {{"Sec-Fetch-Site", "cross-site"}}).status == 403);
    CHECK(desk.body("/api/hits/" + id)["decisions"].empty());

    // A link from elsewhere to the page may be followed; our own page may decide.
    CHECK(
        desk.get("/", {{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Mode", "navigate"}}).status ==
        200);
    CHECK(desk.post(path, body, {{"Origin", desk.origin()}, {"Sec-Fetch-Site", "same-origin"}})
              .status == 200);
}

TEST_CASE("review: nothing changes by GET", "[review]") {
    Desk desk;
    const std::string id = desk.first_hit();
    CHECK(desk.get("/api/hits/" + id + "/decision?verdict=confirm").status == 400);
    CHECK(desk.get("/api/undo").status == 404);
    CHECK(desk.body("/api/hits/" + id)["decisions"].empty());
}

TEST_CASE("review: a request hidden in a refused body is not answered", "[review]") {
    Desk desk;
    const std::string host = "127.0.0.1:" + std::to_string(desk.port());
    const std::string hidden = "GET /api/session HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
    const std::string first_line = GENERATE(as<std::string>{},
                                            "POST /api/undo HTTP/1.1",
                                            "GET /api/nothing HTTP/1.1",
                                            "PUT / HTTP/1.1");
    const std::string answer =
        raw(desk.port(),
            first_line + "\r\nHost: " + host + "\r\nContent-Type: text/plain\r\n" +
                "Content-Length: " + std::to_string(hidden.size()) + "\r\n\r\n",
            hidden);
    CAPTURE(answer);
    CHECK(answer.find("HTTP/1.1 4") == 0);
    CHECK(answer.find("token\":") == std::string::npos);
}

TEST_CASE("review: odd requests are refused", "[review]") {
    Desk desk;
    const std::string host = "Host: 127.0.0.1:" + std::to_string(desk.port()) + "\r\n";
    struct Row {
        std::string request;
        const char* status;
    };
    const std::vector<Row> rows{
        {"DELETE /api/hits HTTP/1.1\r\n" + host + "\r\n", "HTTP/1.1 405"},
        {"GET /" + std::string(300, 'a') + " HTTP/1.1\r\n" + host + "\r\n", "HTTP/1.1 414"},
        {"POST /api/undo HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n",
         "HTTP/1.1 415"},
        {"POST /api/undo HTTP/1.1\r\n" + host +
             "Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
         "HTTP/1.1 415"},
        {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 421"},
        {"nonsense\r\n\r\n", "HTTP/1.1 400"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.request);
        CHECK(raw(desk.port(), row.request).rfind(row.status, 0) == 0);
    }
}

TEST_CASE("review: clients that say nothing do not keep others waiting for long", "[review]") {
    const Desk desk;
    std::vector<int> silent;
    for (int client = 0; client < 30; ++client) {
        const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(desk.port()));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
        silent.push_back(fd);
    }
    CHECK(desk.get("/api/facets").status == 200);  // The client itself waits 20 s at most.
    for (const int fd : silent) {
        ::close(fd);
    }
}

TEST_CASE("review: hostile text is valid JSON and is not changed", "[review]") {
    const Desk desk;
    const json hits = desk.body("/api/hits?brand=hpe")["hits"];
    REQUIRE(hits.size() == 1);
    CHECK(hits[0]["title"] == chiptrail::tests::kHostileTitle);
    const json hit = desk.body("/api/hits/" + hits[0]["id"].get<std::string>());
    CHECK(hit["text"].get<std::string>().find("<script>window.hacked = 2</script>") !=
          std::string::npos);
}

TEST_CASE("review: it listens on loopback alone, on a port of its own", "[review]") {
    const Desk desk;
    chiptrail::tests::TempDir folder;
    chiptrail::storage::Store store(folder / "store");
    const chiptrail::core::SystemClock clock;
    Options options;
    options.host = "0.0.0.0";
    CHECK_THROWS_AS(ReviewServer(store, clock, options), chiptrail::core::ConfigError);
    options.host = "127.0.0.1";
    options.port = desk.port();
    CHECK_THROWS_WITH(ReviewServer(store, clock, options),
                      Catch::Contains(std::to_string(desk.port())));
}
