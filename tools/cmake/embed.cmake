# SPDX-License-Identifier: Apache-2.0
#
# cmake -DFILES=a;b -DOUT=asset_data.c -P embed.cmake
#     [-DHEADER=assets.h -DSTRUCT=asset -DTABLE=asset_data]
#   The bytes of each file as a row of the table, with a tag that changes when
#   they do.
foreach(default HEADER:assets.h STRUCT:asset TABLE:asset_data)
    string(REPLACE ":" ";" default ${default})
    list(GET default 0 name)
    list(GET default 1 value)
    if(NOT DEFINED ${name})
        set(${name} ${value})
    endif()
endforeach()
set(arrays "")
set(rows "")
set(n 0)
foreach(file ${FILES})
    get_filename_component(name ${file} NAME)
    file(READ ${file} hex HEX)
    file(SHA256 ${file} hash)
    string(SUBSTRING ${hash} 0 16 tag)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(APPEND arrays
        "static const unsigned char bytes_${n}[] = {${bytes}0};\n")
    string(APPEND rows
        "    { \"${name}\", \"\\\"${tag}\\\"\", bytes_${n}, sizeof bytes_${n} - 1 },\n")
    math(EXPR n "${n} + 1")
endforeach()
file(WRITE ${OUT}
"/* SPDX-License-Identifier: Apache-2.0 */
/* Made by embed.cmake. */
#include \"${HEADER}\"

${arrays}
const struct ${STRUCT} ${TABLE}[] = {
${rows}    { 0 },
};
")
