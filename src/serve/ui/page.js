// SPDX-License-Identifier: Apache-2.0
// One capture: the article as clean text beside the page as it was.

import { h, add, button, copyButton, empty, pairs, table } from "./dom.js";
import { claimText, fromStamp, language, percent, relation, SOURCES, when }
    from "./format.js";
import { ask, config, Failure, link, replay, rows, trace } from "./api.js";
import { ranges } from "./normal.js";
import { chip, to } from "./trace.js";

/* ---- the text ------------------------------------------------------------ */

/* Paragraphs, with what was asked for marked. */
function paragraphs(text, marked, lang) {
    const node = h("div", { class: "text", lang });
    let at = 0, m = 0;

    for (const line of text.split("\n")) {
        const end = at + line.length;
        const p = h("p", { dir: "auto" });
        let pos = at;

        while (m < marked.length && marked[m][0] < end) {
            const from = Math.max(marked[m][0], pos);
            const to_ = Math.min(marked[m][1], end);

            if (to_ > from)
                add(p, text.slice(pos, from), h("mark", null,
                    text.slice(from, to_)));
            pos = Math.max(pos, to_);
            if (marked[m][1] > end)
                break;
            m++;
        }
        add(p, text.slice(pos, end));
        if (line.trim() !== "")
            node.append(p);
        at = end + 1;
    }
    return node;
}

/* What this capture has to do with the question one came from. */
async function asked(q, url, at, signal) {
    if (!q)
        return null;
    try {
        const all = rows(await trace(q, signal), "results");

        return all.find((r) => r.url === url && r.time === at) ?? null;
    } catch (e) {
        if (e instanceof Failure)
            return null; /* the article can be read all the same */
        throw e;
    }
}

function markedNote(result, marked, node) {
    if (result === null)
        return null;
    const r = relation(result.relation);
    const first = () => {
        const m = node.querySelector("mark");

        m?.scrollIntoView({ block: "center" });
    };

    return h("p", { class: "note" }, chip(result.relation), " ", r.text, " ",
        result.share === undefined ? ""
            : `${percent(result.share)} of what was asked for stands here. `,
        result.in_rest ? "It stands beside the article, in the rest of the " +
            "page. " : null,
        node.querySelector("mark") === null ? null
            : button(marked.length > 1
                ? `Go to the first of ${marked.length} passages`
                : "Go to the passage", first));
}

/* What stands on the page beside its article. */
function restOf(a, spans) {
    const text = (a.rest ?? "").normalize("NFC");

    if (text === "")
        return null;
    return h("div", null, h("h3", null, "The rest of the page"),
        paragraphs(text, ranges(text, spans), a.lang));
}

/* ---- the claims ---------------------------------------------------------- */

function claims(list) {
    if (!Array.isArray(list) || list.length === 0)
        return null;
    return h("details", null, h("summary", null,
        `All ${list.length} claims the page makes`),
    table("Claims of the page", [
        { name: "About", head: true, cell: (c) => c.field },
        { name: "Claim", class: "words", cell: (c) => [
            c.chosen ? h("strong", null, c.value) : c.value,
            c.chosen ? [" ", h("span", { class: "flag good" }, "taken")]
                : null] },
        { name: "Stands in", cell: (c) => SOURCES[c.source] ?? c.source },
        { name: "As written", class: "words", cell: (c) => (c.raw === c.value
            ? "the same" : h("q", { class: "raw" }, c.raw)) },
    ], list));
}

function facts(a, at, capture) {
    const source = (s) => (s ? ` (${SOURCES[s] ?? s})` : "");

    return pairs([
        ["Captured", when(fromStamp(at))],
        ["Claims", a.published ? claimText(a.published) +
            source(a.published_source) : "no time of publication"],
        ["Changed", a.modified ? claimText(a.modified) +
            source(a.modified_source) : null],
        ["By", (a.authors ?? []).join(", ")],
        ["Agency", a.agency],
        ["Site", a.site],
        ["Section", a.section],
        ["Language", a.lang ? language(a.lang) : null],
        ["Canonical", a.canonical && a.canonical !== a.url
            ? h("a", { href: to("url", { url: a.canonical }) }, a.canonical)
            : null],
        ["Taken from", a.origin ? h("a", { href: to("url",
            { url: a.origin }) }, a.origin) : null],
        ["Archive", capture?.filename ? h("code", null,
            `${capture.filename} at byte ${capture.offset}`) : null],
        ["Payload", capture?.digest ? h("code", null, capture.digest) : null],
    ]);
}

/* ---- around it ----------------------------------------------------------- */

