/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"

#include <dateline/json.h>

#define REMOVED_TEXT 160U /* bytes kept of a line that was taken out */

static struct dtl_slice beginning(struct dtl_slice line)
{
    size_t end = line.len < REMOVED_TEXT ? line.len : REMOVED_TEXT;

    while (end > 0 && end < line.len && (line.ptr[end] & 0xc0) == 0x80)
        end--;
    return dtl_sub(line, 0, end);
}

/* The text without the lines that are to go: they join the rest of the page,
 * and the metadata tell which went and why. */
static bool take_out(struct judge *j, struct dtl_article_row *row,
                     const uint8_t *verdicts)
{
    struct dtl_json json = { .out = &j->meta };
    size_t line = 0, pos = 0;

    dtl_buf_clear(&j->text);
    dtl_buf_clear(&j->rest);
    dtl_buf_slice(&j->rest, row->rest);
    dtl_buf_clear(&j->meta);
    dtl_buf_slice(&j->meta, dtl_sub(row->meta, 0, row->meta.len - 1));
    dtl_buf_str(&j->meta, ",\"removed\":");
    dtl_json_array(&json);
    while (pos < row->text.len) {
        size_t nl = dtl_find(row->text, dtl_str("\n"), pos);
        size_t end = nl != SIZE_MAX ? nl : row->text.len;
        struct dtl_slice text = dtl_sub(row->text, pos, end);
        uint8_t verdict = line < LOOK_LINES ? verdicts[line] : LOOK_KEEP;

        if (verdict == LOOK_KEEP) {
            if (j->text.len > 0)
                dtl_buf_byte(&j->text, '\n');
            dtl_buf_slice(&j->text, text);
        } else {
            if (j->rest.len > 0)
                dtl_buf_byte(&j->rest, '\n');
            dtl_buf_slice(&j->rest, text);
            dtl_json_object(&json);
            dtl_json_key(&json, "reason");
            dtl_json_str(&json, look_reason_text((enum look_reason)verdict));
            dtl_json_key(&json, "text");
            dtl_json_slice(&json, beginning(text));
            dtl_json_end(&json);
        }
        pos = end + 1;
        line++;
    }
    dtl_json_end(&json);
    dtl_buf_byte(&j->meta, '}');
    row->text = dtl_buf_view(&j->text);
    row->rest = dtl_buf_view(&j->rest);
    row->meta = dtl_buf_view(&j->meta);
    return !j->text.failed && !j->meta.failed && !j->rest.failed;
}

struct look_article judge_sees(const struct dtl_capture *c,
                               const struct dtl_article_row *row)
{
    return (struct look_article){
        .site = row->site, .title = row->title, .url = c->url, .text = row->text
    };
}

int judge_page(struct judge *j, struct look *look, struct dtl_harvest *page,
               uint64_t *removed, struct dtl_error *err)
{
    uint8_t verdicts[LOOK_LINES];
    struct look_article seen = judge_sees(&page->capture, &page->row);
    size_t gone = look != NULL ? look_judge(look, &seen, verdicts) : 0;

    if (gone > 0 && page->row.meta.len > 2) {
        *removed += gone;
        if (!take_out(j, &page->row, verdicts))
            return dtl_fail(err, DTL_NOMEM, 0, "out of memory for a page");
    }
    return dtl_harvest_story(j->harvester, page, err);
}

void judge_clear(struct judge *j)
{
    dtl_buf_free(&j->text);
    dtl_buf_free(&j->rest);
    dtl_buf_free(&j->meta);
}
