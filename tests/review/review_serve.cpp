// chiptrail_review_serve FOLDER PORT: the review page over a store filled by desk_fixture, for
// the browser's tests. Says where it listens and serves until its standard input ends.

#include "core/result.hpp"
#include "desk_fixture.hpp"
#include "review/server.hpp"

#include <iostream>
#include <string>

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: chiptrail_review_serve FOLDER PORT\n";
        return 2;
    }
    try {
        chiptrail::storage::Store store{std::filesystem::path(argv[1])};
        if (store.hits().count({}) == 0) {
            chiptrail::tests::fill_desk(store, chiptrail::tests::demo_photos());
        }
        const chiptrail::core::SystemClock clock;
        chiptrail::review::Options options;
        options.port = std::stoi(argv[2]);
        options.reviewer = "mara";
        options.version = "test";
        const chiptrail::review::ReviewServer server(store, clock, options);
        std::cout << "ready " << server.url() << std::endl;
        std::string line;
        while (std::getline(std::cin, line)) {
        }
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
    return 0;
}
