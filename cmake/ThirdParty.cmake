# Third-party parts that need more than one find_package() call. Nothing downloads here:
# setup/ fetches, with pinned versions and integrity hashes, into the cache folder.
find_package(PkgConfig REQUIRED)

if(DEFINED ENV{CHIPTRAIL_CACHE})
    set(default_cache "$ENV{CHIPTRAIL_CACHE}")
elseif(DEFINED ENV{XDG_CACHE_HOME})
    set(default_cache "$ENV{XDG_CACHE_HOME}/chiptrail")
else()
    set(default_cache "$ENV{HOME}/.cache/chiptrail")
endif()
set(CHIPTRAIL_CACHE "${default_cache}" CACHE PATH "Where setup/ keeps what it fetched")

# SQLite: Debian 12 ships 3.40.1, which has the WAL-reset corruption bug; see
# docs/decisions/0002-sqlite-amalgamation.md. The static libSQLiteCpp links to this one.
set(sqlite_dir "${CHIPTRAIL_CACHE}/sqlite-3.53.2")
if(NOT EXISTS "${sqlite_dir}/sqlite3.c")
    message(FATAL_ERROR "${sqlite_dir}/sqlite3.c is missing. Run setup/fetch.sh sqlite once "
                        "(./run and ./test do it for you).")
endif()
add_library(chiptrail_sqlite3 STATIC "${sqlite_dir}/sqlite3.c")
target_include_directories(chiptrail_sqlite3 SYSTEM PUBLIC "${sqlite_dir}")
target_compile_definitions(chiptrail_sqlite3 PRIVATE
    SQLITE_THREADSAFE=1 SQLITE_ENABLE_FTS5 SQLITE_ENABLE_COLUMN_METADATA SQLITE_ENABLE_DBPAGE_VTAB
    SQLITE_ENABLE_DBSTAT_VTAB SQLITE_ENABLE_MATH_FUNCTIONS SQLITE_DQS=0 SQLITE_USE_URI=1
    SQLITE_DEFAULT_FOREIGN_KEYS=1 HAVE_ISNAN HAVE_USLEEP=1 HAVE_FDATASYNC=1)
target_compile_options(chiptrail_sqlite3 PRIVATE -O2 -w)
target_link_libraries(chiptrail_sqlite3 PUBLIC ${CMAKE_DL_LIBS} m)

find_library(SQLITECPP_LIBRARY NAMES libSQLiteCpp.a REQUIRED)
add_library(chiptrail_sqlitecpp INTERFACE)
add_library(chiptrail::sqlitecpp ALIAS chiptrail_sqlitecpp)
target_link_libraries(chiptrail_sqlitecpp INTERFACE ${SQLITECPP_LIBRARY} chiptrail_sqlite3)

# Debian builds cpp-httplib as a library: its macros must be ours too, or the classes differ.
pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
