/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DATELINE_SERVE_WEB_H
#define DATELINE_SERVE_WEB_H
/* What the routes of archived pages share. */
#include "serve.h"

#include <dateline/rewrite.h>

/* ---- what is asked for (web.c) ------------------------------------------- */

/** "/web/20240501120000im_/https://e.org/a?b" */
struct wanted {
    struct dtl_slice time; /* digits, may be empty */
    enum dtl_form form;
    struct dtl_slice url;
};
/** The path in the archive of `url` captured at `time`, into `out`. */
void put_memento(struct dtl_buf *out, int64_t time, enum dtl_form form,
                 struct dtl_slice url);
int web_nearest(struct request *r, const struct wanted *w,
                struct dtl_capture *out, struct dtl_error *err);
/** Lead to the address of the capture's own time. */
enum MHD_Result web_go_to(struct request *r, const struct dtl_capture *c,
                          const struct wanted *w);

/* ---- the captured message (message.c) ------------------------------------ */

/**
 * A captured answer: head, the body's beginning, and with `more` a rest that
 * message_more() reads.  The body comes without transfer-coding and still
 * content-encoded.  All of it lives as long as the context is not used for
 * another capture.
 */
struct message {
    struct dtl_http head;
    struct dtl_slice type;  /* when the record is no HTTP message */
    struct dtl_slice first; /* of the body; all of it without `more` */
    uint64_t length;        /* of the body, UINT64_MAX when not known */
    bool is_http;
    bool more;
    struct unchunk {
        bool on;
        int state;
        uint64_t left; /* of this chunk */
    } chunks;
};
/** That of `c`; for a revisit with the body of its original. */
int message_read(struct context *x, const struct dtl_capture *c,
                 struct message *m, struct dtl_error *err);
/** Append the next piece of the body after `first`; DTL_END. */
int message_more(struct context *x, struct message *m, struct dtl_buf *out,
                 struct dtl_error *err);
/** The first field of the captured head called so, or nothing. */
struct dtl_slice message_field(const struct message *m, const char *name);

/** The status to answer with, and whether a body goes with it. */
unsigned web_status(const struct message *m);
bool web_has_body(unsigned status);
/** The body as it is, still content-encoded. */
struct MHD_Response *web_body(struct request *r, const struct message *m);
/** Content-Encoding, when it is true. */
void web_add_coding(struct request *r, struct MHD_Response *response,
                    struct message *m);

/* ---- made to work in the archive (replayed.c) -----------------------------
 */

/** Answer forms other than DTL_FORM_RAW. */
enum MHD_Result send_replay(struct request *r, const struct wanted *w);

/* ---- Memento (memento.c) ------------------------------------------------- */

/** Memento-Datetime and the links of RFC 7089, to neighbours of this form. */
void add_memento(struct request *r, struct MHD_Response *response,
                 const struct dtl_capture *c, enum dtl_form form);
/** The links alone. */
void add_links(struct request *r, struct MHD_Response *response,
               const struct dtl_capture *c, enum dtl_form form);
/** Lead to the capture nearest to Accept-Datetime. */
enum MHD_Result timegate(struct request *r, const struct wanted *w);

#endif
