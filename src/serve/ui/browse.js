// SPDX-License-Identifier: Apache-2.0
// From a site to its days to what was captured on one.

import { h, add, empty, say } from "./dom.js";
import { count, day, number } from "./format.js";
import { ask, config, link, rows } from "./api.js";
import { calendar } from "./calendar.js";
import { captureTable } from "./url.js";
import { to } from "./trace.js";

const MOST = 500;

/* ---- sites --------------------------------------------------------------- */

function siteList(sites, total, chosen) {
    const list = h("ul", { class: "sites" });
    const box = h("input", { type: "search", id: "find",
        autocomplete: "off", oninput: () => search(box.value) });
    const most = Math.max(1, ...sites.map((s) => s.captures));

    /* Of a very large store not all sites are here: ask for the others. */
    async function search(text) {
        const word = text.trim().toLowerCase();
        let of = sites;

        if (total > sites.length && word !== "") {
            try {
                of = rows(await ask("sites", { prefix: word, limit: 500 }),
                    "sites");
            } catch (e) {
                say(e.message);
            }
            if (text !== box.value)
                return;
        }
        fill(of.filter((s) => s.site.includes(word)));
    }

    function fill(found) {

        list.replaceChildren(...found.slice(0, 500).map((s) =>
            h("li", null, h("a", { href: to("browse", { site: s.site }),
                "aria-current": s.site === chosen ? "true" : null }, s.site),
            h("span", { class: "n" }, number(s.captures)),
            h("meter", { min: 0, max: most, value: s.captures,
                "aria-label": `captures of ${s.site}` }))));
        if (found.length === 0)
            list.append(h("li", { class: "muted" }, "No such site here."));
    }

    fill(sites);
    return h("section", { class: "aside", "aria-labelledby": "sites" },
        h("h2", { id: "sites" }, "Sites"),
        h("p", null, h("label", { for: "find" }, total > sites.length
            ? "Name begins with " : "Name contains "), box),
        chosen !== null ? h("p", null, h("a", { href: "#/browse" },
            "All sites together")) : null, list);
}

/* ---- one day ------------------------------------------------------------- */

/* Captures of a day, of a site or of all. */
async function capturesOf(site, date, kind, signal) {
    const from = date.replace(/-/g, ""), all = site === null;
    const answer = all
        ? await ask("find", { from, to: from, limit: MOST,
            type: kind === "articles" ? "article" : null }, signal)
        : await ask("lookup", { url: site, matchType: "domain", from,
            to: from, limit: MOST }, signal);
    const list = rows(answer, "captures").sort((a, b) =>
        String(a.timestamp).localeCompare(String(b.timestamp)));

    return kind === "articles" && !all ? list.filter((c) => c.title) : list;
}

async function dayPart(site, date, days, params, context) {
    const kind = params.get("kind") ?? "articles";
    const list = await capturesOf(site, date, kind, context.signal);
    const { replayOrigin } = await config();
    const at = days.findIndex((d) => d.day === date);
    const where = (d, k) => to("browse", { ...(site ? { site } : {}), day: d,
        ...(k === "all" ? { kind: "all" } : {}) });
    const step = (d, text) => (d === undefined ? null
        : h("a", { class: "button", href: where(d.day, kind) }, text));

    return h("section", { "aria-labelledby": "day" },
        h("h2", { id: "day" }, day(Date.parse(date))),
        h("p", { class: "actions" },
            step(days[at - 1], "\u25c0 Day before"),
            step(days[at + 1], "Day after \u25b6"),
            kind === "articles"
                ? h("a", { class: "button", href: where(date, "all") },
                    "Show images and other files, too")
                : h("a", { class: "button", href: where(date, "") },
                    "Only articles"),
            h("a", { class: "button", download: `${site ?? "all"}-${date}` +
                ".jsonl", href: link("export", { format: "jsonl", site,
                from: date, to: date }) }, "Export articles as JSONL")),
        list.length === 0 ? empty("No article that day",
            "Other files may have been captured.")
            : captureTable(`${count(list.length, "capture")}` +
                `${list.length === MOST ? ", the first ones" : ""}`, list,
            replayOrigin, true));
}

/* ---- together ------------------------------------------------------------ */

export async function browseView(params, context) {
    const site = params.get("site");
    const date = params.get("day");
    const [sites, cal] = await Promise.all([
        ask("sites", { limit: 10000 }, context.signal),
        ask("calendar", { site }, context.signal)]);
    const list = rows(sites, "sites").sort((a, b) => b.captures - a.captures);
    const days = rows(cal, "days");
    const node = h("div", null, h("h1", null, site ?? "Browse by site and day"));

    if (list.length === 0) {
        node.append(empty("This store is empty",
            "Put archives in with \u201cdateline ingest FILE\u2026\u201d, " +
            "then look again: the server need not be started anew."));
        return node;
    }
    const right = h("div", { class: "mainpart" });

    if (days.length === 0) {
        right.append(empty("No captures of this site",
            "Choose another one from the list."));
    } else {
        const total = days.reduce((n, d) => n + d.captures, 0);
        const first = Date.parse(days[0].day);
        const last = Date.parse(days[days.length - 1].day);

        add(right, h("p", { class: "lead small" },
            `${count(total, "capture")} on ${count(days.length, "day")}, ` +
            (first === last ? day(first) : `${day(first)} to ${day(last)}`),
            "."),
        site ? h("p", { class: "actions" },
            h("a", { class: "button", href: to("url", { url: site,
                match: "domain" }) }, "All its captures"),
            h("a", { class: "button", download: `${site}.jsonl`,
                href: link("export", { format: "jsonl", site }) },
            "Export its articles as JSONL")) : null,
        h("section", { "aria-labelledby": "cal" },
            h("h2", { id: "cal" }, "Calendar"),
            calendar(days, (d) => to("browse", { ...(site ? { site } : {}),
                day: d }), date)),
        date !== null && /^\d{4}-\d\d-\d\d$/.test(date)
            ? await dayPart(site, date, days, params, context)
            : h("p", { class: "muted" }, "Choose a day to see its captures."));
    }
    node.append(h("div", { class: site === null ? "split"
        : "split chosen" }, siteList(list,
        sites.total ?? list.length, site), right));
    return node;
}

