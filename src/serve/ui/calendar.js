// SPDX-License-Identifier: Apache-2.0
// Days with captures, a month a table; a year that is long ago is folded.

import { h, add } from "./dom.js";
import { count, DAY, isoDay, month, number } from "./format.js";

const WEEK = [["Mo", "Monday"], ["Tu", "Tuesday"], ["We", "Wednesday"],
    ["Th", "Thursday"], ["Fr", "Friday"], ["Sa", "Saturday"],
    ["Su", "Sunday"]];

/** [{ day, captures }] of rows with a `timestamp`. */
export function daysOf(captures) {
    const map = new Map();

    for (const c of captures) {
        const s = String(c.timestamp);
        const key = `${s.slice(0, 4)}-${s.slice(4, 6)}-${s.slice(6, 8)}`;

        map.set(key, (map.get(key) ?? 0) + 1);
    }
    return [...map].sort().map(([key, n]) => ({ day: key, captures: n }));
}

/* One to four, by how many there are beside the busiest day. */
function level(n, most) {
    return most <= 1 ? 2 : 1 + Math.min(3,
        Math.floor(Math.log(n) / Math.log(most + 1) * 4));
}

function cell(t, n, most, href, chosen) {
    const number_ = new Date(t).getUTCDate();

    if (n === undefined)
        return h("td", null, String(number_));
    return h("td", { class: `has l${level(n, most)}` },
        h("a", { href: href(isoDay(t)),
            "aria-current": isoDay(t) === chosen ? "date" : null },
        String(number_), h("span", { class: "unseen" }, ` ${month(t)}, `),
        h("small", null, number(n)),
        h("span", { class: "unseen" }, n === 1 ? " capture" : " captures")));
}

function monthTable(first, days, most, href, chosen) {
    const d = new Date(first);
    const end = Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + 1, 1);
    const body = h("tbody");
    let row = h("tr");
    let total = 0;

    for (let i = (d.getUTCDay() + 6) % 7; i > 0; i--)
        row.append(h("td"));
    for (let t = first; t < end; t += DAY) {
        const n = days.get(isoDay(t));

        total += n ?? 0;
        row.append(cell(t, n, most, href, chosen));
        if (row.childElementCount === 7) {
            body.append(row);
            row = h("tr");
        }
    }
    if (row.childElementCount > 0) {
        while (row.childElementCount < 7)
            row.append(h("td"));
        body.append(row);
    }
    return h("table", { class: "month" },
        h("caption", null, month(first), " ", h("span", { class: "muted" },
            number(total))),
        h("thead", null, h("tr", null, WEEK.map(([short, long]) =>
            h("th", { scope: "col", abbr: long }, short)))), body);
}

/**
 * list: [{ day: "2025-03-04", captures }]; href(day) is where a day leads;
 * chosen is the day that is shown.
 */
export function calendar(list, href, chosen) {
    const days = new Map(list.map((d) => [d.day, d.captures]));
    const most = Math.max(...list.map((d) => d.captures));
    const months = [...new Set(list.map((d) => d.day.slice(0, 7)))].sort();
    const years = [...new Set(months.map((m) => m.slice(0, 4)))];
    const node = h("div", { class: "calendar" });

    for (const year of years) {
        const tables = months.filter((m) => m.startsWith(year)).map((m) =>
            monthTable(Date.UTC(+year, +m.slice(5) - 1, 1), days, most, href,
                chosen));
        const total = list.filter((d) => d.day.startsWith(year))
            .reduce((n, d) => n + d.captures, 0);

        if (years.length === 1) {
            add(node, h("div", { class: "months" }, tables));
            continue;
        }
        node.append(h("details", { open: year === (chosen ??
            years[years.length - 1]).slice(0, 4) },
        h("summary", null, `${year}: ${count(total, "capture")}`),
        h("div", { class: "months" }, tables)));
    }
    return node;
}
