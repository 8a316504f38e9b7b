// SPDX-License-Identifier: Apache-2.0
// When and where a text appeared: the answer first, then the timeline, then
// every appearance with what proves it.

import { h, add, button, copyButton, download, empty, pairs, table }
    from "./dom.js";
import { baseName, claimed, claimText, count, fromStamp, instant,
    number, percent, relation, SOURCES, span, when } from "./format.js";
import { link, MOST_TRACED, rows, trace } from "./api.js";
import { shape, timeline } from "./timeline.js";
import { detect } from "./query.js";

export const to = (name, params) => `#/${name}?${new URLSearchParams(params)}`;

/** Words that came or went, said so to those who do not see colours. */
export function change(element, what, text) {
    return h(element, null, h("span", { class: "unseen" }, `[${what}: `),
        text, h("span", { class: "unseen" }, "]"));
}

/** A chip that names a relation, with the shape it has on the timeline. */
export function chip(name) {
    const r = relation(name);

    return h("span", { class: `chip ${r.family}`, title: r.text },
        shape(r.family), r.label);
}

/* The claim believed first: the instants it can mean, and whether it can be. */
function bestClaim(result) {
    const text = claimText(result.published);
    const own = (result.claims ?? []).find((c) =>
        (c.field ?? "published") === "published" &&
        c.value === result.published && c.source === result.published_source);
    const said = claimed(result.published);
    const from = instant(own?.earliest), to = instant(own?.latest);

    return { claimText: text,
        against: own?.verdict?.startsWith("rejected") ? own.verdict : null,
        claim: said === null || Number.isNaN(from) || Number.isNaN(to) ? said
            : { from, to, zone: said.zone } };
}

function item(result, q) {
    const t = fromStamp(result.time);

    return { ...result, t, site: result.site ?? "unknown site",
        ...bestClaim(result),
        href: to("page", { url: result.url, at: result.time, q }) };
}

/* ---- the answer ---------------------------------------------------------- */

function sourceName(source) {
    return SOURCES[source] ?? source;
}

function claimSentence(items) {
    /* What a page that merely carries it claims is about its own story. */
    const usable = items.filter((i) => i.claim !== null && !i.against &&
        relation(i.relation).family !== "carrier");

    if (usable.length === 0)
        return "None of these pages claims a time of publication that can be.";
    const best = usable.reduce((p, i) =>
        (i.claim.to < p.claim.to ? i : p));
    const early = best.claim.to < items[0].t
        ? `, ${span(items[0].t - best.claim.to)} before the first capture`
        : "";

    return [h("strong", null, best.claimText), ` by ${best.site} (`,
        sourceName(best.published_source), `)${early}. A claim is what the `,
        "page says of itself, not what was observed."];
}

function densityText(d, site) {
    const n = d.captures ?? 0, days = d.days ?? 7;

    if (n === 0)
        return `No other capture of ${site} in the ${count(days, "day")} ` +
            "before: this store knows little of what stood there earlier.";
    return `${count(n, "capture")} of ${site} on ${d.days_crawled} of ` +
        `the ${count(days, "day")} before` +
        (n < 10 * days ? ": a thin crawl, so an earlier appearance may have " +
            "been missed." : ".");
}

/* The last capture of an address that did not hold the text. */
const ABSENT = {
    "not-found": "it was not found there then",
    "other-text": "another text stood there then",
    "not-linked": "it was not linked there yet",
};

function notBeforeText(it) {
    const t = instant(it.not_before);

    if (Number.isNaN(t))
        return null;
    return [when(t), `: ${ABSENT[it.absence] ?? "the text was not there then"}`,
        it.absence_file ? [" (", h("code", null, `${baseName(
            it.absence_file)} at byte ${it.absence_offset}`), ")"] : null];
}

function answer(whenever, items, q, cut) {
    const first = items[0];
    const before = notBeforeText(first);
    const own = items.find((i) => i.url === whenever.first_story);
    const carrier = items.find((i) => i.url === whenever.first_carrier);

    return h("section", { class: "answer", "aria-labelledby": "answer" },
        h("h2", { id: "answer" }, cut ? "First seen among these"
            : "First seen in this store"),
        h("p", { class: "lead" },
            h("time", { datetime: new Date(first.t).toISOString() },
                when(first.t)),
            h("span", { class: "at" }, " at ", h("a", { href: first.href },
                first.site))),
        pairs([
            ["Not after", [when(first.t), ": the earliest capture that " +
                "holds the text."]],
            ["Not before", before === null
                ? "Nothing here speaks against an earlier appearance."
                : [before, `. It appeared within ${span(first.t -
                    instant(first.not_before))}.`]],
            ["Earliest claim", claimSentence(items)],
            ["Crawl", densityText(whenever.density ?? {}, first.site)],
            ["First as its own story", own === undefined ? "On no page here."
                : own === first ? null
                    : [h("a", { href: own.href }, own.site), ", ",
                        when(own.t)]],
            ["First carried by", carrier === undefined ? null
                : [h("a", { href: carrier.href }, carrier.site), ", ",
                    when(carrier.t)]],
        ]),
        h("p", { class: "actions" },
            h("a", { class: "button", href: first.href },
                "Open the first appearance"),
            copyButton("Copy this answer", () => plain(whenever, items, q))));
}

