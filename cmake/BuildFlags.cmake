# Warnings, sanitizers and build speed for our own code; linked PRIVATE by every target of ours.
option(CHIPTRAIL_WERROR "Treat warnings as errors" OFF)
set(CHIPTRAIL_SANITIZE "" CACHE STRING "Value for -fsanitize=, such as address,undefined")

find_program(CHIPTRAIL_CCACHE ccache)
if(CHIPTRAIL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CHIPTRAIL_CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${CHIPTRAIL_CCACHE})
endif()

add_library(chiptrail_build_flags INTERFACE)
add_library(chiptrail::build_flags ALIAS chiptrail_build_flags)
target_compile_features(chiptrail_build_flags INTERFACE cxx_std_20)
target_compile_options(chiptrail_build_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
    -Wnon-virtual-dtor -Woverloaded-virtual -Wnull-dereference -Wimplicit-fallthrough
    $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op -Wuseless-cast>
    $<$<BOOL:${CHIPTRAIL_WERROR}>:-Werror>)
find_program(CHIPTRAIL_MOLD mold)
if(CHIPTRAIL_MOLD)
    target_link_options(chiptrail_build_flags INTERFACE -fuse-ld=mold)
endif()
if(CHIPTRAIL_SANITIZE)
    set(flags -fsanitize=${CHIPTRAIL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_compile_options(chiptrail_build_flags INTERFACE ${flags})
    target_link_options(chiptrail_build_flags INTERFACE ${flags})
endif()
