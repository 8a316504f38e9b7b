/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_HTML_ENCODINGS_H
#define DATELINE_HTML_ENCODINGS_H
/* The encodings of the Encoding Standard and the labels pages use for them. */
#include <dateline/base.h>

enum encoding_kind {
    ENCODING_UTF8,
    ENCODING_UTF16LE,
    ENCODING_UTF16BE,
    ENCODING_SINGLE,       /* `upper` has the bytes from 0x80 */
    ENCODING_ICONV,        /* by `iconv_name` */
    ENCODING_USER_DEFINED, /* bytes from 0x80 are U+F780 on */
    ENCODING_REPLACEMENT,  /* unsafe ones, not decoded by anyone */
};

struct encoding {
    const char *name; /* as the standard spells it, lower case */
    uint8_t kind;     /* enum encoding_kind */
    const uint16_t *upper;
    const char *iconv_name;
};

/** The encoding a label means, in any case, spaces around it; NULL if none. */
const struct encoding *encoding_of(struct dtl_slice label);

extern const uint16_t encoding_ibm866[128];
extern const uint16_t encoding_iso_8859_10[128];
extern const uint16_t encoding_iso_8859_13[128];
extern const uint16_t encoding_iso_8859_14[128];
extern const uint16_t encoding_iso_8859_15[128];
extern const uint16_t encoding_iso_8859_16[128];
extern const uint16_t encoding_iso_8859_2[128];
extern const uint16_t encoding_iso_8859_3[128];
extern const uint16_t encoding_iso_8859_4[128];
extern const uint16_t encoding_iso_8859_5[128];
extern const uint16_t encoding_iso_8859_6[128];
extern const uint16_t encoding_iso_8859_7[128];
extern const uint16_t encoding_iso_8859_8[128];
extern const uint16_t encoding_koi8_r[128];
extern const uint16_t encoding_koi8_u[128];
extern const uint16_t encoding_macintosh[128];
extern const uint16_t encoding_windows_1250[128];
extern const uint16_t encoding_windows_1251[128];
extern const uint16_t encoding_windows_1252[128];
extern const uint16_t encoding_windows_1253[128];
extern const uint16_t encoding_windows_1254[128];
extern const uint16_t encoding_windows_1255[128];
extern const uint16_t encoding_windows_1256[128];
extern const uint16_t encoding_windows_1257[128];
extern const uint16_t encoding_windows_1258[128];
extern const uint16_t encoding_windows_874[128];
extern const uint16_t encoding_x_mac_cyrillic[128];
#endif
