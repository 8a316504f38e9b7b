/* SPDX-License-Identifier: Apache-2.0 */
/* Stories and queries over a store of invented articles. */
#include <dateline/article.h>
#include <dateline/index.h>
#include <dateline/trace.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* ---- articles ------------------------------------------------------------ */

enum {
    STORIES = 12,
    COPIES = 4,
    ARTICLES = STORIES * COPIES + 3,
    STUFFED = 30, /* pages with everyone's paragraphs, in some tests */
    FRONTS = 3
};

struct made {
    char url[64], title[80];
    struct dtl_buf text;
    int64_t time;
    int story; /* -1: none */
    uint8_t type;
};

static struct made made[ARTICLES + STUFFED + FRONTS];
static size_t nmade;

static uint32_t roll(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % n;
}

static void put_word(struct dtl_buf *b, uint32_t *seed)
{
    static const char *const parts[] = { "ba",  "ker", "lo", "min", "sta",
                                         "tor", "vel", "an", "dri", "us" };
    uint32_t n = 1 + roll(seed, 3);

    for (uint32_t i = 0; i < n; i++)
        dtl_buf_str(b, parts[roll(seed, 10)]);
}

/* Paragraph `p` of story `story`: three sentences, always the same. */
static void put_paragraph(struct dtl_buf *b, int story, int p)
{
    uint32_t seed = (uint32_t)(story * 1000 + p * 7 + 1);

    for (int s = 0; s < 3; s++) {
        uint32_t words = 9 + roll(&seed, 12);

        for (uint32_t w = 0; w < words; w++) {
            if (w > 0)
                dtl_buf_byte(b, ' ');
            put_word(b, &seed);
        }
        dtl_buf_str(b, s < 2 ? ". " : ".\n");
    }
}

static struct made *make(int story, int copy, int64_t time)
{
    struct made *m = &made[nmade++];

    snprintf(m->url, sizeof m->url, "https://site%d.example/%d/%d", copy, story,
             copy);
    snprintf(m->title, sizeof m->title, "Headline %c%c of number %d",
             'a' + story, 'a' + story, story);
    m->time = time;
    m->story = story;
    dtl_buf_clear(&m->text);
    return m;
}

/* Every story four times: as it was, cut, with a dateline, with a new end;
 * then a page of story 0 that carries story 1, and two more that only share
 * their site's notice. */
static void make_all(void)
{
    struct made *m;

    nmade = 0;
    for (int s = 0; s < STORIES; s++)
        for (int c = 0; c < COPIES; c++) {
            m = make(s, c, 1700000000 + s * 86400 + c * 3600);
            if (c == 2)
                dtl_buf_str(&m->text, "LONDON (Agency) - ");
            for (int p = 0; p < (c == 1 ? 3 : 6); p++)
                put_paragraph(&m->text, s, p);
            if (c == 3)
                put_paragraph(&m->text, s, 50);
        }
    m = make(0, 9, 1800000000);
    for (int p = 0; p < 6; p++)
        put_paragraph(&m->text, 0, p);
    for (int p = 0; p < 6; p++)
        put_paragraph(&m->text, 1, p);
    for (int i = 0; i < 2; i++) {
        m = make(100 + i, 9, 1800000100 + i);
        m->story = -1;
        put_paragraph(&m->text, 100 + i, 0);
        put_paragraph(&m->text, 100 + i, 1);
    }
}

/* ---- a store ------------------------------------------------------------- */

static char dir[] = "/tmp/dateline-test-XXXXXX";
static char path[64];

static void add(struct dtl_segment_writer *w, const struct made *m,
                struct dtl_arena *arena)
{
    struct dtl_article_row row = { .meta = dtl_str("{}"),
                                   .title = dtl_str(m->title),
                                   .site = dtl_str("site.example"),
                                   .published = DTL_NO_TIME,
                                   .page_type = m->type,
                                   .text = dtl_buf_view(&m->text) };
    struct dtl_capture c = { .time = m->time,
                             .status = 200,
                             .url = dtl_str(m->url),
                             .mime = dtl_str("text/html") };
    struct dtl_slice normal;
    struct dtl_marks marks, titles;

