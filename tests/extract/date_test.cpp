#include "extract/date.hpp"

#include <catch2/catch.hpp>

namespace core = chiptrail::core;
using chiptrail::extract::DateHints;
using chiptrail::extract::parse_date;

namespace {

core::Timestamp at(const char* text) {
    return *core::parse_rfc3339(text);
}

}  // namespace

TEST_CASE("date: absolute times are read in standards and languages", "[extract][date]") {
    struct Row {
        const char* text;
        const char* utc;
    };
    const auto row = GENERATE(values<Row>({
        {"2016-06-20T22:36:28+00:00", "2016-06-20T22:36:28.000Z"},
        {"2026-01-26T23:55:44.454Z", "2026-01-26T23:55:44.454Z"},
        {"2022-05-26T00:41:52+0800", "2022-05-25T16:41:52.000Z"},
        {"2022-05-26 00:41", "2022-05-26T00:41:00.000Z"},
        {"Thu May 26 00:41:52 +0800 2022", "2022-05-25T16:41:52.000Z"},
        {"Wed, 02 Oct 2002 15:00:00 +0200", "2002-10-02T13:00:00.000Z"},
        {"Wed, 02 Oct 2002 08:00:00 EST", "2002-10-02T13:00:00.000Z"},
        {"Sat Jan 01 2022 10:00:00 GMT+0100 (CET)", "2022-01-01T09:00:00.000Z"},
        {"1686313159", "2023-06-09T12:19:19.000Z"},
        {"1468767635.0", "2016-07-17T15:00:35.000Z"},
        {"1466462188000", "2016-06-20T22:36:28.000Z"},
        {"20200605111105", "2020-06-05T11:11:05.000Z"},
        {"2020/6/5", "2020-06-05"},
        {"2020年6月5日", "2020-06-05"},
        {"2020年6月5日 下午 3:04", "2020-06-05T15:04:00.000Z"},
        {"2020년 6월 5일", "2020-06-05"},
        {"Feb 22, 2018", "2018-02-22"},
        {"22. Februar 2018", "2018-02-22"},
        {"22. Feb. 2018, 18:30 Uhr", "2018-02-22T18:30:00.000Z"},
        {"31.12.2019", "2019-12-31"},
        {"31/12/2019", "2019-12-31"},
        {"12/31/2019", "2019-12-31"},
        {"22 février 2018 à 18h30", "2018-02-22T18:30:00.000Z"},
        {"22 de febrero de 2018", "2018-02-22"},
        {"22 февраля 2018 г., 18:30", "2018-02-22T18:30:00.000Z"},
        {"22 tháng 2, 2018", "2018-02-22"},
        {"22 Thg 2 2018", "2018-02-22"},
        {"22 de março de 2018", "2018-03-22"},
        {"06-15-2014, 10:22 PM", "2014-06-15T22:22:00.000Z"},
        {"Posted on May 2, 2020 by someone (3 years ago)", "2020-05-02"},
        {"Sun Jun 08, 2014 3:04 am", "2014-06-08T03:04:00.000Z"},
        {"22-Feb-2018 07:08:09", "2018-02-22T07:08:09.000Z"},
        {"23rd of May 2019", "2019-05-23"},
        {"20180222", "2018-02-22"},
        {"2019-02-30", ""},
        {"hello 5 world", ""},
        {"", ""},
    }));
    CAPTURE(row.text);
    const auto published = parse_date(row.text, at("2026-11-23T12:00:00Z"));
    CHECK(published.raw == row.text);
    CHECK(published.utc == row.utc);
}

TEST_CASE("date: relative times count back from the fetch", "[extract][date]") {
    struct Row {
        const char* text;
        const char* utc;
    };
    // A Wednesday.
    const auto row = GENERATE(values<Row>({
        {"just now", "2020-06-17T12:00:00.000Z"},
        {"刚刚", "2020-06-17T12:00:00.000Z"},
        {"3分钟前", "2020-06-17T11:57:00.000Z"},
        {"4 hours ago", "2020-06-17T08:00:00.000Z"},
        {"an hour ago", "2020-06-17T11:00:00.000Z"},
        {"22 hrs", "2020-06-16T14:00:00.000Z"},
        {"3h", "2020-06-17T09:00:00.000Z"},
        {"2天前", "2020-06-15"},
        {"5 days ago", "2020-06-12"},
        {"vor 3 Stunden", "2020-06-17T09:00:00.000Z"},
        {"il y a 3 heures", "2020-06-17T09:00:00.000Z"},
        {"hace 2 días", "2020-06-15"},
        {"3 часа назад", "2020-06-17T09:00:00.000Z"},
        {"3 giờ trước", "2020-06-17T09:00:00.000Z"},
        {"Yesterday at 3:04 PM", "2020-06-16T15:04:00.000Z"},
        {"昨天 18:12", "2020-06-16T18:12:00.000Z"},
        {"Today, 09:30", "2020-06-17T09:30:00.000Z"},
        {"gestern", "2020-06-16"},
        {"вчера в 10:15", "2020-06-16T10:15:00.000Z"},
        {"Monday at 3:04 PM", "2020-06-15T15:04:00.000Z"},
        {"December 22 at 8:41 PM", "2019-12-22T20:41:00.000Z"},
        {"February 20 at 4:01 PM", "2020-02-20T16:01:00.000Z"},
        {"11:30", "2020-06-17T11:30:00.000Z"},
        {"13:30", "2020-06-16T13:30:00.000Z"},
    }));
    CAPTURE(row.text);
    CHECK(parse_date(row.text, at("2020-06-17T12:00:00Z")).utc == row.utc);
}

TEST_CASE("date: hints give the zone, the order and the form", "[extract][date]") {
    const auto now = at("2020-06-19T00:00:00Z");
    DateHints weibo;
    weibo.host = "weibo.cn";
    CHECK(parse_date("06月17日 18:12 来自绿洲APP", now, weibo).utc == "2020-06-17T10:12:00.000Z");
    CHECK(parse_date("2020-06-05 11:11:05", now, weibo).utc == "2020-06-05T03:11:05.000Z");

    DateHints british;
    british.host = "forum.example.co.uk";
    CHECK(parse_date("03/04/2020", now, british).utc == "2020-04-03");
    CHECK(parse_date("03/04/2020", now).utc == "2020-03-04");
    DateHints french;
    french.language = "fr";
    CHECK(parse_date("03/04/2020", now, french).utc == "2020-04-03");

    CHECK(parse_date("17|06|20 18.12", now, {"%d|%m|%y %H.%M"}).utc == "2020-06-17T18:12:00.000Z");
    CHECK(parse_date("17|06|20", now, {"%d|%m|%y"}).utc == "2020-06-17");

    DateHints zone;
    zone.utc_offset = std::chrono::minutes{-300};
    CHECK(parse_date("2020-06-05 11:11", now, zone).utc == "2020-06-05T16:11:00.000Z");
    CHECK(parse_date("2020-06-05T11:11:00Z", now, zone).utc == "2020-06-05T11:11:00.000Z");
}

TEST_CASE("date: bytes that are no date give nothing but themselves", "[extract][date]") {
    const auto now = at("2020-06-19T00:00:00Z");
    CHECK(parse_date(std::string(1000, '1'), now).utc == "");
    CHECK(parse_date("99:99 99/99/9999", now).utc == "");
    CHECK(parse_date("\xff\xfe 12:61", now).utc == "");
    CHECK(parse_date(std::string(1000, '\xc3'), now).raw.size() <= 300);
}
