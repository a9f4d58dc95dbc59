#include "decoder/service.hpp"

int main(int argc, char** argv) {
    return chiptrail::decoder::serve(argc, argv, chiptrail::decoder::decode_any);
}
