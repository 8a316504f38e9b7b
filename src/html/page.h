/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_HTML_PAGE_H
#define DATELINE_HTML_PAGE_H
#include "token.h"

/** Does this DOCTYPE ask for quirks mode (13.2.6.4.1)? */
bool html_quirks(const struct html_tokenizer *z, const struct html_token *tok);
#endif
