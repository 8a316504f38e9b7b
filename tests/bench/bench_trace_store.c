/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store of made-up articles, always the same for a number of them: how large
 * its story tables are, how much is written to build and compact it, how fast
 * a text is traced in it, and how fast and in what memory its stories are
 * found.
 *
 *     bench_trace_store [ARTICLES [HOSTILE [DIR]]]     default 100000 0
 * /tmp/...
 *
 * Articles have 430 words on average.  Four in ten are copies of a story seen
 * shortly before (whole, cut, with other words here and there), a third carry
 * lines of their site, a fifth show beginnings of other stories beside their
 * own.  HOSTILE pages are stuffed with paragraphs of hundreds of others.
 * A store that is in DIR already is measured as it is.
 * Prints one JSON object; times are CPU times of this process.
 */
#include <dateline/store.h>
#include <dateline/trace.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define VOCABULARY 50000U
#define SITES      2000U
#define SEGMENT    50000U /* articles that one worker hands over at once */
#define PARAGRAPHS 9U
#define STUFFED    400U /* paragraphs of a hostile page */

static char words[VOCABULARY][24];

static uint64_t mix(uint64_t v)
{
    v ^= v >> 33;
    v *= UINT64_C(0xff51afd7ed558ccd);
    v ^= v >> 33;
    v *= UINT64_C(0xc4ceb9fe1a85ec53);
    return v ^ v >> 33;
}

struct dice {
    uint64_t state;
};

static uint32_t roll(struct dice *d, uint32_t n)
{
    d->state = d->state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)((d->state >> 33) * n >> 31);
}

static double cpu(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what, const struct dtl_error *err)
{
    fprintf(stderr, "bench_trace_store: %s: %s\n", what, err->text);
    exit(1);
}

/* ---- articles ----------------------------------------------------------- */

static void make_words(void)
{
    static const char *const parts[] = { "an",  "ber", "co",  "dri", "el",
                                         "fo",  "gra", "hun", "il",  "ka",
                                         "lo",  "mer", "ni",  "op",  "pe",
                                         "qua", "ros", "sta", "tor", "vi" };

    for (uint32_t i = 0; i < VOCABULARY; i++) {
        struct dice d = { mix(i + 1) };
        uint32_t n = (i > 400 ? 3U : i > 20 ? 2U : 1U) + roll(&d, 2);

        words[i][0] = '\0';
        while (n-- > 0)
            strcat(words[i], parts[roll(&d, 20)]);
    }
}

/* The cube of a uniform number favours the first words, as texts do. */
static const char *word(struct dice *d)
{
    uint64_t u = roll(d, 1 << 20);

    return words[u * u / (1 << 20) * u / (1 << 20) * VOCABULARY / (1 << 20)];
}

/* About `n` words in sentences; of `edits` in a hundred words others stand
 * there than in the copy before. */
static void put_text(struct dtl_buf *b, uint64_t seed, uint32_t n,
                     uint32_t edits, struct dice *editor)
{
    struct dice d = { mix(seed) };
    uint32_t left = 0;

    for (uint32_t i = 0; i < n; i++) {
        const char *w = word(&d);

        if (edits > 0 && roll(editor, 100) < edits)
            w = word(editor);
        if (left == 0) {
            left = 9 + roll(&d, 18);
            if (i > 0)
                dtl_buf_str(b, ". ");
            dtl_buf_byte(b, (uint8_t)(w[0] - 'a' + 'A'));
            w++;
        } else {
            dtl_buf_byte(b, ' ');
        }
        dtl_buf_str(b, w);
        left--;
    }
    dtl_buf_str(b, ".");
}

static uint64_t paragraph_seed(uint64_t story, uint32_t p)
{
    return story * 64 + p + 1;
}

struct made {
    struct dtl_buf text, rest, title;
    char url[80], site[40];
    uint64_t story;
    int64_t time;
};

static uint64_t story_of(uint64_t i)
{
    uint64_t r = mix(i + 77);

    /* One of the hundred before, which may be a copy itself. */
    while (i > 100 && r % 10 < 4) {
        i -= 1 + (r >> 8) % 100;
        r = mix(i + 77);
    }
    return i;
}

static void put_title(struct dtl_buf *b, uint64_t story)
{
    struct dice d = { mix(story + 5) };
    uint32_t n = 7 + roll(&d, 5);

    for (uint32_t i = 0; i < n; i++) {
        dtl_buf_str(b, i > 0 ? " " : "");
        dtl_buf_str(b, word(&d));
    }
}

