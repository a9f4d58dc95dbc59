#include "extract/date_words.hpp"

#include "extract/utf8_scan.hpp"

#include <algorithm>
#include <array>

namespace chiptrail::extract {

namespace {

using namespace std::chrono_literals;

template <class T>
struct Word {
    std::string_view text;
    T value;
};

// Full names; abbreviations are their beginnings.
constexpr std::array kMonths = std::to_array<Word<unsigned>>({
    // English, German, French, Spanish, Portuguese, Italian, Dutch
    {"january", 1},
    {"february", 2},
    {"march", 3},
    {"april", 4},
    {"may", 5},
    {"june", 6},
    {"july", 7},
    {"august", 8},
    {"september", 9},
    {"october", 10},
    {"november", 11},
    {"december", 12},
    {"januar", 1},
    {"jänner", 1},
    {"februar", 2},
    {"märz", 3},
    {"maerz", 3},
    {"mrz", 3},
    {"mai", 5},
    {"juni", 6},
    {"juli", 7},
    {"oktober", 10},
    {"dezember", 12},
    {"janvier", 1},
    {"février", 2},
    {"fevrier", 2},
    {"mars", 3},
    {"avril", 4},
    {"juin", 6},
    {"juillet", 7},
    {"août", 8},
    {"aout", 8},
    {"septembre", 9},
    {"octobre", 10},
    {"novembre", 11},
    {"décembre", 12},
    {"decembre", 12},
    {"enero", 1},
    {"febrero", 2},
    {"marzo", 3},
    {"abril", 4},
    {"mayo", 5},
    {"junio", 6},
    {"julio", 7},
    {"agosto", 8},
    {"septiembre", 9},
    {"setiembre", 9},
    {"octubre", 10},
    {"noviembre", 11},
    {"diciembre", 12},
    {"janeiro", 1},
    {"fevereiro", 2},
    {"março", 3},
    {"maio", 5},
    {"junho", 6},
    {"julho", 7},
    {"setembro", 9},
    {"outubro", 10},
    {"novembro", 11},
    {"dezembro", 12},
    {"gennaio", 1},
    {"febbraio", 2},
    {"aprile", 4},
    {"maggio", 5},
    {"giugno", 6},
    {"luglio", 7},
    {"settembre", 9},
    {"ottobre", 10},
    {"dicembre", 12},
    {"januari", 1},
    {"februari", 2},
    {"maart", 3},
    {"mei", 5},
    {"augustus", 8},
    {"mrt", 3},
    {"sept", 9},
    // Russian, Ukrainian
    {"января", 1},
    {"январь", 1},
    {"февраля", 2},
    {"февраль", 2},
    {"марта", 3},
    {"март", 3},
    {"апреля", 4},
    {"апрель", 4},
    {"мая", 5},
    {"май", 5},
    {"июня", 6},
    {"июнь", 6},
    {"июля", 7},
    {"июль", 7},
    {"августа", 8},
    {"сентября", 9},
    {"сентябрь", 9},
    {"октября", 10},
    {"октябрь", 10},
    {"ноября", 11},
    {"ноябрь", 11},
    {"декабря", 12},
    {"декабрь", 12},
    {"січня", 1},
    {"лютого", 2},
    {"березня", 3},
    {"квітня", 4},
    {"травня", 5},
    {"червня", 6},
    {"липня", 7},
    {"серпня", 8},
    {"вересня", 9},
    {"жовтня", 10},
    {"листопада", 11},
    {"грудня", 12},
    // Polish, Czech
    {"stycznia", 1},
    {"lutego", 2},
    {"marca", 3},
    {"kwietnia", 4},
    {"maja", 5},
    {"czerwca", 6},
    {"lipca", 7},
    {"sierpnia", 8},
    {"września", 9},
    {"października", 10},
    {"listopada", 11},
    {"grudnia", 12},
    {"ledna", 1},
    {"února", 2},
    {"března", 3},
    {"dubna", 4},
    {"května", 5},
    {"června", 6},
    {"července", 7},
    {"srpna", 8},
    {"září", 9},
    {"října", 10},
    {"listopadu", 11},
    {"prosince", 12},
    // Turkish, Indonesian, Swedish and its neighbours
    {"ocak", 1},
    {"şubat", 2},
    {"mart", 3},
    {"nisan", 4},
    {"mayıs", 5},
    {"haziran", 6},
    {"temmuz", 7},
    {"ağustos", 8},
    {"eylül", 9},
    {"ekim", 10},
    {"kasım", 11},
    {"aralık", 12},
    {"maret", 3},
    {"agustus", 8},
    {"desember", 12},
    {"maj", 5},
    {"augusti", 8},
    {"marts", 3},
    {"mac", 3},
    {"ogos", 8},
    {"disember", 12},
});

constexpr std::array kWeekdays = std::to_array<Word<unsigned>>({
    {"sunday", 0},      {"monday", 1},      {"tuesday", 2},  {"wednesday", 3},  {"thursday", 4},
    {"friday", 5},      {"saturday", 6},    {"sun", 0},      {"mon", 1},        {"tue", 2},
    {"wed", 3},         {"thu", 4},         {"fri", 5},      {"sat", 6},        {"sonntag", 0},
    {"montag", 1},      {"dienstag", 2},    {"mittwoch", 3}, {"donnerstag", 4}, {"freitag", 5},
    {"samstag", 6},     {"dimanche", 0},    {"lundi", 1},    {"mardi", 2},      {"mercredi", 3},
    {"jeudi", 4},       {"vendredi", 5},    {"samedi", 6},   {"domingo", 0},    {"lunes", 1},
    {"martes", 2},      {"miércoles", 3},   {"jueves", 4},   {"viernes", 5},    {"sábado", 6},
    {"воскресенье", 0}, {"понедельник", 1}, {"вторник", 2},  {"среда", 3},      {"четверг", 4},
    {"пятница", 5},     {"суббота", 6},
});

using enum AgeUnit;
constexpr std::array kUnits = std::to_array<Word<AgeUnit>>({
    {"s", second},        {"sec", second},     {"secs", second},     {"second", second},
    {"seconds", second},  {"m", minute},       {"min", minute},      {"mins", minute},
    {"minute", minute},   {"minutes", minute}, {"h", hour},          {"hr", hour},
    {"hrs", hour},        {"hour", hour},      {"hours", hour},      {"d", day},
    {"day", day},         {"days", day},       {"w", week},          {"wk", week},
    {"wks", week},        {"week", week},      {"weeks", week},      {"mo", month},
    {"month", month},     {"months", month},   {"y", year},          {"yr", year},
    {"yrs", year},        {"year", year},      {"years", year},      {"sekunde", second},
    {"sekunden", second}, {"minuten", minute}, {"stunde", hour},     {"stunden", hour},
    {"std", hour},        {"tag", day},        {"tagen", day},       {"tage", day},
    {"woche", week},      {"wochen", week},    {"monat", month},     {"monaten", month},
    {"jahr", year},       {"jahren", year},    {"seconde", second},  {"secondes", second},
    {"heure", hour},      {"heures", hour},    {"jour", day},        {"jours", day},
    {"semaine", week},    {"semaines", week},  {"mois", month},      {"an", year},
    {"ans", year},        {"segundo", second}, {"segundos", second}, {"minuto", minute},
    {"minutos", minute},  {"hora", hour},      {"horas", hour},      {"día", day},
    {"días", day},        {"dia", day},        {"dias", day},        {"semana", week},
    {"semanas", week},    {"mes", month},      {"meses", month},     {"año", year},
    {"años", year},       {"ano", year},       {"anos", year},       {"секунд", second},
    {"секунду", second},  {"секунды", second}, {"минут", minute},    {"минуту", minute},
    {"минуты", minute},   {"мин", minute},     {"час", hour},        {"часа", hour},
    {"часов", hour},      {"ч", hour},         {"день", day},        {"дня", day},
    {"дней", day},        {"неделю", week},    {"недели", week},     {"недель", week},
    {"месяц", month},     {"месяца", month},   {"месяцев", month},   {"год", year},
    {"года", year},       {"лет", year},       {"giây", second},     {"phút", minute},
    {"giờ", hour},        {"ngày", day},       {"tuần", week},       {"tháng", month},
    {"năm", year},        {"秒", second},      {"分钟", minute},     {"分鐘", minute},
    {"分", minute},       {"小时", hour},      {"小時", hour},       {"時間", hour},
    {"天", day},          {"日", day},         {"周", week},         {"週間", week},
    {"个月", month},      {"個月", month},     {"か月", month},      {"ヶ月", month},
    {"年", year},         {"초", second},      {"분", minute},       {"시간", hour},
    {"일", day},          {"주", week},        {"개월", month},      {"년", year},
    {"godzin", hour},     {"godziny", hour},   {"dni", day},         {"dzień", day},
    {"ore", hour},        {"giorni", day},     {"uur", hour},        {"dagen", day},
    {"saat", hour},       {"gün", day},        {"dakika", minute},   {"jam", hour},
    {"menit", minute},    {"hari", day},       {"minggu", week},     {"bulan", month},
});

constexpr std::array kZones = std::to_array<Word<std::chrono::minutes>>({
    {"z", 0min},      {"utc", 0min},    {"gmt", 0min},    {"ut", 0min},     {"wet", 0min},
    {"est", -300min}, {"edt", -240min}, {"cdt", -300min}, {"mst", -420min}, {"mdt", -360min},
    {"pst", -480min}, {"pdt", -420min}, {"cet", 60min},   {"mez", 60min},   {"cest", 120min},
    {"mesz", 120min}, {"eet", 120min},  {"eest", 180min}, {"msk", 180min},  {"мск", 180min},
    {"bst", 60min},   {"jst", 540min},  {"kst", 540min},  {"hkt", 480min},  {"sgt", 480min},
    {"aest", 600min}, {"aedt", 660min}, {"ict", 420min},  {"wib", 420min},
});

constexpr std::array kDaysBack = std::to_array<Word<int>>({
    {"前天", 2},        {"一昨日", 2},      {"昨天", 1},       {"昨日", 1},
    {"今天", 0},        {"今日", 0},        {"어제", 1},       {"오늘", 0},
    {"vorgestern", 2},  {"gestern", 1},     {"heute", 0},      {"day before yesterday", 2},
    {"yesterday", 1},   {"today", 0},       {"avant-hier", 2}, {"hier", 1},
    {"aujourd'hui", 0}, {"aujourd’hui", 0}, {"anteayer", 2},   {"ayer", 1},
    {"hoy", 0},         {"ontem", 1},       {"hoje", 0},       {"позавчера", 2},
    {"вчера", 1},       {"сегодня", 0},     {"вчора", 1},      {"сьогодні", 0},
    {"hôm qua", 1},     {"hôm nay", 0},     {"wczoraj", 1},    {"dzisiaj", 0},
    {"dziś", 0},        {"ieri", 1},        {"oggi", 0},       {"gisteren", 1},
    {"vandaag", 0},     {"dün", 1},         {"bugün", 0},      {"kemarin", 1},
    {"semalam", 1},     {"hari ini", 0},    {"igår", 1},       {"idag", 0},
});

constexpr std::array<std::string_view, 17> kNow{"just now",
                                                "刚刚",
                                                "刚才",
                                                "剛剛",
                                                "たった今",
                                                "방금",
                                                "gerade eben",
                                                "soeben",
                                                "à l'instant",
                                                "à l’instant",
                                                "только что",
                                                "vừa xong",
                                                "ahora mismo",
                                                "agora mesmo",
                                                "moments ago",
                                                "a moment ago",
                                                "now"};

template <class T, std::size_t n>
std::optional<T> exact(const std::array<Word<T>, n>& words, std::string_view word) {
    for (const auto& entry : words) {
        if (entry.text == word) {
            return entry.value;
        }
    }
    return std::nullopt;
}

std::size_t letters(std::string_view word) {
    return static_cast<std::size_t>(std::count_if(word.begin(), word.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
}

}  // namespace

std::optional<unsigned> month_from(std::string_view word) {
    if (letters(word) < 3) {
        return std::nullopt;
    }
    if (const auto whole = exact(kMonths, word)) {
        return whole;
    }
    for (const auto& month : kMonths) {
        if (month.text.starts_with(word)) {
            return month.value;
        }
    }
    return std::nullopt;
}

std::optional<unsigned> weekday_from(std::string_view word) {
    return exact(kWeekdays, word);
}

std::optional<AgeUnit> age_unit_from(std::string_view word) {
    return exact(kUnits, word);
}

std::optional<std::chrono::minutes> zone_from(std::string_view word) {
    return exact(kZones, word);
}

std::optional<int> days_back_from(std::string_view text) {
    for (const auto& word : kDaysBack) {
        const auto at = text.find(word.text);
        if (at != std::string_view::npos && stands_alone(text, at, at + word.text.size())) {
            return word.value;
        }
    }
    return std::nullopt;
}

bool says_now(std::string_view text) {
    return std::any_of(kNow.begin(), kNow.end(), [&](std::string_view word) {
        return word == "now" ? text == word : text.starts_with(word);
    });
}

}  // namespace chiptrail::extract
