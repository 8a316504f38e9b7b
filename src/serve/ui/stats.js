// SPDX-License-Identifier: Apache-2.0
// What is in the store.

import { h, svg, empty } from "./dom.js";
import { bytes, count, language, number } from "./format.js";
import { ask, config } from "./api.js";
import { to } from "./trace.js";

function figure(n, name) {
    return h("div", { class: "figure" }, h("dt", null, name),
        h("dd", null, n));
}

function bars(id, title, of, note, name) {
    const list = Object.entries(of ?? {}).sort((a, b) => b[1] - a[1]);
    const most = Math.max(1, ...list.map(([, n]) => n));

    if (list.length === 0)
        return null;
    return h("section", { class: "panel", "aria-labelledby": id },
        h("h2", { id }, title),
        note ? h("p", { class: "muted" }, note) : null,
        h("ul", { class: "sites" }, list.slice(0, 12).map(([key, n]) =>
            h("li", null, h("span", { class: "key" }, name(key)),
                h("span", { class: "n" }, number(n)),
                h("meter", { min: 0, max: most, value: n,
                    "aria-label": `${title}: ${key}` })))));
}

/* Captures by month, a column each; the numbers are in the text, too. */
function months(of) {
    const list = Object.entries(of ?? {}).sort();
    const most = Math.max(1, ...list.map(([, n]) => n));
    const width = 14, height = 90;

    if (list.length < 3)
        return null;
    return h("section", { class: "panel wide", "aria-labelledby": "months" },
        h("h2", { id: "months" }, "Captures by month"),
        h("div", { class: "scroll", tabindex: "0", role: "region",
            "aria-label": "Captures by month" },
        svg("svg", { width: list.length * width, height: height + 18,
            role: "img", class: "columns",
            "aria-label": list.map(([m, n]) => `${m}: ${n}`).join(", ") },
        list.map(([m, n], i) => {
            const tall = Math.max(n / most * height, 1);

            return [svg("rect", { x: i * width + 2, y: height - tall,
                width: width - 4, height: tall },
            svg("title", null, `${m}: ${number(n)}`)),
            m.endsWith("-01") || i === 0 ? svg("text", { x: i * width + 2,
                y: height + 14 }, m.slice(0, 4)) : null];
        }))));
}

const site = (s) => h("a", { href: to("browse", { site: s }) }, s);

export async function statsView(params, { signal }) {
    const [s, c] = await Promise.all([ask("stats", null, signal), config()]);
    const node = h("div", null, h("h1", null, "Statistics"),
        c.store ? h("p", { class: "address" }, c.store) : "");

    if (s.captures === 0) {
        node.append(empty("This store is empty",
            "Put archives in with \u201cdateline ingest FILE\u2026\u201d."));
        return node;
    }
    node.append(h("dl", { class: "figures" },
        figure(number(s.captures), "captures"),
        figure(number(s.articles), "articles"),
        figure(number(s.archives), "archive files"),
        figure(bytes(s.bytes), "of index"),
        figure(bytes(s.bytes / Math.max(s.captures, 1)), "a capture"),
        s.takedowns > 0 ? figure(number(s.takedowns), "takedowns") : ""),
    months(s.months) ?? "",
    h("div", { class: "panels" },
        bars("bysite", "Articles by site", s.sites, null, site),
        bars("byhost", "Captures by host", s.hosts, null, site),
        bars("bylang", "Articles by language", s.languages, null,
            (k) => `${language(k)} (${k})`),
        bars("bytype", "Captures by type", s.types, null, (k) => k),
        bars("bystatus", "Captures by HTTP status", s.statuses, null,
            (k) => k)));
    node.dataset.said = `${count(s.captures, "capture")}, ` +
        `${count(s.articles, "article")}.`;
    return node;
}