static void put_body(struct dtl_buf *b, uint64_t i, uint64_t story)
{
    struct dice d = { mix(i + 3) }, own = { mix(story + 9) };
    bool copy = story != i;
    uint32_t edits = copy ? roll(&d, 4) * 2 : 0;
    uint32_t paragraphs = PARAGRAPHS;

    if (copy && roll(&d, 4) == 0)
        paragraphs = 4;
    for (uint32_t p = 0; p < paragraphs; p++) {
        put_text(b, paragraph_seed(story, p), 30 + roll(&own, 36), edits, &d);
        dtl_buf_byte(b, '\n');
    }
}

static void make_article(uint64_t i, struct made *m)
{
    uint64_t r = mix(i + 11), site = r % SITES;
    struct dice none = { 0 };

    dtl_buf_clear(&m->text);
    dtl_buf_clear(&m->rest);
    dtl_buf_clear(&m->title);
    m->story = story_of(i);
    m->time = 1600000000 + (int64_t)i * 30;
    snprintf(m->site, sizeof m->site, "site%" PRIu64 ".example", site);
    snprintf(m->url, sizeof m->url, "https://www.%s/news/%" PRIu64, m->site, i);
    put_title(&m->title, m->story);
    put_body(&m->text, i, m->story);
    if (r >> 16 & 1 && r >> 17 & 1)
        put_text(&m->text, site + (UINT64_C(1) << 60), 25, 0, &none);
    for (uint32_t k = 0; r >> 20 & 7 ? 0 : k < 8; k++) {
        uint64_t other = story_of(i - (i > 5000 ? mix(r + k) % 5000 : 0));

        put_text(&m->rest, paragraph_seed(other, 0), 30, 0, &none);
        dtl_buf_byte(&m->rest, '\n');
    }
}

/* Everyone's paragraphs, one below the other. */
static void make_hostile(uint64_t i, uint64_t articles, struct made *m)
{
    struct dice d = { mix(i + 21) }, none = { 0 };

    make_article(articles + i, m);
    dtl_buf_clear(&m->text);
    dtl_buf_clear(&m->rest);
    snprintf(m->url, sizeof m->url, "https://farm%" PRIu64 ".example/%" PRIu64,
             i % 5, i);
    for (uint32_t k = 0; k < STUFFED; k++) {
        uint64_t story = story_of(mix(d.state + k) % articles);
        struct dice own = { mix(story + 9) };

        put_text(&m->text, paragraph_seed(story, 0), 30 + roll(&own, 36), 0,
                 &none);
        dtl_buf_byte(&m->text, '\n');
    }
}

/* ---- the store ---------------------------------------------------------- */

static void add(struct dtl_segment_writer *w, const struct made *m, uint64_t i,
                struct dtl_arena *arena)
{
    struct dtl_article_row row = { .meta = dtl_str("{\"type\":\"article\"}"),
                                   .title = dtl_buf_view(&m->title),
                                   .site = dtl_str(m->site),
                                   .published = m->time,
                                   .text = dtl_buf_view(&m->text),
                                   .rest = dtl_buf_view(&m->rest) };
    struct dtl_capture c = { .time = m->time,
                             .status = 200,
                             .offset = i * 30000,
                             .length = 20000,
                             .url = dtl_str(m->url),
                             .mime = dtl_str("text/html") };
    struct dtl_slice normal;
    struct dtl_marks marks, more, titles;
    struct dtl_mark *both;
    struct dtl_error err;

    dtl_arena_reset(arena);
    if (dtl_normal(row.text, arena, &normal, &err) != DTL_OK ||
        dtl_text_hash(normal, row.text_hash, &err) != DTL_OK ||
        dtl_marks(normal, arena, &marks, &err) != DTL_OK ||
        dtl_normal(row.rest, arena, &normal, &err) != DTL_OK ||
        dtl_marks(normal, arena, &more, &err) != DTL_OK ||
        dtl_title_marks(row.title, arena, &titles, &err) != DTL_OK)
        die("marks", &err);
    both = dtl_arena_alloc(arena, (marks.count + more.count + (size_t)1) *
                                      sizeof *both);
    memcpy(both, marks.marks, marks.count * sizeof *both);
    for (uint32_t k = 0; k < more.count; k++) {
        both[marks.count + k] = more.marks[k];
        both[marks.count + k].position += marks.words;
    }
    row.words = marks.words;
    marks.marks = both;
    marks.count += more.count;
    if (dtl_segment_add_article(w, &row, &marks, &titles, &c.article, &err) !=
            DTL_OK ||
        dtl_segment_add_capture(w, &c, &err) != DTL_OK)
        die("add", &err);
}

static uint64_t bytes_of(const char *dir)
{
    struct dtl_store_counts counts;
    struct dtl_store *s;
    struct dtl_error err;

    if (dtl_store_open(dir, &s, &err) != DTL_OK ||
        dtl_store_count(s, &counts, &err) != DTL_OK)
        die("count", &err);
    dtl_store_close(s);
    return counts.bytes;
}