    dtl_normal(row.text, arena, &normal, NULL);
    dtl_text_hash(normal, row.text_hash, NULL);
    dtl_marks(normal, arena, &marks, NULL);
    dtl_title_marks(row.title, arena, &titles, NULL);
    row.words = marks.words;
    assert_int_equal(
        dtl_segment_add_article(w, &row, &marks, &titles, &c.article, NULL),
        DTL_OK);
    assert_int_equal(dtl_segment_add_capture(w, &c, NULL), DTL_OK);
}

/* All articles in the order `step` takes them, over `parts` segments. */
static struct dtl_store *store_of(const char *name, size_t step, size_t parts)
{
    struct dtl_store_writer *w;
    struct dtl_segment_writer *seg[4];
    struct dtl_range range = { 0, 0, 1 };
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_store *s;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(dtl_store_writer_open(path, &w, NULL), DTL_OK);
    assert_int_equal(dtl_store_file(w, "a.warc", 1, 1, &range.file, NULL),
                     DTL_OK);
    for (size_t p = 0; p < parts; p++)
        assert_int_equal(dtl_segment_writer_new(w, 1 << 20, &seg[p], NULL),
                         DTL_OK);
    for (size_t i = 0; i < nmade; i++)
        add(seg[i % parts], &made[i * step % nmade], arena);
    for (size_t p = 0; p < parts; p++)
        assert_int_equal(dtl_segment_finish(seg[p], NULL), DTL_OK);
    assert_int_equal(dtl_store_publish(w, seg, parts, &range, 1, NULL), DTL_OK);
    for (size_t p = 0; p < parts; p++)
        dtl_segment_writer_free(seg[p]);
    dtl_store_writer_close(w);
    dtl_arena_free(arena);
    assert_int_equal(dtl_store_open(path, &s, NULL), DTL_OK);
    return s;
}

/* Which of the articles made is `ref`? */
static size_t made_at(struct dtl_store *s, struct dtl_ref ref)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_ref *refs;
    struct dtl_capture c;
    size_t n, i = 0;

    assert_int_equal(dtl_store_article_captures(s, ref, arena, &refs, &n, NULL),
                     DTL_OK);
    assert_int_equal(n, 1);
    assert_int_equal(dtl_store_capture(s, refs[0], &c, NULL), DTL_OK);
    while (!dtl_equal(c.url, dtl_str(made[i].url)))
        i++;
    dtl_arena_free(arena);
    return i;
}

/* ---- stories ------------------------------------------------------------- */

struct grouping {
    char id[ARTICLES + STUFFED + FRONTS][20];
    bool carries_1[ARTICLES + STUFFED + FRONTS];
    size_t members;
};

static void group(struct dtl_store *s, size_t memory, struct grouping *out)
{
    struct dtl_stories_options o = { .from = DTL_NO_TIME,
                                     .to = DTL_NO_TIME,
                                     .memory = memory };
    struct dtl_stories *st;
    struct dtl_story story;
    size_t seen = 0;

    memset(out, 0, sizeof *out);
    assert_int_equal(dtl_stories_open(s, &o, &st, NULL), DTL_OK);
    while (dtl_stories_next(st, &story, NULL) == DTL_OK) {
        size_t first = made_at(s, story.members[0].article);

        for (size_t i = 0; i < story.nmembers; i++) {
            size_t at = made_at(s, story.members[i].article);

            snprintf(out->id[at], sizeof out->id[at], "%s", story.id);
            assert_true(made[first].time <= made[at].time);
            seen++;
        }
        for (size_t i = 0; i < story.ncarriers; i++)
            if (made[first].story == 1)
                out->carries_1[made_at(s, story.carriers[i].article)] = true;
    }
    dtl_stories_close(st);
    out->members = seen;
}

static void articles_of_one_story_go_together(void **state)
{
    struct dtl_store *s = store_of("one", 1, 1);
    struct grouping g;

    (void)state;
    group(s, 0, &g);
    assert_int_equal(g.members, nmade);
    for (size_t i = 0; i < nmade; i++)
        for (size_t k = 0; k < i; k++) {
            bool same = strcmp(g.id[i], g.id[k]) == 0;

            assert_true(same ==
                        (made[i].story == made[k].story && made[i].story >= 0));
        }
    dtl_store_close(s);
}

