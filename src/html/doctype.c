/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"

/* Public identifiers, by how they begin. */
static const char *const old_public[] = {
    "+//Silmaril//dtd html Pro v0r11 19970101//",
    "-//AS//DTD HTML 3.0 asWedit + extensions//",
    "-//AdvaSoft Ltd//DTD HTML 3.0 asWedit + extensions//",
    "-//IETF//DTD HTML 2.0",
    "-//IETF//DTD HTML 2.1E//",
    "-//IETF//DTD HTML 3",
    "-//IETF//DTD HTML Level ",
    "-//IETF//DTD HTML Strict",
    "-//IETF//DTD HTML//",
    "-//Metrius//DTD Metrius Presentational//",
    "-//Microsoft//DTD Internet Explorer 2.0 ",
    "-//Microsoft//DTD Internet Explorer 3.0 ",
    "-//Netscape Comm. Corp.//DTD HTML//",
    "-//Netscape Comm. Corp.//DTD Strict HTML//",
    "-//O'Reilly and Associates//DTD HTML 2.0//",
    "-//O'Reilly and Associates//DTD HTML Extended ",
    "-//SQ//DTD HTML 2.0 HoTMetaL + extensions//",
    "-//SoftQuad Software//DTD HoTMetaL PRO 6.0::19990601::",
    "-//SoftQuad//DTD HoTMetaL PRO 4.0::19971010::",
    "-//Spyglass//DTD HTML 2.0 Extended//",
    "-//Sun Microsystems Corp.//DTD HotJava ",
    "-//W3C//DTD HTML 3 1995-03-24//",
    "-//W3C//DTD HTML 3.2",
    "-//W3C//DTD HTML 4.0 Frameset//",
    "-//W3C//DTD HTML 4.0 Transitional//",
    "-//W3C//DTD HTML Experimental ",
    "-//W3C//DTD W3 HTML//",
    "-//W3O//DTD W3 HTML 3.0//",
    "-//WebTechs//DTD Mozilla HTML",
};

/* These only when there is no system identifier. */
static const char *const old_without_system[] = {
    "-//W3C//DTD HTML 4.01 Frameset//",
    "-//W3C//DTD HTML 4.01 Transitional//",
};

/* Public identifiers, whole. */
static const char *const old_whole[] = {
    "-//W3O//DTD W3 HTML Strict 3.0//EN//",
    "-/W3C/DTD HTML 4.0 Transitional/EN",
    "HTML",
};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static bool starts_any(struct dtl_slice s, const char *const *table, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (dtl_starts_nocase(s, table[i]))
            return true;
    return false;
}

bool html_quirks(const struct html_tokenizer *z, const struct html_token *tok)
{
    struct dtl_slice name = html_slice(z, tok->data);
    struct dtl_slice id = html_slice(z, tok->public_id);
    struct dtl_slice system = html_slice(z, tok->system_id);

    if (tok->force_quirks || !dtl_equal_nocase(name, dtl_str("html")))
        return true;
    if (dtl_equal_nocase(system, dtl_str("http://www.ibm.com/data/dtd/v11/"
                                         "ibmxhtml1-transitional.dtd")))
        return true;
    if (!tok->system_id.set &&
        starts_any(id, old_without_system, COUNT(old_without_system)))
        return true;
    for (size_t i = 0; i < COUNT(old_whole); i++)
        if (dtl_equal_nocase(id, dtl_str(old_whole[i])))
            return true;
    return starts_any(id, old_public, COUNT(old_public));
}
