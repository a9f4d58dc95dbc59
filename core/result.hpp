#pragma once

// The two kinds of failure that are not bugs; see docs/ARCHITECTURE.md, "Errors".

#include <tl/expected.hpp>

#include <stdexcept>
#include <string>

namespace chiptrail::core {

/// Something the outside world did. Stored with the thing it happened to.
struct Failure {
    enum class Kind {
        bad_input,  ///< not what it claims to be: a URL that does not parse, a damaged picture
        timed_out,
        unreachable,  ///< DNS, connect, TLS, connection lost
        refused,      ///< a rule of ours or of theirs forbids it
        too_large,    ///< a limit on bytes, pixels, depth or count was reached
        not_found,
    };
    Kind kind = Kind::bad_input;
    std::string detail;  ///< names the thing and, where there is one, the way out
};

template <class T>
using Result = tl::expected<T, Failure>;  // std::expected needs C++23.

[[nodiscard]] inline tl::unexpected<Failure> fail(Failure::Kind kind, std::string detail) {
    return tl::unexpected<Failure>(Failure{kind, std::move(detail)});
}

/// A promise of ours that we cannot keep: a full disk, a corrupt database.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Bad usage or configuration; `main` answers it with exit code 2.
class ConfigError : public Error {
public:
    using Error::Error;
};

/// Another run holds the lock; `main` answers it with exit code 75.
class LockedError : public Error {
public:
    using Error::Error;
};

}  // namespace chiptrail::core