static void a_page_that_carries_a_story_is_its_carrier(void **state)
{
    struct dtl_store *s = store_of("carrier", 1, 1);
    struct grouping g;

    (void)state;
    group(s, 0, &g);
    for (size_t i = 0; i < nmade; i++)
        assert_int_equal(g.carries_1[i], i == STORIES * COPIES);
    dtl_store_close(s);
}

static void order_and_segments_do_not_matter(void **state)
{
    struct dtl_store *a = store_of("straight", 1, 1);
    struct dtl_store *b = store_of("shuffled", 25, 3);
    struct grouping ga, gb;

    (void)state;
    assert_int_equal(nmade % 25 != 0 && nmade % 5 != 0, 1);
    group(a, 0, &ga);
    group(b, 0, &gb);
    assert_memory_equal(&ga, &gb, sizeof ga);
    dtl_store_close(a);
    dtl_store_close(b);
}

static void little_memory_gives_the_same(void **state)
{
    struct dtl_store *s = store_of("memory", 1, 1);
    struct grouping ga, gb;

    (void)state;
    group(s, 0, &ga);
    group(s, 4096, &gb); /* one text in the cache at a time */
    assert_memory_equal(&ga, &gb, sizeof ga);
    dtl_store_close(s);
}

/* Pages stuffed with everyone's paragraphs, again and again. */
static void stuff(void)
{
    for (int i = 0; i < STUFFED; i++) {
        struct made *m = make(200 + i, i % 5, 1600000000 + i * 60);

        m->story = -1;
        for (int round = 0; round < 5; round++)
            for (int s = 0; s < STORIES; s++)
                put_paragraph(&m->text, (s + i) % STORIES, round);
    }
}

static void unmake(size_t to)
{
    while (nmade > to)
        dtl_buf_free(&made[--nmade].text);
}

static void stuffed_pages_swallow_no_story(void **state)
{
    struct dtl_store *s;
    struct grouping g;

    (void)state;
    stuff();
    s = store_of("stuffed", 1, 2);
    group(s, 0, &g);
    assert_int_equal(g.members, nmade);
    for (size_t i = 0; i < ARTICLES; i++)
        for (size_t k = 0; k < i; k++)
            assert_true((strcmp(g.id[i], g.id[k]) == 0) ==
                        (made[i].story == made[k].story && made[i].story >= 0));
    dtl_store_close(s);
    unmake(ARTICLES);
}

static void front_pages_are_no_stories(void **state)
{
    static const struct {
        const char *url;
        uint8_t type;
        bool front;
    } pages[FRONTS] = {
        { "https://site7.example/", DTL_PAGE_ARTICLE, true },
        { "https://site7.example/politics/", DTL_PAGE_LISTING, true },
        { "https://site7.example/2024/how-a-list-came-about", DTL_PAGE_LISTING,
          false },
    };
    struct dtl_store *s;
    struct grouping g;

    (void)state;
    for (size_t i = 0; i < FRONTS; i++) {
        struct made *m = make(300, 1, 1700000000 + (int64_t)i);

        snprintf(m->url, sizeof m->url, "%s", pages[i].url);
        m->type = pages[i].type;
        for (int p = 0; p < 4; p++)
            put_paragraph(&m->text, 300, p);
    }
    s = store_of("fronts", 1, 1);
    group(s, 0, &g);
    for (size_t i = 0; i < FRONTS; i++)
        assert_int_equal(g.id[ARTICLES + i][0] == '\0', pages[i].front);
    dtl_store_close(s);
    unmake(ARTICLES);
}

/* ---- queries ------------------------------------------------------------- */

static size_t trace(struct dtl_store *s, struct dtl_slice text,
                    struct dtl_arena *arena, struct dtl_appearance **out)
{
    struct dtl_trace_query q = { .text = text };
    size_t n;

    assert_int_equal(dtl_trace(s, &q, arena, out, &n, NULL), DTL_OK);
    return n;
}

static void an_article_finds_its_versions(void **state)
{
    struct dtl_store *s = store_of("article", 1, 2);
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_appearance *found;
    const struct made *m = &made[5 * COPIES];
    size_t n = trace(s, dtl_buf_view(&m->text), arena, &found);
    static const enum dtl_relation want[COPIES] = {
        DTL_REL_SAME_TEXT, DTL_REL_ABRIDGED, DTL_REL_VERBATIM, DTL_REL_EDITED
    };

    (void)state;
    assert_int_equal(n, COPIES);
    assert_int_equal(made_at(s, found[0].article), 5 * COPIES);
    for (size_t i = 0; i < n; i++) {
        size_t at = made_at(s, found[i].article);

        assert_int_equal(made[at].story, 5);
        if (at % COPIES != 3)
            assert_int_equal(found[i].relation, want[at % COPIES]);
        assert_true(i == 0 || found[i].score <= found[i - 1].score);
    }
    dtl_arena_free(arena);
    dtl_store_close(s);
}

