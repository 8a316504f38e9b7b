# SPDX-License-Identifier: Apache-2.0
#
# cmake -DFILES=a;b -DOUT=asset_data.c -P embed.cmake
#   The bytes of each file as a row of `asset_data`, with a tag that changes
#   when they do.
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
#include \"assets.h\"

${arrays}
const struct asset asset_data[] = {
${rows}    { 0 },
};
")
