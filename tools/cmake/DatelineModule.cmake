# SPDX-License-Identifier: Apache-2.0
#
# dateline_module(NAME SOURCES ... DEPENDS module... LIBRARIES target...)
#   One folder of src/: a static library dtl_NAME that links only what it names.
# dateline_library()
#   All modules together as libdateline.{so,a}, with its pkg-config and CMake
#   package files.

include(CheckIPOSupported)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

set(DATELINE_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes>
    $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes> -Wvla)
if(DATELINE_WERROR)
    list(APPEND DATELINE_WARNINGS -Werror)
endif()

add_library(dateline_flags INTERFACE)
target_compile_options(dateline_flags INTERFACE ${DATELINE_WARNINGS})
target_compile_definitions(dateline_flags INTERFACE _GNU_SOURCE
    DATELINE_VERSION="${PROJECT_VERSION}")
target_include_directories(dateline_flags INTERFACE
    ${PROJECT_SOURCE_DIR}/include)
target_link_libraries(dateline_flags INTERFACE Threads::Threads)

if(DATELINE_SANITIZE)
    add_compile_options(-fsanitize=${DATELINE_SANITIZE}
        -fno-omit-frame-pointer -fno-sanitize-recover=all -g)
    add_link_options(-fsanitize=${DATELINE_SANITIZE})
    # Arena allocations become malloc()s, so that ASan sees their ends.
    add_compile_definitions(DTL_ARENA_MALLOC)
endif()
if(DATELINE_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
    add_link_options(-fsanitize=fuzzer-no-link)
endif()

# Every outside library in one table: target name, pkg-config name.
foreach(pair libdeflate:libdeflate zlib:zlib libarchive:libarchive
        zstd:libzstd brotlidec:libbrotlidec lmdb:lmdb crypto:libcrypto
        xxhash:libxxhash uchardet:uchardet utf8proc:libutf8proc psl:libpsl
        jansson:jansson microhttpd:libmicrohttpd curl:libcurl
        pcre2:libpcre2-8)
    string(REPLACE ":" ";" pair ${pair})
    list(GET pair 0 name)
    list(GET pair 1 module)
    pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${module})
    add_library(ext::${name} ALIAS PkgConfig::${name})
    # Not Requires.private: that asks the linker for what those need in turn,
    # which their -dev packages do not bring.
    list(TRANSFORM ${name}_LIBRARIES PREPEND -l OUTPUT_VARIABLE flags)
    string(REPLACE ";" " " flags "${flags}")
    string(APPEND DATELINE_PC_LIBS "${flags} ")
endforeach()
string(APPEND DATELINE_PC_LIBS "-lcrypt ") # of the C library
# Debian's cld2 ships no pkg-config file.
find_library(CLD2_LIBRARY cld2 REQUIRED)
find_path(CLD2_INCLUDE cld2/public/compact_lang_det.h REQUIRED)
add_library(ext_cld2 INTERFACE)
target_link_libraries(ext_cld2 INTERFACE ${CLD2_LIBRARY})
target_include_directories(ext_cld2 INTERFACE ${CLD2_INCLUDE})
add_library(ext::cld2 ALIAS ext_cld2)

set_property(GLOBAL PROPERTY DATELINE_MODULES "")
set_property(GLOBAL PROPERTY DATELINE_LIBRARIES "")

function(dateline_module name)
    cmake_parse_arguments(M "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
    add_library(dtl_${name} STATIC ${M_SOURCES})
    target_link_libraries(dtl_${name} PRIVATE dateline_flags)
    target_include_directories(dtl_${name} PUBLIC
        $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
    # Third-party headers must not be needed to use a module: PRIVATE.
    target_link_libraries(dtl_${name} PRIVATE ${M_LIBRARIES})
    foreach(dep ${M_DEPENDS})
        target_link_libraries(dtl_${name} PUBLIC dtl_${dep})
    endforeach()
    set_property(GLOBAL APPEND PROPERTY DATELINE_MODULES ${name})
    set_property(GLOBAL APPEND PROPERTY DATELINE_LIBRARIES ${M_LIBRARIES})
endfunction()

function(dateline_library)
    get_property(modules GLOBAL PROPERTY DATELINE_MODULES)
    get_property(libraries GLOBAL PROPERTY DATELINE_LIBRARIES)
    list(REMOVE_DUPLICATES libraries)
    set(objects "")
    foreach(m ${modules})
        list(APPEND objects $<TARGET_OBJECTS:dtl_${m}>)
    endforeach()
    foreach(kind SHARED STATIC)
        string(TOLOWER ${kind} suffix)
        add_library(dateline_${suffix} ${kind} ${objects})
        set_target_properties(dateline_${suffix} PROPERTIES
            OUTPUT_NAME dateline VERSION ${PROJECT_VERSION}
            SOVERSION ${PROJECT_VERSION_MAJOR} EXPORT_NAME dateline
            LINKER_LANGUAGE CXX)
        target_link_libraries(dateline_${suffix} PRIVATE ${libraries}
            Threads::Threads ${CMAKE_DL_LIBS})
        target_include_directories(dateline_${suffix} PUBLIC
            $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
            $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    endforeach()
    install(TARGETS dateline_shared EXPORT dateline-targets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    install(FILES $<TARGET_FILE:dateline_static>
        DESTINATION ${CMAKE_INSTALL_LIBDIR})
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/dateline
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    install(EXPORT dateline-targets NAMESPACE dateline::
        FILE dateline-config.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/dateline)
    include(CMakePackageConfigHelpers)
    write_basic_package_version_file(
        ${PROJECT_BINARY_DIR}/dateline-config-version.cmake
        COMPATIBILITY SameMinorVersion)
    # From where the .pc file lies to the prefix: the tree may be moved.
    file(RELATIVE_PATH DATELINE_PC_UP /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
    configure_file(${PROJECT_SOURCE_DIR}/tools/cmake/dateline.pc.in
        ${PROJECT_BINARY_DIR}/dateline.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/dateline-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/dateline)
    install(FILES ${PROJECT_BINARY_DIR}/dateline.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()