/* The answer to paste into a mail. */
function plain(whenever, items, q) {
    const lines = [`Asked: ${q.length > 300 ? `${q.slice(0, 299)}\u2026` : q}`,
        `First seen in this store: ${when(items[0].t)}, ${items[0].url}`,
        `Not before: ${whenever.not_before ?? "no evidence"}`, ""];

    for (const i of items)
        lines.push(`${when(i.t)}\t${relation(i.relation).label}\t${i.url}`,
            `\t${i.file} at byte ${i.offset}, ${i.digest ?? "no digest"}`);
    return lines.join("\n");
}

/* ---- one appearance ------------------------------------------------------ */

function verdict(text) {
    if (text === "claimed")
        return h("span", { class: "flag" }, "possible");
    if (text === "unread")
        return h("span", { class: "flag" }, "not understood");
    return h("span", { class: "flag bad" }, text);
}

function claimsTable(it) {
    const claims = it.claims ?? [];

    if (claims.length === 0)
        return h("p", null, "The page claims no time of publication.");
    return table("What the page claims about its publication", [
        { name: "Claim", head: true, cell: (c) =>
            [c.verdict?.startsWith("rejected")
                ? h("s", null, claimText(c.value)) : claimText(c.value)] },
        { name: "About", cell: (c) => c.field ?? "published" },
        { name: "Stands in", cell: (c) => sourceName(c.source) },
        { name: "As written", class: "words", cell: (c) => (c.raw === c.value
            ? "the same" : h("q", { class: "raw" }, c.raw)) },
        { name: "Verdict", cell: (c) => verdict(c.verdict) },
    ], claims);
}

function meter(share) {
    return h("span", { class: "share" },
        h("meter", { min: 0, max: 1, value: share,
            "aria-label": "share of the text" }), ` ${percent(share)}`);
}

function proof(it) {
    return pairs([
        ["Archive", h("code", null, it.file)],
        ["Record", h("code", null, `byte ${it.offset}, ${it.length} long`)],
        ["Record ID", it.record_id ? h("code", null, it.record_id) : null],
        ["Payload", it.digest ? h("code", null, it.digest) : null],
        ["Text", it.text_hash ? h("a", { href: to("trace",
            { q: it.text_hash }) }, h("code", null, it.text_hash)) : null],
        ["Of that article", it.of_article === undefined ? null
            : `${percent(it.of_article)} is the text asked for`],
        ["Not before", notBeforeText(it)],
    ]);
}

/* What was changed from the text asked for to this one. */
function edits(it) {
    if (!Array.isArray(it.edits) || it.edits.length === 0)
        return null;
    const list = it.edits.slice(0, 100);

    return [h("h4", null, "Changed from the text asked for"),
        h("ul", { class: "edits" }, list.map((e) => h("li", null,
            e.removed ? change("del", "removed", e.removed) : null,
            e.removed && e.added ? " " : null,
            e.added ? change("ins", "added", e.added) : null))),
        list.length < it.edits.length
            ? h("p", null, `and ${it.edits.length - list.length} more`)
            : null];
}

function card(it, first) {
    const wrong = it.against;
    const more = h("details", null,
        h("summary", null, "Evidence",
            h("span", { class: "unseen" }, ` of ${it.site}, ${when(it.t)}`)));

    more.addEventListener("toggle", () => {
        if (more.open && more.childElementCount === 1)
            add(more, proof(it), edits(it), claimsTable(it));
    });
    return h("li", { class: "card", id: `s${it.index}` },
        h("div", { class: "seen" },
            h("time", { datetime: new Date(it.t).toISOString() }, when(it.t)),
            first ? h("span", { class: "flag good" }, "first seen") : null),
        h("div", { class: "what" },
            h("p", { class: "site" }, it.site, " ", chip(it.relation)),
            h("h3", { dir: "auto" }, h("a", { href: it.href },
                it.title ?? it.url)),
            h("p", { class: "address" }, it.url),
            it.published ? h("p", { class: "claims" }, "Claims ",
                wrong ? h("s", null, it.claimText) : it.claimText, " ",
                h("span", { class: "muted" },
                    `(${sourceName(it.published_source)})`),
                wrong ? [" ", h("span", { class: "flag bad" },
                    wrong)] : null,
                it.copied_stamp ? [" ", h("span", { class: "flag" },
                    "the same second as another site claims: copied")]
                    : null) : h("p", { class: "claims muted" },
                "Claims no time of publication"),
            more),
        h("div", { class: "side" },
            it.share === undefined ? null : h("p", null, meter(it.share),
                h("span", { class: "muted" }, " found")),
            h("p", { class: "muted" }, baseName(it.file)),
            h("p", null, h("a", { href: to("url", { url: it.url }) },
                "All captures"), " \u00b7 ",
            h("a", { href: link("cite", { url: it.url, timestamp: it.time,
                format: "wacz" }), download: "" }, "WACZ"))));
}

