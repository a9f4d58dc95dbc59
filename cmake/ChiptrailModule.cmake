# chiptrail_module(<name> [SOURCES ...] [DEPENDS <folder>...] [LIBS <third-party target>...])
#
# One folder, one static library, one list of the folders it may include; ctest layers.<name>
# holds it to that list. Third-party LIBS are PRIVATE and SYSTEM: their types stay out of our
# headers and their warnings out of our build.
function(chiptrail_module name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;LIBS")
    if(arg_SOURCES)
        add_library(chiptrail_${name} STATIC ${arg_SOURCES})
        target_include_directories(chiptrail_${name} PUBLIC ${PROJECT_SOURCE_DIR})
        target_link_libraries(chiptrail_${name} PRIVATE chiptrail::build_flags ${arg_LIBS})
        foreach(dependency IN LISTS arg_DEPENDS)
            target_link_libraries(chiptrail_${name} PUBLIC chiptrail::${dependency})
        endforeach()
    else()
        add_library(chiptrail_${name} INTERFACE)
        target_include_directories(chiptrail_${name} INTERFACE ${PROJECT_SOURCE_DIR})
    endif()
    add_library(chiptrail::${name} ALIAS chiptrail_${name})

    if(BUILD_TESTING)
        list(JOIN arg_DEPENDS "," allowed)
        add_test(NAME layers.${name}
            COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -DMODULE=${name}
                    -DALLOWED=${allowed} -P ${PROJECT_SOURCE_DIR}/cmake/CheckLayers.cmake)
    endif()
endfunction()
