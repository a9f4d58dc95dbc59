#include "core/post.hpp"

#include <array>
#include <utility>

namespace chiptrail::core {

namespace {

constexpr std::array<std::pair<PostKind, std::string_view>, 4> kKinds = {{
    {PostKind::listing, "listing"},
    {PostKind::post, "post"},
    {PostKind::thread, "thread"},
    {PostKind::feed_item, "feed_item"},
}};

constexpr std::array<std::pair<PageStatus, std::string_view>, 7> kStatuses = {{
    {PageStatus::ok, "ok"},
    {PageStatus::needs_js, "needs_js"},
    {PageStatus::needs_login, "needs_login"},
    {PageStatus::captcha, "captcha"},
    {PageStatus::blocked, "blocked"},
    {PageStatus::empty_list, "empty_list"},
    {PageStatus::layout_changed, "layout_changed"},
}};

template <class Table, class Key>
std::string_view name_in(const Table& table, Key key) {
    for (const auto& [value, name] : table) {
        if (value == key) {
            return name;
        }
    }
    return {};
}

template <class Key, class Table>
std::optional<Key> value_in(const Table& table, std::string_view text) {
    for (const auto& [value, name] : table) {
        if (name == text) {
            return value;
        }
    }
    return std::nullopt;
}

}  // namespace

std::string_view to_text(PostKind kind) {
    return name_in(kKinds, kind);
}

std::optional<PostKind> post_kind_from(std::string_view text) {
    return value_in<PostKind>(kKinds, text);
}

std::string_view to_text(PageStatus status) {
    return name_in(kStatuses, status);
}

std::optional<PageStatus> page_status_from(std::string_view text) {
    return value_in<PageStatus>(kStatuses, text);
}

}  // namespace chiptrail::core
