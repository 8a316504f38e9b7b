/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <dateline/serve.h>

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

/* How long requests in work may take to end after a signal. */
#define GRACE 10

/* "ADDRESS:PORT", "[V6]:PORT" or a port alone, into `address` (at least as
 * long as `text`). */
static bool parse_listen(const char *text, char *address, uint16_t *port)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon != NULL ? (size_t)(colon - text) : 0;
    uint64_t n;

    if (!dtl_parse_u64(dtl_str(colon != NULL ? colon + 1 : text), &n) ||
        n > UINT16_MAX)
        return false;
    *port = (uint16_t)n;
    if (len > 1 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    memcpy(address, text, len);
    address[len] = '\0';
    return true;
}

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static void print_url(const char *address, uint16_t port)
{
    bool v6 = strchr(address, ':') != NULL;

    printf("http://%s%s%s:%u/\n", v6 ? "[" : "", address, v6 ? "]" : "",
           (unsigned)port);
}

/* A connection is a file, and most of them are idle. */
static void allow_connections(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int serve(struct dtl_server_options *o)
{
    struct dtl_server *server;
    struct dtl_error err;
    sigset_t signals;
    int caught, rc;

    /* Blocked before the server's threads exist, so that none takes them. */
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    allow_connections();
    /* Answers come and go by the million: memory they had is kept, as giving
     * it back and taking it again costs more than filling it. */
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    if (dtl_server_start(o, &server, &err) != DTL_OK) {
        rc = complain(o->shards_file != NULL ? "serve" : o->store, &err);
        return rc == EXIT_INPUT || rc == EXIT_NOTHING ? EXIT_STORE : rc;
    }
    printf("serving %s on ",
           o->shards_file != NULL ? o->shards_file : o->store);
    print_url(o->address, dtl_server_port(server));
    printf("archived pages on ");
    print_url(o->address, dtl_server_replay_port(server));
    fflush(stdout);
    if (!is_loopback(o->address))
        say("others on the network can read this store: put a proxy with TLS "
            "and passwords in front where that matters");
    sigwait(&signals, &caught);
    dtl_server_stop(server, GRACE);
    return EXIT_FOUND;
}

static int run(const struct args *a)
{
    const char *listen = arg(a, "listen");
    struct dtl_server_options o = { .store = arg_store(a) };
    char *address;
    const char **hosts;
    uint64_t threads, replay_port;
    int rc = EXIT_USAGE;

    if (listen == NULL)
        listen = "127.0.0.1:8080";
    if (!arg_u64(a, "threads", 0, &threads) || threads > 256 ||
        !arg_u64(a, "replay-port", 0, &replay_port) || replay_port > UINT16_MAX)
        return EXIT_USAGE;
    o.replay_port = (uint16_t)replay_port;
    o.origin = arg(a, "origin");
    o.replay_origin = arg(a, "replay-origin");
    o.access_file = arg(a, "access");
    o.auth_file = arg(a, "auth-file");
    o.allow_origin = arg(a, "allow-origin");
    o.shards_file = arg(a, "shards");
    o.threads = (unsigned)threads;
    while (arg_nth(a, "host", o.nhosts) != NULL)
        o.nhosts++;
    address = malloc(strlen(listen) + 16);
    hosts = calloc(o.nhosts + 1, sizeof *hosts);
    if (address == NULL || hosts == NULL) {
        say("out of memory");
        rc = EXIT_MEMORY;
    } else if (!parse_listen(listen, address, &o.port)) {
        say("serve: --listen wants ADDRESS:PORT, such as 127.0.0.1:8080, not "
            "'%s'",
            listen);
    } else {
        if (address[0] == '\0')
            strcpy(address, "127.0.0.1");
        for (size_t i = 0; i < o.nhosts; i++)
            hosts[i] = arg_nth(a, "host", i);
        o.address = address;
        o.hosts = hosts;
        rc = serve(&o);
    }
    free(address);
    free(hosts);
    return rc;
}

static const struct opt options[] = {
    { "store", 's', "DIR",
      "the store ($DATELINE_STORE, else ./dateline.store)" },
    { "listen", 'l', "ADDRESS:PORT", "default 127.0.0.1:8080; port 0: any" },
    { "host", 0, "NAME", "answer to this name too (may be repeated)" },
    { "replay-port", 0, "PORT", "of archived pages; default: the next one" },
    { "origin", 0, "URL", "what browsers call it, behind a proxy" },
    { "replay-origin", 0, "URL", "what they call the port of archived pages" },
    { "access", 0, "FILE", "apply these access rules (.aclj of pywb)" },
    { "auth-file", 0, "FILE", "answer only these accounts; see below" },
    { "allow-origin", 0, "ORIGIN",
      "pages of this origin may read answers (CORS)" },
    { "shards", 0, "FILE", "ask the servers it names instead of a store" },
    { "threads", 'j', "N", "default: one for each processor" },
    { 0 },
};

const struct cmd cmd_serve = {
    .name = "serve",
    .operands = "",
    .summary = "answer a browser and CDX clients over HTTP",
    .details =
        "  /                       look up an address, trace a text\n"
        "  /cdx?url=URL            a CDX server: matchType, from, to, "
        "closest,\n"
        "                          sort, limit, filter, collapse, fl, output\n"
        "  /api/v1/openapi.json    the interface for programs, described\n"
        "  /record/FILE/OFFSET     a WARC record; /record/FILE with Range\n\n"
        "and on the next port, an origin of its own, what was archived:\n\n"
        "  /web/TIMEid_/URL        the bytes as captured, nearest in time\n"
        "  /web/timegate/URL, /web/timemap/link/URL   Memento (RFC 7089)\n\n"
        "Only this machine is answered unless --listen says otherwise, and\n"
        "only requests for localhost, the address itself or a --host NAME.\n"
        "What is ingested meanwhile shows without a restart.  SIGTERM lets\n"
        "requests in work end, then stops.\n\n"
        "A line of --auth-file is NAME:HASH, the password hashed as by\n"
        "`openssl passwd -6`, or NAME:bearer:HEX, the SHA-256 of a token.\n"
        "The NAME is the user of access rules.  Passwords want TLS: put a\n"
        "proxy in front and tell --origin and --replay-origin.\n\n"
        "--shards FILE makes one server of many that each have a part of a\n"
        "store.  FILE is TOML: [[shard]] before each, with url = \"http://"
        "node1:8080\"\nand, if it is not the next port, replay = \"...\" for "
        "captured pages; before\nthem timeout = 10.0 in seconds and token = "
        "\"...\", a bearer token for all.\nWhen a shard does not answer in "
        "time "
        "the others' answer is given, and says\nso: in the header "
        "Dateline-Partial, and as \"partial\" in JSON.",
    .options = options,
    .min = 0,
    .max = 0,
    .run = run,
};