/* ---- choosing ------------------------------------------------------------ */

const PIECE = 100; /* appearances put into the page at once */

const COLUMNS = ["time", "site", "relation", "share", "title", "url",
    "published", "published_source", "copied_stamp", "file", "offset",
    "length", "record_id", "digest", "text_hash"];

function csv(items) {
    const cell = (v) => `"${String(v ?? "").replace(/^[=+@-]/, "'$&")
        .replace(/"/g, '""').replace(/[\r\n]+/g, " ")}"`;

    return [COLUMNS.join(","), ...items.map((i) =>
        COLUMNS.map((c) => cell(i[c])).join(","))].join("\r\n") + "\r\n";
}

function jsonl(items) {
    return items.map((i) => {
        const row = { ...i };

        for (const ours of ["t", "claim", "claimText", "against", "href",
            "index"])
            delete row[ours];
        return JSON.stringify(row);
    }).join("\n") + "\n";
}

/**
 * The controls and the list they choose from.  `state` is kept in the
 * address by `remember`.
 */
function chooser(all, params, remember, line) {
    const off = new Set((params.get("without") ?? "").split(",")
        .filter((r) => r !== ""));
    let site = params.get("site") ?? "";
    let sort = params.get("sort") ?? "time";
    const relations = [...new Set(all.map((i) => i.relation))];
    const sites = [...new Set(all.map((i) => i.site))].sort();
    const list = h("ol", { class: "cards" });
    const told = h("p", { class: "told", "aria-live": "polite" });
    const more = h("p", null);
    let chosen = all;
    let room = PIECE; /* how many are in the page */

    const chips = relations.map((name) => {
        const r = relation(name);
        const n = all.filter((i) => i.relation === name).length;
        const b = button([shape(r.family), `${r.label} ${n}`], () => {
            if (!off.delete(name))
                off.add(name);
            b.setAttribute("aria-pressed", String(!off.has(name)));
            remember({ without: [...off].join(",") });
            apply();
        }, { class: `chip toggle ${r.family}`, title: r.text,
            "aria-pressed": String(!off.has(name)) });
        return b;
    });
    const siteBox = h("select", { id: "site", onchange: (e) => {
        site = e.target.value;
        remember({ site });
        apply();
    } }, h("option", { value: "" }, `All ${count(sites.length, "site")}`),
    sites.map((s) => h("option", { value: s, selected: s === site }, s)));
    const sortBox = h("select", { id: "sort", onchange: (e) => {
        sort = e.target.value;
        remember({ sort: sort === "time" ? null : sort });
        apply();
    } }, [["time", "oldest first"], ["late", "newest first"],
        ["best", "best match first"]].map(([value, text]) =>
        h("option", { value, selected: value === sort }, text)));

    function apply() {
        chosen = all.filter((i) => !off.has(i.relation) &&
            (site === "" || i.site === site));
        const shown = sort === "late" ? [...chosen].reverse()
            : sort === "best" ? [...chosen].sort((p, q) =>
                (q.score ?? 0) - (p.score ?? 0) || p.t - q.t) : chosen;

        list.replaceChildren(...shown.slice(0, room).map((i) =>
            card(i, i === all[0])));
        more.replaceChildren(...(shown.length > room
            ? [button(`Show ${Math.min(PIECE, shown.length - room)} more of ` +
                `${shown.length}`, () => show(room + PIECE))] : []));
        told.textContent = chosen.length === all.length
            ? `${count(all.length, "appearance")} on ` +
                `${count(sites.length, "site")}`
            : `${chosen.length} of ${count(all.length, "appearance")} chosen`;
        if (chosen.length === 0)
            list.append(h("li", { class: "card" }, h("p", null,
                "Nothing is chosen. Press a relation above to see it again.")));
        line.update(chosen);
    }

    function show(n) {
        const next = list.childElementCount;

        room = n;
        apply();
        list.children[next]?.querySelector("h3 a")?.focus();
    }

    /* Bring one into view that may not be in the page yet. */
    function reveal(one) {
        const find = () => list.querySelector(`#s${one.index} h3 a`);

        if (find() === null)
            show(all.length);
        find()?.focus();
        find()?.scrollIntoView({ block: "center" });
    }

    return { apply, reveal,
        node: h("section", { "aria-labelledby": "list" },
            h("h2", { id: "list" }, "Appearances"),
            h("div", { class: "tools" },
                h("div", { role: "group", "aria-label": "Relations shown",
                    class: "chips" }, chips),
                h("label", { for: "site" }, "Site "), siteBox,
                h("label", { for: "sort" }, "Order "), sortBox),
            h("div", { class: "tools" }, told,
                h("span", { class: "push" }),
                button("Export JSONL", () => download("appearances.jsonl",
                    "application/x-ndjson", jsonl(chosen))),
                button("Export CSV", () => download("appearances.csv",
                    "text/csv", csv(chosen)))),
            list, more,
            h("p", { class: "muted" }, "On the machine of the archives, ",
                h("code", null, "dateline cite --wacz proof.wacz --trace " +
                    "TEXT"), " packs the records of all of these into one " +
                "file that proves them.")) };
}