/* As ingest does: a segment at a time, those of like size merged. */
static uint64_t build(const char *dir, uint64_t articles, uint64_t hostile)
{
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_store_writer *w;
    struct dtl_segment_writer *seg = NULL;
    struct dtl_range range = { 0, 0, 0 };
    struct made m = { 0 };
    struct dtl_error err;
    uint64_t written = 0, before = 0;

    if (dtl_store_writer_open(dir, &w, &err) != DTL_OK ||
        dtl_store_file(w, "made.warc", UINT64_C(1) << 40, 1, &range.file,
                       &err) != DTL_OK)
        die("writer", &err);
    for (uint64_t i = 0; i < articles + hostile; i++) {
        struct dtl_compact c = { 0 };
        uint64_t now;

        if (seg == NULL &&
            dtl_segment_writer_new(w, (size_t)256 << 20, &seg, &err) != DTL_OK)
            die("segment", &err);
        if (i < articles)
            make_article(i, &m);
        else
            make_hostile(i - articles, articles, &m);
        add(seg, &m, i, arena);
        if ((i + 1) % SEGMENT != 0 && i + 1 != articles + hostile)
            continue;
        range.end = (i + 1) * 30000;
        if (dtl_segment_finish(seg, &err) != DTL_OK ||
            dtl_store_publish(w, &seg, 1, &range, 1, &err) != DTL_OK)
            die("publish", &err);
        dtl_segment_writer_free(seg);
        seg = NULL;
        range.start = range.end;
        now = bytes_of(dir);
        written += now - before;
        if (dtl_store_compact(w, &c, &err) != DTL_OK)
            die("compact", &err);
        written += c.made > 0 ? c.bytes_after : 0;
        before = bytes_of(dir);
    }
    dtl_store_writer_close(w);
    dtl_arena_free(arena);
    dtl_buf_free(&m.text);
    dtl_buf_free(&m.rest);
    dtl_buf_free(&m.title);
    return written;
}

/* ---- queries ------------------------------------------------------------ */

enum kind {
    ARTICLE,
    ABSENT,
    PARAGRAPH,
    SENTENCE,
    FRAGMENT,
    HEADLINE,
    FURNITURE,
    KINDS
};
static const char *const kinds[KINDS] = { "article",   "absent_article",
                                          "paragraph", "sentence",
                                          "fragment",  "headline",
                                          "furniture" };

/* Words [from, from + n) of a text. */
static void cut(struct dtl_buf *b, struct dtl_slice text, uint32_t from,
                uint32_t n)
{
    size_t pos = 0, start;

    for (; from > 0 && pos < text.len; from--)
        pos = dtl_find(text, dtl_str(" "), pos) + 1;
    start = pos;
    for (; n > 0 && pos < text.len; n--) {
        size_t next = dtl_find(text, dtl_str(" "), pos);

        pos = next == SIZE_MAX ? text.len : next + 1;
    }
    dtl_buf_slice(b, dtl_trim(dtl_sub(text, start, pos)));
}

static void ask(enum kind kind, uint64_t i, struct made *m, struct dtl_buf *out)
{
    struct dice none = { 0 };

    make_article(i, m);
    dtl_buf_clear(out);
    switch (kind) {
    case ARTICLE: dtl_buf_slice(out, dtl_buf_view(&m->text)); break;
    case ABSENT:
        put_body(out, i + (UINT64_C(1) << 40), i + (UINT64_C(1) << 40));
        break;
    case PARAGRAPH:
        put_text(out, paragraph_seed(m->story, 2), 30, 0, &none);
        break;
    case SENTENCE:
        put_text(out, paragraph_seed(m->story, 1), 14, 0, &none);
        break;
    case FRAGMENT: cut(out, dtl_buf_view(&m->text), 61, 9); break;
    case HEADLINE: dtl_buf_slice(out, dtl_buf_view(&m->title)); break;
    default:
        put_text(out, mix(i + 11) % SITES + (UINT64_C(1) << 60), 25, 0, &none);
        break;
    }
}

static int by_time(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;

    return (a > b) - (a < b);
}