function cite(a, url, at, capture) {
    const of = (format) => ({ class: "button", download: "",
        href: link("cite", { url, timestamp: at, format }) });
    const text = () => [
        `\u201c${a?.title ?? url}\u201d`, a?.site, url,
        `captured ${when(fromStamp(at))}`,
        capture?.filename ? `${capture.filename} at byte ${capture.offset}`
            : null, capture?.digest ?? null,
    ].filter((x) => x).join(", ");

    return h("div", { class: "actions", role: "group",
        "aria-label": "Cite this capture" },
    copyButton("Copy citation", text),
    h("a", { ...of("json"), download: `evidence-${at}.json` },
        "Evidence, JSON"),
    h("a", { ...of("text"), download: `evidence-${at}.txt` },
        "Evidence, text"),
    h("a", of("wacz"), "Records, WACZ"),
    button("Print", () => window.print()));
}

function neighbours(list, at, url, q) {
    const i = list.findIndex((c) => c.timestamp === at);
    const go = (c, text) => (c === undefined ? null
        : h("a", { class: "button", href: to("page", { url: c.url,
            at: c.timestamp, ...(q ? { q } : {}) }) }, text));

    return h("div", { class: "actions", role: "group",
        "aria-label": "Captures of this address" },
    i < 0 ? null : [go(list[i - 1], "\u25c0 Capture before"),
        go(list[i + 1], "Capture after \u25b6")],
    h("a", { class: "button", href: to("url", { url }) },
        list.length > 1 ? `All ${list.length} captures` : "This capture only"),
    list.length > 1 ? h("a", { class: "button",
        href: to("versions", { url }) }, "Versions") : null,
    h("a", { class: "button", href: to("trace", { q: url }) },
        "Trace its story"));
}

function frame(origin, at, url) {
    const open = (how, text) => h("a", { href: replay(origin, at, how, url),
        target: "_blank", rel: "noopener" }, text);

    return h("section", { class: "replay", "aria-labelledby": "replay" },
        h("h2", { id: "replay" }, "The page as captured"),
        h("p", { class: "muted" }, open("", "Open the replay by itself"),
            " \u00b7 ", open("id_", "The bytes as captured")),
        h("iframe", { src: replay(origin, at, "if_", url),
            title: `Replay of ${url}`, loading: "lazy",
            referrerpolicy: "no-referrer",
            sandbox: "allow-scripts allow-same-origin allow-forms" }));
}

/* ---- together ------------------------------------------------------------ */

async function lookUp(url, signal) {
    try {
        return rows(await ask("lookup", { url, limit: 5000 }, signal),
            "captures");
    } catch (e) {
        if (e.status === 404)
            return [];
        throw e;
    }
}

async function article(url, at, signal) {
    try {
        return await ask("show", { url, timestamp: at }, signal);
    } catch (e) {
        if (e.status === 404)
            return { missing: e.message };
        throw e;
    }
}

export async function pageView(params, { signal }) {
    const url = params.get("url") ?? "";
    const q = params.get("q");
    const list = await lookUp(url, signal);
    const at = params.get("at") ?? list[list.length - 1]?.timestamp;

    if (at === undefined)
        return h("div", null, h("h1", null, "Not captured"),
            h("p", { class: "address big" }, url),
            empty("This address was not captured",
                h("p", null, h("a", { href: to("url", { url }) },
                    "Look for what is near it"))));
    const [a, c, result] = await Promise.all([article(url, at, signal),
        config(), asked(q, url, at, signal)]);
    const capture = list.find((x) => x.timestamp === at);
    const text = (a.text ?? "").normalize("NFC");
    const spans = (result?.passages ?? []).map((p) => p.article);
    const marked = result === null || result.in_rest ? []
        : ranges(text, spans);
    const rest = result?.in_rest ? restOf(a, spans) : null;
    const body = a.missing ? empty("No article here", a.missing)
        : paragraphs(text, marked, a.lang);

    return h("div", null,
        q ? h("p", { class: "back" }, h("a", { href: to("trace", { q }) },
            "\u25c0 All appearances")) : null,
        h("h1", { lang: a.lang, dir: "auto" },
            a.title ?? capture?.title ?? url),
        a.subtitle ? h("p", { class: "lead small" }, a.subtitle) : null,
        h("p", { class: "address" }, url),
        markedNote(result, marked, rest ?? body),
        neighbours(list, at, url, q),
        h("div", { class: "pair" },
            h("section", { class: "article", "aria-labelledby": "article" },
                h("h2", { id: "article" }, "The article"),
                a.missing ? null : facts(a, at, capture),
                body, rest, claims(a.claims),
                h("div", { class: "keep" }, h("h3", null, "Cite and keep"),
                    cite(a, url, at, capture))),
            frame(c.replayOrigin, at, url)));
}