/* ---- together ------------------------------------------------------------ */

function asked(q, kind) {
    const long = q.length > 240;
    const text = h("blockquote", { class: "asked", dir: "auto" },
        long ? `${q.slice(0, 239)}\u2026` : q);

    return [h("p", { class: "over" }, { headline: "A headline or sentence",
        paragraph: "A text", hash: "A hash", url: "The story at" }[kind] ??
        "A text"), text,
    long ? h("p", null, button("Show all of it", (e) => {
        text.textContent = q;
        e.target.remove();
    })) : null];
}

function nothing(q, kind) {
    return empty("It is not in this store",
        kind === "hash" ? "No text and no payload has this hash."
            : "No article here shares enough words with it. That says " +
                "nothing about the web: only about the archives that were " +
                "ingested.",
        h("ul", null,
            h("li", null, "Try one whole sentence, as it was printed."),
            h("li", null, "Leave out the name of the outlet."),
            h("li", null, "A translation, or the story in quite other " +
                "words, is not recognised.")));
}

/* The timeline for those to whom a picture says nothing. */
function asTable(items) {
    const more = h("details", null,
        h("summary", null, "The timeline as a table"));

    more.addEventListener("toggle", () => {
        if (more.open && more.childElementCount === 1)
            more.append(table("Appearances in order of time", [
                { name: "Seen", head: true, cell: (i) => when(i.t) },
                { name: "Site", cell: (i) => i.site },
                { name: "Relation", cell: (i) => relation(i.relation).label },
                { name: "Claims", cell: (i) => (i.published
                    ? i.claimText : "nothing") },
                { name: "Page", cell: (i) => h("a", { href: i.href },
                    i.title ?? i.url) },
            ], items));
    });
    return more;
}

export async function traceView(params, { signal, remember }) {
    const q = params.get("q") ?? "";
    const kind = detect(q).kind;
    const node = h("div", null, h("h1", null, "When and where"),
        asked(q, kind));
    const found = await trace(q, signal);
    const items = rows(found, "results").map((r) => item(r, q))
        .filter((i) => Number.isFinite(i.t)).sort((p, r) => p.t - r.t);

    items.forEach((i, n) => { i.index = n; });
    if (items.length === 0) {
        node.append(nothing(q, kind));
        node.dataset.said = "It is not in this store.";
        return node;
    }
    const whenever = found.when ?? {};
    const zoomed = (name) => (params.has(name) ? instant(params.get(name))
        : NaN);
    let timer = 0;
    const line = timeline({ items, first: items[0].t,
        notBefore: instant(whenever.not_before),
        from: zoomed("from"), to: zoomed("to"), group: params.get("lanes"),
        onGroup: (name) => remember({ lanes: name === "site" ? null : name }),
        onZoom: (a, b) => {
            window.clearTimeout(timer);
            timer = window.setTimeout(() => remember({
                from: a === null ? null : new Date(a).toISOString(),
                to: b === null ? null : new Date(b).toISOString() }), 200);
        },
        onPick: (group) => list.reveal(group[0]) });
    const list = chooser(items, params, remember, line);

    list.apply();
    const cut = new Set(items.map((i) => `${i.url} ${i.text_hash}`)).size >=
        MOST_TRACED;

    if (cut)
        node.append(h("p", { class: "note", role: "note" },
            h("strong", null, "Not all of it. "), "These are the " +
            `${number(MOST_TRACED)} articles that match best. There may be ` +
            "more, and an earlier one among them: ask with a longer text."));
    node.append(answer(whenever, items, q, cut),
        h("section", { "aria-labelledby": "line" },
            h("h2", { id: "line" }, "Timeline"), line.node,
            asTable(items)), list.node);
    node.dataset.said = `${count(items.length, "appearance")}, first seen ` +
        `${when(items[0].t)} at ${items[0].site}.`;
    return node;
}

