#include "tests/cli/cli.hpp"

namespace chiptrail::tests {

namespace {

// Debian's interpreter by path: python3-jsonschema is installed for that one.
constexpr const char* kPython = "/usr/bin/python3";
constexpr const char* kValidator = R"(
import json, sys
import jsonschema
schema = json.load(open(sys.argv[1], encoding="utf-8"))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
lines = open(sys.argv[2], encoding="utf-8").read().splitlines()
if not lines:
    sys.exit("no line at all")
for number, line in enumerate(lines, 1):
    for error in validator.iter_errors(json.loads(line)):
        print("line %d: %s: %s" % (number, error.json_path, error.message))
)";

}  // namespace

std::string schema_problem(const std::string& name, const std::string& json_lines) {
    const TempDir folder;
    std::ofstream(folder / "lines", std::ios::binary) << json_lines;
    const auto schema =
        std::filesystem::path(CHIPTRAIL_SOURCE_DIR) / "docs" / "schemas" / (name + ".schema.json");
    const auto result =
        run_program(kPython, {"-c", kValidator, schema.string(), (folder / "lines").string()});
    return result.exit_code == 0 ? result.out : result.out + result.err;
}

}  // namespace chiptrail::tests
