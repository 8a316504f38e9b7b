// SPDX-License-Identifier: Apache-2.0
// The captures of one address, or of all under it.

import { h, add, empty, table } from "./dom.js";
import { count, day, fromStamp, isoDay, number, when } from "./format.js";
import { ask, config, link, replay, rows } from "./api.js";
import { calendar, daysOf } from "./calendar.js";
import { to } from "./trace.js";

const MOST = 1000; /* captures asked for at once */

/* What a capture is, when it is not simply a page that was found. */
function notes(c, before) {
    const out = [];
    const status = Number(c.status);

    if (status !== 200)
        out.push(h("span", { class: status >= 400 ? "flag bad" : "flag" },
            status === 0 ? "no HTTP" : String(status)));
    if (c.revisit)
        out.push(h("span", { class: "flag" }, "revisit"));
    if (before !== undefined && before.url === c.url && c.digest &&
        before.digest === c.digest)
        out.push(h("span", { class: "flag" }, "same bytes"));
    if (c.digest_verified === false)
        out.push(h("span", { class: "flag bad" }, "digest differs"));
    return out.map((n) => [n, " "]);
}

/** A table of captures; with `many` addresses each row names its own. */
export function captureTable(caption, list, origin, many) {
    const before = new Map();

    for (let i = 1; i < list.length; i++)
        before.set(list[i], list[i - 1]);
    return table(caption, [
        { name: "Captured", head: true, class: "nowrap", cell: (c) =>
            h("time", { datetime: isoDay(fromStamp(c.timestamp)) },
                when(fromStamp(c.timestamp))) },
        { name: "Page", class: "wide", cell: (c) => [
            h("a", { href: to("page", { url: c.url, at: c.timestamp }) },
                h("bdi", null, c.title ?? (many ? c.url : "Open"))),
            many && c.title ? h("div", { class: "address" }, c.url) : null] },
        { name: "Notes", cell: (c) => notes(c, before.get(c)) },
        { name: "Type", class: "nowrap", cell: (c) => c.mime ?? "" },
        { name: "Stored", class: "right nowrap", cell: (c) =>
            number(c.length ?? "") },
        { name: "Take", class: "nowrap", cell: (c) => [
            h("a", { href: replay(origin, c.timestamp, "", c.url),
                target: "_blank", rel: "noopener" }, "Replay"), " \u00b7 ",
            h("a", { href: link("cite", { url: c.url,
                timestamp: c.timestamp, format: "wacz" }), download: "" },
            "WACZ")] },
    ], list);
}

/* Nothing of this very address: what is near? */
async function near(url, signal) {
    let host = url;

    try {
        host = new URL(/^[a-z]+:\/\//i.test(url) ? url : `http://${url}`)
            .hostname;
    } catch {
        return null;
    }
    const attempts = [
        ["prefix", url, "Captures under this address"],
        ["domain", host, `Captures of ${host}`],
    ];

    for (const [matchType, of, title] of attempts) {
        const found = rows(await ask("lookup", { url: of, matchType,
            limit: 200 }, signal), "captures");

        if (found.length > 0)
            return { title, found };
    }
    return null;
}

function actions(url, match) {
    if (match !== "")
        return null;
    return h("p", { class: "actions" },
        h("a", { class: "button", href: to("trace", { q: url }) },
            "Trace its story"),
        h("a", { class: "button", href: to("versions", { url }) },
            "Versions and edits"));
}

/* Answers of which there may be none. */
function optional(answer, otherwise) {
    return answer.catch((e) => {
        if (e.status === 404 || e.status === 422)
            return otherwise;
        throw e;
    });
}

async function nothing(url, match, signal, origin) {
    const other = match === "" ? await near(url, signal) : null;
    const said = empty("This address was not captured",
        other === null ? "Nothing of its site is in this store."
            : "What is near it in the store follows.");

    return other === null ? [said] : [said, h("h2", null, other.title),
        captureTable(other.title, other.found, origin, true)];
}

export async function urlView(params, { signal }) {
    const url = params.get("url") ?? "";
    const match = params.get("match") ?? "";
    const chosen = params.get("day");
    const self = { url, ...(match ? { match } : {}) };
    const of = { url, matchType: match || null };
    const node = h("div", null, h("h1", null, match === ""
        ? "Captures of an address" : match === "prefix"
            ? "Captures under an address" : "Captures of a site"),
    h("p", { class: "address big" }, url + (match === "prefix" ? "*" : "")));
    const [answer, counted, c] = await Promise.all([
        optional(ask("lookup", { ...of, limit: MOST, from: chosen, to: chosen,
            resumeKey: params.get("after") }, signal), []),
        optional(ask("calendar", of, signal), null), config()]);
    const list = rows(answer, "captures");

    if (chosen !== null) /* they came by address */
        list.sort((p, q) => String(p.timestamp).localeCompare(
            String(q.timestamp)));
    const days = counted === null ? daysOf(list) : rows(counted, "days");

    if (days.length === 0) {
        add(node, await nothing(url, match, signal, c.replayOrigin));
        return node;
    }
    const total = days.reduce((n, d) => n + d.captures, 0);
    const many = new Set(list.map((r) => r.url)).size > 1;

    add(node, actions(url, match),
        h("p", { class: "lead small" }, `${count(total, "capture")}, ` +
            `${day(Date.parse(days[0].day))} to ` +
            `${day(Date.parse(days[days.length - 1].day))}.`),
        h("section", { "aria-labelledby": "days" },
            h("h2", { id: "days" }, "Calendar"),
            calendar(days, (d) => to("url", { ...self, day: d }), chosen)),
        h("section", { "aria-labelledby": "rows" },
            h("h2", { id: "rows" }, chosen === null ? "All captures"
                : day(Date.parse(chosen))),
            chosen === null ? null
                : h("p", null, h("a", { href: to("url", self) }, "All days")),
            captureTable("Captures", list, c.replayOrigin, many),
            answer.resumeKey ? h("p", null, h("a", { class: "button",
                href: to("url", { ...self, ...(chosen ? { day: chosen } : {}),
                    after: answer.resumeKey }) }, "Further captures"))
                : null));
    return node;
}