static void passages_point_into_both_texts(void **state)
{
    struct dtl_store *s = store_of("passage", 1, 1);
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_appearance *found;
    struct dtl_buf b = { 0 };
    struct dtl_slice q, d;
    size_t n;

    (void)state;
    put_paragraph(&b, 3, 4);
    dtl_normal(dtl_buf_view(&b), arena, &q, NULL);
    n = trace(s, q, arena, &found);
    assert_int_equal(n, 3); /* one copy was cut before it */
    for (size_t i = 0; i < n; i++) {
        size_t at = made_at(s, found[i].article);
        const struct dtl_span *p = found[i].spans;

        assert_int_equal(made[at].story, 3);
        assert_true(found[i].q_in_d > 0.99F);
        assert_int_equal(found[i].nspans, 1);
        dtl_normal(dtl_buf_view(&made[at].text), arena, &d, NULL);
        assert_true(dtl_equal(dtl_sub(q, p->q_start, p->q_end),
                              dtl_sub(d, p->d_start, p->d_end)));
    }
    dtl_buf_free(&b);
    dtl_arena_free(arena);
    dtl_store_close(s);
}

static void a_headline_finds_its_articles(void **state)
{
    struct dtl_store *s = store_of("headline", 1, 1);
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_appearance *found;
    size_t n = trace(s, dtl_str("HEADLINE GG of number 6!"), arena, &found);

    (void)state;
    assert_int_equal(n, COPIES);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(made[made_at(s, found[i].article)].story, 6);
        assert_int_equal(found[i].relation, DTL_REL_HEADLINE);
    }
    dtl_arena_free(arena);
    dtl_store_close(s);
}

static void what_is_not_there_is_not_found(void **state)
{
    struct dtl_store *s = store_of("absent", 1, 1);
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_appearance *found;
    struct dtl_buf b = { 0 };
    uint8_t bytes[256];

    (void)state;
    for (int p = 0; p < 8; p++)
        put_paragraph(&b, 77, p);
    assert_int_equal(trace(s, dtl_buf_view(&b), arena, &found), 0);
    assert_int_equal(trace(s, dtl_str(""), arena, &found), 0);
    assert_int_equal(trace(s, dtl_str("... !"), arena, &found), 0);
    assert_int_equal(trace(s, dtl_str("unheardof"), arena, &found), 0);
    for (unsigned i = 0; i < 256; i++)
        bytes[i] = (uint8_t)(i * 37);
    assert_int_equal(trace(s, dtl_slice_of(bytes, 256), arena, &found), 0);
    /* A megabyte of no language, signs only, and numbers only. */
    dtl_buf_clear(&b);
    for (uint32_t seed = 1; b.len < (size_t)1 << 20;) {
        uint32_t r = roll(&seed, UINT32_C(1) << 24);

        dtl_buf_add(&b, &r, 3);
    }
    assert_int_equal(trace(s, dtl_buf_view(&b), arena, &found), 0);
    assert_int_equal(
        trace(s, dtl_str("\xe2\x98\x83 \xe2\x98\x83"), arena, &found), 0);
    assert_int_equal(
        trace(s, dtl_str("1 2 3 4 5 6 7 8 9 10 11"), arena, &found), 0);
    dtl_buf_free(&b);
    dtl_arena_free(arena);
    dtl_store_close(s);
}

static void stuffed_pages_hide_no_article(void **state)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_appearance *found;
    struct dtl_store *s;

    (void)state;
    stuff();
    s = store_of("hidden", 1, 2);
    for (int story = 0; story < STORIES; story++) {
        struct dtl_buf b = { 0 };
        size_t n;

        put_paragraph(&b, story, 2);
        n = trace(s, dtl_buf_view(&b), arena, &found);
        assert_in_range(n, COPIES, nmade);
        for (size_t i = 0; i < COPIES; i++)
            assert_int_equal(made[made_at(s, found[i].article)].story, story);
        dtl_buf_free(&b);
        dtl_arena_reset(arena);
    }
    dtl_arena_free(arena);
    dtl_store_close(s);
    unmake(ARTICLES);
}

