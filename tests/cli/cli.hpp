#pragma once

// chiptrail run in a home folder of its own, so that no configuration or store of the machine
// has a say; the models stay those of the machine.

#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace chiptrail::tests {

inline std::string environment_or(const char* name, const std::string& other) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr || *value == '\0' ? other : value;
}

/// Where set-up puts models on this machine.
inline std::filesystem::path cache_folder() {
    const auto home = environment_or("XDG_CACHE_HOME", environment_or("HOME", "/root") + "/.cache");
    return environment_or("CHIPTRAIL_CACHE", home + "/chiptrail");
}

/// As vision::default_model_folder() names it, whose header needs OpenCV.
inline std::filesystem::path models_folder() {
    return cache_folder() / "models-4";
}

/// Says so when they are missing, so that ./test can repeat it.
inline bool has_models() {
    const bool present = std::filesystem::exists(models_folder() / "SHA256SUMS");
    if (!present) {
        std::cout << "skipped: the OCR models are not in " << cache_folder().string() << '\n';
    }
    return present;
}

class Cli {
public:
    ProgramResult operator()(const std::vector<std::string>& arguments) const {
        return run_program(CHIPTRAIL_PROGRAM, arguments, options());
    }
    ProgramResult run(const std::vector<std::string>& arguments, ProgramOptions options) const {
        return run_program(CHIPTRAIL_PROGRAM, arguments, std::move(options));
    }

    [[nodiscard]] ProgramOptions options() const {
        ProgramOptions result;
        result.environment = {{"HOME", (home_ / "home").string()},
                              {"XDG_CONFIG_HOME", (home_ / "config").string()},
                              {"XDG_DATA_HOME", (home_ / "data").string()},
                              {"CHIPTRAIL_CONFIG", ""},
                              {"CHIPTRAIL_DATA", ""},
                              {"CHIPTRAIL_CACHE", cache_folder().string()}};
        result.folder = home_.path();
        return result;
    }

    /// Writes a file in the folder that the program starts in; returns its path.
    [[nodiscard]] std::string file(const std::string& name, const std::string& content) const {
        const auto path = home_ / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << content;
        return path.string();
    }

    [[nodiscard]] std::filesystem::path folder() const {
        return home_.path();
    }
    /// Where the store is by default.
    [[nodiscard]] std::filesystem::path data() const {
        return home_ / "data" / "chiptrail";
    }

private:
    TempDir home_;
};

/// What docs/schemas/NAME.schema.json says against `json_lines`; empty when nothing.
[[nodiscard]] std::string schema_problem(const std::string& name, const std::string& json_lines);

}  // namespace chiptrail::tests
