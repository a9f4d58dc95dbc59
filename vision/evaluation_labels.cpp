#include "vision/evaluation.hpp"
#include "vision/evaluation_json.hpp"

#include <fmt/format.h>

#include <cmath>
#include <set>
#include <utility>

namespace chiptrail::vision {

namespace {

using nlohmann::json;

/// "owner/name" of a repository or the vendor's folder; else the folder of the file.
std::string group_of(const json& object, const std::string& file) {
    for (const auto* key : {"repo", "vendor"}) {
        if (auto group = text_of(object, key); !group.empty()) {
            return group;
        }
    }
    return std::filesystem::path(file).parent_path().string();
}

std::optional<LabelledPhoto::Role> role_from(std::string_view text) {
    for (const auto role : {LabelledPhoto::Role::positive,
                            LabelledPhoto::Role::negative,
                            LabelledPhoto::Role::product_mark_only}) {
        if (text == to_text(role)) {
            return role;
        }
    }
    return std::nullopt;
}

/// Empty on success, else what is wrong with the mark.
std::string read_mark(const json& entry, LabelledMark& mark) {
    mark.brand = entry.is_object() ? text_of(entry, "brand") : std::string();
    if (mark.brand.empty()) {
        return "a brand without \"brand\"";
    }
    mark.kind = text_of(entry, "kind");
    const auto legible = text_of(entry, "legible");
    if (entry.contains("legible") && legible != "clear" && legible != "hard") {
        return "\"legible\" of " + mark.brand + " must be clear or hard";
    }
    mark.clear = legible != "hard";
    if (const auto box = entry.find("box"); box != entry.end() && !box->is_null()) {
        mark.box = box_of(*box);
        if (!mark.box) {
            return "\"box\" of " + mark.brand + " must be null or [x, y, width, height]";
        }
    }
    if (const auto angle = entry.find("angle"); angle != entry.end() && !angle->is_null()) {
        const auto degrees = number_of(entry, "angle");
        if (!degrees) {
            return "\"angle\" of " + mark.brand + " must be degrees";
        }
        mark.angle = std::remainder(*degrees, 360.0);
    }
    return {};
}

/// Empty on success, else what is wrong with the line.
std::string read_label(const json& object, LabelledPhoto& photo) {
    photo.file = text_of(object, "file");
    if (photo.file.empty()) {
        return "\"file\" is missing";
    }
    const auto role = role_from(text_of(object, "role"));
    if (!role) {
        return "\"role\" must be positive, negative or product_mark_only";
    }
    photo.role = *role;
    photo.group = group_of(object, photo.file);
    photo.scene = text_of(object, "scene");
    const auto brands = object.find("brands");
    if (brands == object.end() || !brands->is_array()) {
        return "\"brands\" must be a list";
    }
    for (const auto& entry : *brands) {
        LabelledMark mark;
        if (auto problem = read_mark(entry, mark); !problem.empty()) {
            return problem;
        }
        photo.marks.push_back(std::move(mark));
    }
    if (photo.role == LabelledPhoto::Role::negative && !photo.marks.empty()) {
        return "a negative photo with a brand";
    }
    return {};
}

}  // namespace

std::string_view to_text(LabelledPhoto::Role role) {
    switch (role) {
        case LabelledPhoto::Role::positive:
            return "positive";
        case LabelledPhoto::Role::negative:
            return "negative";
        case LabelledPhoto::Role::product_mark_only:
            return "product_mark_only";
    }
    return "";
}

core::Result<std::vector<LabelledPhoto>> read_labels(std::string_view json_lines) {
    std::vector<LabelledPhoto> photos;
    std::set<std::string> known;
    const auto read = read_lines(json_lines, [&](const json& object) {
        LabelledPhoto photo;
        auto problem = read_label(object, photo);
        if (problem.empty() && !known.insert(photo.file).second) {
            problem = photo.file + " is labelled twice";
        }
        photos.push_back(std::move(photo));
        return problem;
    });
    if (!read) {
        return tl::unexpected<core::Failure>(read.error());
    }
    return photos;
}

}  // namespace chiptrail::vision