/* Each query once to warm up, then measured. */
static void measure(struct dtl_store *s, enum kind kind, uint64_t articles)
{
    enum { ASKED = 1000 };
    static double times[ASKED];
    struct dtl_arena *arena = dtl_arena_new(0);
    struct dtl_buf text = { 0 };
    struct made m = { 0 };
    struct dtl_error err;
    uint64_t found = 0, results = 0;
    double all = 0;

    for (unsigned k = 0; k < ASKED; k++) {
        struct dtl_trace_query q = { .limit = 100 };
        struct dtl_appearance *out;
        size_t n = 0;

        ask(kind, mix(k + 1) % articles, &m, &text);
        q.text = dtl_buf_view(&text);
        for (int round = 0; round < 2; round++) {
            double start = cpu();

            dtl_arena_reset(arena);
            if (dtl_trace(s, &q, arena, &out, &n, &err) != DTL_OK)
                die("trace", &err);
            times[k] = cpu() - start;
        }
        found += n > 0;
        results += n;
        all += times[k];
    }
    qsort(times, ASKED, sizeof times[0], by_time);
    printf("  \"%s\": {\"found\": %.3f, \"results\": %.1f, \"per_second\": "
           "%.0f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f},\n",
           kinds[kind], (double)found / ASKED, (double)results / ASKED,
           ASKED / all, times[ASKED / 2] * 1000, times[ASKED * 99 / 100] * 1000,
           times[ASKED - 1] * 1000);
    fflush(stdout);
    dtl_arena_free(arena);
    dtl_buf_free(&text);
    dtl_buf_free(&m.text);
    dtl_buf_free(&m.rest);
    dtl_buf_free(&m.title);
}

/* In a process of its own, whose peak memory is then known. */
static void stories(const char *dir, uint64_t articles)
{
    struct rusage usage;
    pid_t child = fork();
    int status;

    if (child == 0) {
        struct dtl_stories *st = NULL;
        struct dtl_story story;
        struct dtl_store *s;
        struct dtl_error err;
        uint64_t n = 0, members = 0, carriers = 0, largest = 0;
        double start = cpu();

        if (dtl_store_open(dir, &s, &err) != DTL_OK ||
            dtl_stories_open(s, NULL, &st, &err) != DTL_OK)
            die("stories", &err);
        while (dtl_stories_next(st, &story, &err) == DTL_OK) {
            n++;
            members += story.nmembers;
            carriers += story.ncarriers;
            if (story.nmembers > largest)
                largest = story.nmembers;
        }
        start = cpu() - start;
        printf("  \"stories\": {\"stories\": %" PRIu64 ", \"members\": %" PRIu64
               ", \"carriers\": %" PRIu64 ", \"largest\": %" PRIu64
               ", \"cpu_seconds\": %.1f, \"articles_per_second\": %.0f},\n",
               n, members, carriers, largest, start, (double)articles / start);
        dtl_stories_close(st);
        dtl_store_close(s);
        fflush(stdout);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0 ||
        getrusage(RUSAGE_CHILDREN, &usage) != 0)
        exit(1);
    printf("  \"stories_peak_kib\": %ld,\n", usage.ru_maxrss);
}

static void sizes(struct dtl_store *s, uint64_t written)
{
    struct dtl_store_counts c;
    struct dtl_error err;
    double n, story = 0;

    if (dtl_store_count(s, &c, &err) != DTL_OK)
        die("count", &err);
    n = (double)c.articles;
    printf("  \"articles\": %" PRIu64 ", \"segments\": %" PRIu64
           ", \"bytes_per_article\": {",
           c.articles, c.segments);
    for (unsigned i = 0; i < 16 && c.table_names[i] != NULL; i++) {
        static const char *const tables[] = { "marks", "titles", "texts" };

        printf("\"%s\": %.1f, ", c.table_names[i], (double)c.tables[i] / n);
        for (unsigned k = 0; k < 3; k++)
            if (strcmp(c.table_names[i], tables[k]) == 0)
                story += (double)c.tables[i] / n;
    }
    printf("\"story_tables\": %.1f},\n  \"write_amplification\": %.2f,\n",
           story, (double)written / (double)c.bytes);
}

int main(int argc, char **argv)
{
    uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
    uint64_t hostile = argc > 2 ? strtoull(argv[2], NULL, 10) : 0, written = 0;
    char temp[] = "/tmp/dateline-bench-XXXXXX", path[4200], command[4300];
    const char *dir = argc > 3 ? argv[3] : mkdtemp(temp);
    struct dtl_store *s;
    struct dtl_error err;
    struct stat st;
    double start = cpu();

    if (n < 10 || dir == NULL)
        return 1;
    make_words();
    snprintf(path, sizeof path, "%s/manifest.mdb", dir);
    if (stat(path, &st) != 0)
        written = build(dir, n, hostile);
    start = cpu() - start;
    if (dtl_store_open(dir, &s, &err) != DTL_OK)
        die("open", &err);
    printf("{\n");
    sizes(s, written);
    printf("  \"build_cpu_us_per_article\": %.0f,\n", start / (double)n * 1e6);
    for (int kind = 0; kind < KINDS; kind++)
        measure(s, (enum kind)kind, n);
    dtl_store_close(s);
    stories(dir, n);
    printf("  \"hostile\": %" PRIu64 "\n}\n", hostile);
    if (argc <= 3) {
        snprintf(command, sizeof command, "rm -rf '%s'", dir);
        return system(command) == 0 ? 0 : 1;
    }
    return 0;
}
