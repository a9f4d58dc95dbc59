# Writes ${OUTPUT}: a .cpp with review::find_asset() over the files of ${FOLDER} named in ${NAMES}.
cmake_minimum_required(VERSION 3.25)

set(types_html "text/html; charset=utf-8")
set(types_css "text/css; charset=utf-8")
set(types_js "text/javascript; charset=utf-8")
set(types_svg "image/svg+xml")

string(REPLACE "," ";" names "${NAMES}")
set(arrays "")
set(rows "")
set(index 0)
foreach(name IN LISTS names)
    get_filename_component(extension "${name}" LAST_EXT)
    string(SUBSTRING "${extension}" 1 -1 extension)
    if(NOT DEFINED types_${extension})
        message(FATAL_ERROR "${name}: no content type is known for .${extension}")
    endif()
    file(READ "${FOLDER}/${name}" hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
    string(APPEND arrays "constexpr char kBytes${index}[] = {${bytes} '\\0'};\n")
    string(APPEND rows "    {\"${name}\", {\"${types_${extension}}\", "
                       "{kBytes${index}, sizeof(kBytes${index}) - 1}}},\n")
    math(EXPR index "${index} + 1")
endforeach()

file(WRITE "${OUTPUT}" "// Made by cmake/EmbedAssets.cmake.
#include \"review/assets.hpp\"

#include <array>
#include <utility>

namespace chiptrail::review {

namespace {

${arrays}
constexpr std::array<std::pair<std::string_view, Asset>, ${index}> kAssets{{
${rows}}};

}  // namespace

std::optional<Asset> find_asset(std::string_view name) {
    for (const auto& [known, asset] : kAssets) {
        if (known == name) {
            return asset;
        }
    }
    return std::nullopt;
}

}  // namespace chiptrail::review
")