/* Words [from, from + n) of a paragraph. */
static struct dtl_slice piece(struct dtl_slice text, unsigned from, unsigned n,
                              struct dtl_arena *arena)
{
    struct dtl_slice normal;
    struct dtl_words w;

    dtl_normal(text, arena, &normal, NULL);
    dtl_words(normal, 0, arena, &w, NULL);
    assert_true(from + n <= w.count);
    return dtl_sub(normal, w.words[from].start,
                   w.words[from + n - 1].start + w.words[from + n - 1].len);
}

static void any_piece_of_a_sentence_is_found(void **state)
{
    struct dtl_store *s = store_of("piece", 1, 2);
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_appearance *found;

    (void)state;
    for (int story = 1; story < STORIES; story++)
        for (unsigned from = 1; from < 20; from += 3)
            for (unsigned n = 6; n <= 9; n += 3) {
                struct dtl_buf b = { 0 };
                struct dtl_slice q;
                size_t hits;

                put_paragraph(&b, story, 1);
                q = piece(dtl_buf_view(&b), from, n, arena);
                hits = trace(s, q, arena, &found);
                assert_in_range(hits, COPIES, ARTICLES);
                assert_int_equal(made[made_at(s, found[0].article)].story,
                                 story);
                dtl_buf_free(&b);
                dtl_arena_reset(arena);
            }
    dtl_arena_free(arena);
    dtl_store_close(s);
}

static void no_more_than_asked_for(void **state)
{
    struct dtl_store *s = store_of("limit", 1, 2);
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_trace_query q = { .text = dtl_buf_view(&made[0].text),
                                 .limit = 2 };
    struct dtl_appearance *found;
    size_t n;

    (void)state;
    assert_int_equal(dtl_trace(s, &q, arena, &found, &n, NULL), DTL_OK);
    assert_int_equal(n, 2);
    q.text = dtl_str("Headline"); /* one word, of every headline there is */
    q.limit = 5;
    assert_int_equal(dtl_trace(s, &q, arena, &found, &n, NULL), DTL_OK);
    assert_int_equal(n, 5);
    assert_int_equal(found[0].relation, DTL_REL_HEADLINE);
    dtl_arena_free(arena);
    dtl_store_close(s);
}

/* Ten megabytes, of which the first article is a part. */
static void a_huge_query_is_answered(void **state)
{
    struct dtl_store *s = store_of("huge", 1, 1);
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_appearance *found;
    struct dtl_buf b = { 0 };
    uint32_t seed = 5;

    (void)state;
    dtl_buf_slice(&b, dtl_buf_view(&made[0].text));
    while (b.len < (size_t)10 << 20) {
        put_word(&b, &seed);
        dtl_buf_byte(&b, ' ');
    }
    trace(s, dtl_buf_view(&b), arena, &found);
    dtl_buf_free(&b);
    dtl_arena_free(arena);
    dtl_store_close(s);
}

/* ---- ----------------------------------------------------------------------
 */

static int set_up(void **state)
{
    (void)state;
    make_all();
    return nmade == ARTICLES && mkdtemp(dir) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[64];

    (void)state;
    for (size_t i = 0; i < ARTICLES; i++)
        dtl_buf_free(&made[i].text);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(articles_of_one_story_go_together),
        cmocka_unit_test(a_page_that_carries_a_story_is_its_carrier),
        cmocka_unit_test(order_and_segments_do_not_matter),
        cmocka_unit_test(little_memory_gives_the_same),
        cmocka_unit_test(an_article_finds_its_versions),
        cmocka_unit_test(passages_point_into_both_texts),
        cmocka_unit_test(a_headline_finds_its_articles),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(a_huge_query_is_answered),
        cmocka_unit_test(stuffed_pages_swallow_no_story),
        cmocka_unit_test(stuffed_pages_hide_no_article),
        cmocka_unit_test(front_pages_are_no_stories),
        cmocka_unit_test(any_piece_of_a_sentence_is_found),
        cmocka_unit_test(no_more_than_asked_for),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
