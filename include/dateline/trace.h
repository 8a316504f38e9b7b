/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_TRACE_H
#define DATELINE_TRACE_H
/*
 * When and where did a text appear: candidates from the marks, verified
 * against the stored texts, each with a typed relation and its evidence.
 */
#include <dateline/base.h>
#include <dateline/index.h>
#include <dateline/json.h>

#ifdef __cplusplus
extern "C" {
#endif

enum dtl_relation {
    DTL_REL_NONE,
    DTL_REL_SAME_TEXT,
    DTL_REL_RECAPTURE, /* the same page at another time */
    DTL_REL_VERBATIM,
    DTL_REL_EDITED,
    DTL_REL_ABRIDGED, /* the query, shortened */
    DTL_REL_EXTENDED, /* the query, with more */
    DTL_REL_EXCERPT,  /* a passage of one inside the other */
    DTL_REL_CARRIES,  /* an aggregator page holding it */
    DTL_REL_QUOTES,   /* the same quotation only */
    DTL_REL_HEADLINE, /* its headline */
    DTL_REL_AGENCY,   /* another text of the same agency's report */
    DTL_REL_STORY,    /* the story of a page with this headline */
    DTL_REL_COUNT
};
DTL_API const char *dtl_relation_name(enum dtl_relation r);

/* ---- one text ---------------------------------------------------------- */

/** A passage found on both sides: byte ranges in the two normal forms. */
struct dtl_span {
    uint32_t q_start, q_end, d_start, d_end;
};

struct dtl_appearance {
    struct dtl_ref article;
    enum dtl_relation relation;
    float score;          /* 0..1, for ranking */
    float q_in_d, d_in_q; /* share of each found in the other */
    bool in_rest;         /* found in the rest of the page, not its article:
                             the spans point into the normal form of that */
    const struct dtl_span *spans;
    uint32_t nspans;
    struct dtl_ref via; /* STORY: the page with the headline; the shares are
                           of its text */
};

struct dtl_trace_query {
    struct dtl_slice text;   /* headline, sentence, paragraph, article */
    struct dtl_slice title;  /* of the text, when known */
    struct dtl_slice page;   /* URL in the store it was taken from, or empty */
    struct dtl_slice agency; /* whose report it is; empty: as its dateline
                                credits it, "PARIS (AP) - ..." */
    uint32_t limit;          /* 0: the default of 1,000 */
};

/** Best first, in `arena`.  An empty result is DTL_OK with n 0. */
DTL_API int dtl_trace(struct dtl_store *s, const struct dtl_trace_query *q,
                      struct dtl_arena *arena, struct dtl_appearance **out,
                      size_t *n, struct dtl_error *err);

/* ---- where and when it was seen ---------------------------------------- */

/** Why an earlier capture speaks against a text. */
enum dtl_absence {
    DTL_ABSENT_UNKNOWN,
    DTL_ABSENT_GONE, /* 404 or 410 */
    DTL_ABSENT_TEXT, /* whole, with another text */
    DTL_ABSENT_LINK, /* a section page did not link it yet */
};

/** What a feed or a sitemap says of an address. */
struct dtl_said {
    const char *type;            /* "feed", "sitemap" */
    const char *field;           /* "published", "modified" */
    struct dtl_slice value, raw; /* as in claims of the page itself */
    struct dtl_slice by;         /* its own address */
    const char *file;            /* and its record */
    uint64_t offset;
    uint32_t at; /* byte of the document */
};

/** One capture of an article: when and where it was seen, what its page
 * claims, and the archived bytes that prove it. */
struct dtl_seen {
    struct dtl_capture capture;
    struct dtl_ref capture_ref, article_ref;
    struct dtl_slice title, site;
    struct dtl_slice meta; /* JSON: all that the page claims */
    struct dtl_slice claimed, claimed_source; /* publication, as claimed */
    int64_t published;
    uint32_t words;
    uint8_t text_hash[32];
    const char *file; /* archive that holds the record */
    /* Of an answer; zero of a story. */
    enum dtl_relation relation;
    float score, share, of_article; /* of the query; of the article */
    bool in_rest;                   /* as in struct dtl_appearance */
    struct dtl_ref via;
    struct dtl_slice via_url; /* the address of that page */
    const struct dtl_span *spans;
    uint32_t nspans;
    /* Of its address, after dtl_trace_bounds(). */
    int64_t not_after;  /* the first capture here that holds the text */
    int64_t not_before; /* the last one before that does not; DTL_NO_TIME */
    enum dtl_absence absence;    /* and what it has instead */
    struct dtl_slice absent_url; /* whose capture that was */
    const char *absent_file;     /* the record that proves it, or NULL */
    uint64_t absent_offset;
    /* After dtl_trace_witness() of <dateline/witness.h>. */
    const struct dtl_said *said;
    size_t nsaid;
};

/** A growing list of them; all its memory is of `arena`. */
struct dtl_sightings {
    struct dtl_store *store;
    struct dtl_arena *arena;
    struct dtl_seen *list;
    size_t count, cap;
    struct dtl_trace_query query; /* of an answer, borrowed */
    struct dtl_slice normal;      /* the query's normal form */
    bool bounded;
};

/** Add each capture of article `ref`; `like` gives what is of the answer. */
DTL_API int dtl_seen_add(struct dtl_sightings *s, struct dtl_ref ref,
                         const struct dtl_seen *like, struct dtl_error *err);
/** Oldest first. */
DTL_API void dtl_seen_sort(struct dtl_sightings *s);
/** Members of an open object: url, time, relation, site, title, ...; with
 * `evidence` the record that proves it and the passages as well. */
DTL_API void dtl_seen_json(const struct dtl_seen *s, bool evidence,
                           struct dtl_json *j);
/** What the page claims of its publication and whether that can be: members
 * of an open object. */
DTL_API void dtl_seen_claims_json(const struct dtl_sightings *all,
                                  const struct dtl_seen *s, struct dtl_json *j);
DTL_API void dtl_seen_bounds_json(const struct dtl_seen *s, struct dtl_json *j);
/** Of the claim believed first: "claimed", "unread", or "rejected: ..." */
DTL_API const char *dtl_seen_verdict(const struct dtl_seen *s);
/** Does another site's page claim the very same time? */
DTL_API bool dtl_seen_copied(const struct dtl_sightings *all,
                             const struct dtl_seen *s);
/** What is known of one capture's address holds for another's of it. */
DTL_API void dtl_seen_share(struct dtl_seen *to, const struct dtl_seen *from);
/** Is it its page's own story, not merely carried or quoted there? */
DTL_API bool dtl_seen_own(const struct dtl_seen *s);

/** What was edited between the query and the text found. */
struct dtl_difference {
    struct dtl_slice query, article; /* normal forms */
    struct dtl_span part;            /* what of them is compared */
    struct dtl_edit *edits;
    size_t n;                /* 0: nothing to compare, as with a headline */
    uint32_t removed, added; /* words */
};
DTL_API int dtl_seen_diff(const struct dtl_sightings *all,
                          const struct dtl_seen *s, struct dtl_arena *arena,
                          struct dtl_difference *out, struct dtl_error *err);
/** The member "edits" of an open object. */
DTL_API void dtl_difference_json(const struct dtl_difference *d,
                                 struct dtl_json *j);

/** What `asked` means: the article last captured at this URL, the text with
 * this hash or payload digest ("sha256:..."), else a text as it stands. */
DTL_API int dtl_trace_ask(struct dtl_store *s, struct dtl_slice asked,
                          struct dtl_arena *arena, struct dtl_trace_query *out,
                          struct dtl_error *err);
/** dtl_trace() and the captures of each article found, best first: `out` is
 * filled anew, in `arena`. */
DTL_API int dtl_trace_seen(struct dtl_store *s, const struct dtl_trace_query *q,
                           struct dtl_arena *arena, struct dtl_sightings *out,
                           struct dtl_error *err);
/** Look for evidence against earlier times. */
DTL_API int dtl_trace_bounds(struct dtl_sightings *s, struct dtl_error *err);

/** How the store's crawl looked at a host. */
#define DTL_DENSITY_DAYS 400   /* of a longer span the last week counts */
#define DTL_DENSITY_MOST 10000 /* captures counted */
struct dtl_density {
    int64_t from, to;
    uint64_t captures, days, days_crawled;
};

/** When a text appeared, from a list dtl_trace_bounds() went over. */
struct dtl_appeared {
    const struct dtl_seen *first;   /* the earliest capture that holds it */
    int64_t not_after;              /* its time */
    int64_t not_before;             /* of that page; DTL_NO_TIME */
    const struct dtl_seen *story;   /* the first whose own story it is */
    const struct dtl_seen *carrier; /* the first that merely carries it */
    struct dtl_density density;     /* of the first one's host, between the
                                       two, or the week before */
};
DTL_API void dtl_trace_when(const struct dtl_sightings *s,
                            struct dtl_appeared *out);
/** The whole answer as one object, oldest first; see dateline-formats(5). */
DTL_API int dtl_trace_json(struct dtl_sightings *s, struct dtl_json *j,
                           struct dtl_error *err);
/** One appearance as an object; `full` with edits, bounds and claims. */
DTL_API void dtl_trace_result_json(const struct dtl_sightings *s,
                                   const struct dtl_seen *one, bool full,
                                   struct dtl_json *j);
/** The member "results" of an open object, in the order of the list. */
DTL_API void dtl_trace_results_json(const struct dtl_sightings *s, bool full,
                                    struct dtl_json *j);

/* ---- all of them: stories ---------------------------------------------- */

struct dtl_stories; /* opaque */

struct dtl_stories_options {
    int64_t from, to; /* captures in this range; DTL_NO_TIME: open */
    size_t memory;    /* budget in bytes; 0: the default of 512 MiB */
};

/** An article of a story, or one that carries text of it. */
struct dtl_member {
    struct dtl_ref article;
    enum dtl_relation relation; /* to the story's first appearance */
    float share;                /* of that, found in this article */
};

struct dtl_story {
    char id[20];
    const struct dtl_member *members; /* by capture time; the first appearance
                                         comes first */
    size_t nmembers;
    const struct dtl_member *carriers; /* main story is another one */
    size_t ncarriers;
};

/**
 * Group all articles of a store by the story they tell.  The result does not
 * depend on the order in which they were ingested.  `s` is borrowed.
 */
DTL_API int dtl_stories_open(struct dtl_store *s,
                             const struct dtl_stories_options *options,
                             struct dtl_stories **out, struct dtl_error *err);
/** The next story by first capture, valid until the next call; DTL_END. */
DTL_API int dtl_stories_next(struct dtl_stories *st, struct dtl_story *out,
                             struct dtl_error *err);
DTL_API void dtl_stories_close(struct dtl_stories *st);

#ifdef __cplusplus
}
#endif
#endif
