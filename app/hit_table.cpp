#include "app/hit_table.hpp"

#include "app/opened.hpp"

namespace chiptrail::app {

std::string marks_text(const storage::HitRow& hit) {
    auto marks = hit.brands;
    marks.insert(marks.end(), hit.models.begin(), hit.models.end());
    return joined(marks, ", ");
}

std::string title_text(const storage::HitRow& hit) {
    constexpr std::size_t kColumns = 80;
    return hit.post.title.empty() ? shortened(harmless(hit.post.text), kColumns) : hit.post.title;
}

}  // namespace chiptrail::app
