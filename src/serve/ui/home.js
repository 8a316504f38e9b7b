// SPDX-License-Identifier: Apache-2.0
// The start page: what can be asked, and things to ask of this very store.

import { h, empty } from "./dom.js";
import { count, month, number } from "./format.js";
import { ask, rows } from "./api.js";
import { to } from "./trace.js";

/* Headlines that stand in the store: a few of a few sites. */
async function examples(sites, signal) {
    const some = sites.slice(0, 6);
    const lists = await Promise.all(some.map((s) => ask("lookup",
        { url: s.site, matchType: "domain", limit: 40 }, signal)
        .then((a) => rows(a, "captures"), () => [])));
    const seen = new Set();
    const out = [];

    lists.forEach((list, i) => {
        for (const c of list.reverse()) {
            const words = (c.title ?? "").split(/\s+/).length;

            if (words < 5 || seen.has(c.title))
                continue;
            seen.add(c.title);
            out.push({ ...c, site: some[i].site });
            break;
        }
    });
    return out;
}

function way(title, text) {
    return h("li", null, h("h3", null, title), h("p", null, text));
}

export async function home(params, { signal }) {
    const [s, found] = await Promise.all([ask("stats", null, signal),
        ask("sites", { limit: 5000 }, signal)]);
    const sites = rows(found, "sites").sort((a, b) =>
        b.captures - a.captures).slice(0, 12);
    const node = h("div", null,
        h("h1", null, "When and where a story appeared"));

    if (s.captures === 0) {
        node.append(empty("This store is empty so far",
            "Put web archives in (WARC, ARC, WACZ) with \u201cdateline " +
            "ingest FILE\u2026\u201d. This page sees them at once."));
        return node;
    }
    const months = Object.keys(s.months ?? {}).sort();
    const [first, last] = [months[0], months[months.length - 1]].map((m) =>
        (m === undefined ? "" : month(Date.parse(`${m}-01`))));

    node.append(h("p", { class: "lead small" },
        `This store knows ${count(s.captures, "capture")} and ` +
        `${count(s.articles, "article")} from ` +
        `${count(s.archives, "archive file")}`,
        first === "" ? "." : first === last ? `, captured in ${first}.`
            : `, captured from ${first} to ${last}.`));
    const list = await examples(sites, signal);

    if (list.length > 0)
        node.append(h("section", { "aria-labelledby": "try" },
            h("h2", { id: "try" }, "Headlines in this store"),
            h("ul", { class: "examples" }, list.map((c) => h("li", null,
                h("a", { href: to("trace", { q: c.title }) },
                    h("bdi", null, c.title)),
                " ", h("span", { class: "muted" }, c.site))))));
    node.append(h("section", { "aria-labelledby": "ways" },
        h("h2", { id: "ways" }, "What can be asked"),
        h("ul", { class: "ways" },
            way("A headline or a sentence", "Who printed it, first to last, " +
                "as what, and which bytes of which archive prove it."),
            way("A paragraph or an article", "Copies, edits, shortened and " +
                "extended forms, quotations, pages that carry it."),
            way("An address", "Every capture, what was changed in between " +
                "and whether it was said, and where else its story stands."),
            way("A hash", "The text (sha256:\u2026) or the payload " +
                "(sha1:\u2026) that a citation names."))),
    h("section", { "aria-labelledby": "largest" },
        h("h2", { id: "largest" }, "Largest sites"),
        h("ul", { class: "tags" }, sites.map((x) => h("li", null,
            h("a", { href: to("browse", { site: x.site }) }, x.site), " ",
            h("span", { class: "muted" }, number(x.captures)))))),
    h("p", { class: "muted" }, "\u201cFirst seen\u201d is first seen in this ",
        "store: nobody\u2019s crawl is the web. Press ",
        h("kbd", null, "/"), " to search from anywhere."));
    return node;
}
