// SPDX-License-Identifier: Apache-2.0
// Appearances on an axis of time, a lane for each site or relation.
//
// One mark at a time can be reached with the tab key; arrows go from mark to
// mark, + and - zoom, Page Up and Page Down move the axis.  What lies too
// close together is one mark with a number, and opening that zooms in.

import { h, svg, button, say } from "./dom.js";
import { MINUTE, HOUR, DAY, clock, count, day, monthShort, number, relation, span,
    when } from "./format.js";

const LANE = 34, TOP = 46, FOOT = 12, NEAR = 15;
const LANES_FIRST = 24;
const STEPS = [MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR,
    6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY];

/* ---- the axis ------------------------------------------------------------ */

/* Months and years are no fixed time. */
function calendarTicks(a, b, months) {
    const d = new Date(a);
    const out = [];
    let m = Math.floor((d.getUTCFullYear() * 12 + d.getUTCMonth()) / months) *
        months;

    for (; out.length < 500; m += months) {
        const t = Date.UTC(Math.floor(m / 12), m % 12, 1);

        if (t > b)
            break;
        if (t >= a)
            out.push(t);
    }
    return out;
}

/** Ticks at least `apart` pixels from each other: { times, step }. */
export function ticks(a, b, width, apart) {
    const least = (b - a) / Math.max(width / apart, 1);
    const step = STEPS.find((s) => s >= least);

    if (step !== undefined) {
        const times = [];

        for (let t = Math.ceil(a / step) * step; t <= b; t += step)
            times.push(t);
        return { times, step };
    }
    for (const months of [1, 3, 6, 12, 24, 60, 120, 1200])
        if (months * 30 * DAY >= least || months === 1200)
            return { times: calendarTicks(a, b, months), step: months * 30 *
                DAY };
    return { times: [], step: DAY };
}

function tickLabel(t, step) {
    const d = new Date(t);

    if (step < DAY)
        return clock(t);
    if (step < 28 * DAY)
        return `${d.getUTCDate()} ${monthShort(t)}`;
    return step < 360 * DAY ? `${monthShort(t)} ${d.getUTCFullYear()}`
        : String(d.getUTCFullYear());
}

/* What the ticks are part of: the day of an hour, the year of a day. */
function frames(a, b, step) {
    const out = [];

    if (step >= 28 * DAY)
        return out;
    if (step < DAY)
        for (let t = Math.floor(a / DAY) * DAY; t <= b && out.length < 60;
            t += DAY)
            out.push([t, day(t)]);
    else
        for (const t of [a, ...calendarTicks(a + 1, b, 12)])
            out.push([t, String(new Date(t).getUTCFullYear())]);
    return out;
}

/* ---- marks --------------------------------------------------------------- */

const SHAPES = {
    own: "M0-6.5a6.5 6.5 0 1 0 .01 0z",
    changed: "M0-8L8 0L0 8L-8 0z",
    part: "M0-7.5L7.5 6H-7.5z",
    carrier: "M-6-6H6V6H-6z",
    headline: "M0-6.5a6.5 6.5 0 1 0 .01 0zM0-3.2a3.2 3.2 0 1 1-.01 0z",
};

/** The mark of a family, to stand in a legend or beside a name. */
export function shape(family) {
    return svg("svg", { class: `shape ${family}`, width: 16, height: 16,
        viewBox: "-9 -9 18 18", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: SHAPES[family] ?? SHAPES.part }));
}

/* Items of a lane, sorted by time, that would touch are one group. */
function groups(items, x) {
    const out = [];

    for (const item of items) {
        const last = out[out.length - 1];

        if (last !== undefined && x(item.t) - x(last[0].t) < NEAR)
            last.push(item);
        else
            out.push([item]);
    }
    return out;
}

function describe(item) {
    return `${item.site}: ${relation(item.relation).label}, ${when(item.t)}` +
        (item.title ? `. ${item.title}` : "");
}

/* ---- the picture --------------------------------------------------------- */

/**
 * options: { items (by time), first, notBefore, from, to, group,
 *            onZoom(from, to), onSite(site), onGroup(name), onPick(items) }
 * Returns { node, update(items) }.
 */
export function timeline(options) {
    let items = options.items;
    let group = options.group === "relation" ? "relation" : "site";
    let width = 800;
    let all = false;
    let current = null;
    const whole = fit(items, options);
    let [a, b] = Number.isFinite(options.from) && options.to > options.from
        ? [options.from, options.to] : whole;

    const picture = svg("svg", { class: "timeline", role: "group",
        "aria-label": "Timeline of appearances. Left and right arrow keys go " +
            "from one to the next, plus and minus zoom, Page Up and Page " +
            "Down move in time. The same is in the list below." });
    const range = h("p", { class: "range" });
    const more = h("p", null);
    const lanesBy = h("select", { id: "lanes", onchange: (e) => {
        group = e.target.value;
        options.onGroup(group);
        draw();
    } },
    h("option", { value: "site", selected: group === "site" }, "site"),
    h("option", { value: "relation", selected: group === "relation" },
        "relation"));
    const node = h("div", { class: "timelinebox" },
        h("div", { class: "tools", role: "toolbar",
            "aria-label": "Timeline" },
        button("All", () => zoom(whole[0], whole[1])),
        button("Day", () => around(DAY)),
        button("Hour", () => around(HOUR)),
        button("+", () => scale(0.5), { "aria-label": "Zoom in" }),
        button("\u2212", () => scale(2), { "aria-label": "Zoom out" }),
        button("\u25c0", () => move(-0.5), { "aria-label": "Earlier" }),
        button("\u25b6", () => move(0.5), { "aria-label": "Later" }),
        h("label", { for: "lanes" }, "Lanes by "), lanesBy),
        picture, range, more, legend());

    /* ---- zooming ---- */

    function zoom(from, to) {
        const most = Math.max((whole[1] - whole[0]) * 4, 400 * DAY);
        const size = Math.min(Math.max(to - from, 2 * MINUTE), most);
        const middle = (from + to) / 2;

        a = middle - size / 2;
        b = middle + size / 2;
        const atWhole = Math.abs(a - whole[0]) < 1000 &&
            Math.abs(b - whole[1]) < 1000;

        options.onZoom(atWhole ? null : a, atWhole ? null : b);
        draw();
        say(range.textContent);
    }

    function scale(factor, at) {
        const c = at ?? centre();

        zoom(c - (c - a) * factor, c + (b - c) * factor);
    }

    function move(share) {
        const by = (b - a) * share;

        zoom(a + by, b + by);
    }

    /* What one is looking at: the chosen mark, else the first. */
    function centre() {
        const t = current?.t;

        if (t !== undefined && t >= a && t <= b)
            return t;
        return items.find((i) => i.t >= a && i.t <= b)?.t ?? (a + b) / 2;
    }

    function around(size) {
        const c = centre();

        zoom(c - size / 2, c + size / 2);
    }

    /* ---- drawing ---- */

    const narrow = () => width < 560;
    const left = () => (narrow() ? 10 : Math.min(220, width * 0.28));
    const x = (t) => left() + 10 +
        (t - a) / (b - a) * (width - left() - 26);
    const inside = (t) => t >= a && t <= b;

    function lanes() {
        const map = new Map();

        for (const item of items) {
            const key = group === "site" ? item.site
                : relation(item.relation).label;

            if (!map.has(key))
                map.set(key, []);
            map.get(key).push(item);
        }
        return [...map];
    }

    function draw() {
        const held = picture.contains(document.activeElement);
        const list = lanes();
        const rows = all ? list : list.slice(0, LANES_FIRST);
        const lane = narrow() ? LANE + 18 : LANE;
        const height = TOP + rows.length * lane + FOOT;

        picture.replaceChildren();
        picture.setAttribute("width", width);
        picture.setAttribute("height", height);
        picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
        axis(height);
        evidence(height);
        rows.forEach(([name, of], i) => row(name, of, TOP + i * lane, lane));
        rove(held);
        const seen = items.filter((i) => inside(i.t)).length;

        range.textContent = `Shown: ${when(Math.round(a))} to ` +
            `${when(Math.round(b))} (${span(b - a)}), ` +
            `${number(seen)} of ${count(items.length, "appearance")}.`;
        more.replaceChildren(...(rows.length < list.length
            ? [button(`Show all ${list.length} lanes`, () => {
                all = true;
                draw();
            })] : []));
    }

    function axis(height) {
        const { times, step } = ticks(a, b, width - left() - 26, 74);

        for (const t of times)
            picture.append(
                svg("path", { class: "tick",
                    d: `M${x(t).toFixed(1)} ${TOP - 8}V${height - FOOT}` }),
                svg("text", { class: "ticktext", x: x(t), y: TOP - 14,
                    "text-anchor": "middle" }, tickLabel(t, step)));
        let free = -Infinity;

        for (const [t, label] of frames(a, b, step).reverse().map((f) => f)
            .sort((p, q) => p[0] - q[0])) {
            const at = Math.max(x(t), left() + 10);
            const next = x(t + (step < DAY ? DAY : 365 * DAY));

            if (at < free || next - at < label.length * 6.4 + 6)
                continue;
            picture.append(svg("text", { class: "frame", x: at, y: 14 },
                label));
            free = at + label.length * 6.8 + 12;
        }
    }

    /* The time between the last capture without the text and the first with
     * it, and that first. */
    function evidence(height) {
        const { first, notBefore } = options;

        if (Number.isFinite(notBefore) && notBefore < b && first > a) {
            const from = Math.max(x(notBefore), x(a));
            const to = Math.min(x(first), x(b));

            picture.append(svg("rect", { class: "gap", x: from, y: TOP - 4,
                width: Math.max(to - from, 1), height: height - TOP }));
        }
        if (Number.isFinite(first) && inside(first))
            picture.append(svg("path", { class: "first",
                d: `M${x(first).toFixed(1)} ${TOP - 4}V${height - FOOT}` }));
    }

    function laneName(name, y, lane) {
        const label = svg("text", { class: "lane", x: 2,
            y: narrow() ? y + 14 : y + lane / 2 + 4 });
        const room = Math.floor((narrow() ? width - 10 : left() - 4) / 6.9);

        label.textContent = name.length > room
            ? `${name.slice(0, room - 1)}\u2026` : name;
        label.append(svg("title", null, name));
        return label;
    }

    function row(name, of, y, lane) {
        const middle = narrow() ? y + lane - 16 : y + lane / 2;

        picture.append(
            svg("path", { class: "rule", d: `M${x(a)} ${middle}H${x(b)}` }),
            svg("path", { class: "edge", d: `M0 ${y + lane}H${width}` }),
            laneName(name, y, lane));
        if (of.length <= 200)
            for (const item of of)
                claim(item, middle);
        for (const g of groups(of.filter((i) => inside(i.t)), x))
            picture.append(mark(g, middle));
    }

    /* When the page says it was published: a point, or a whole day. */
    function claim(item, y) {
        const c = item.claim;

        if (c === null || c.to < a || c.from > b)
            return;
        const from = Math.max(x(c.from), x(a)), to = Math.min(x(c.to), x(b));

        if (c.to > c.from) {
            picture.append(svg("rect", { class: "claimday", x: from,
                y: y - 4, width: Math.max(to - from, 1), height: 8, rx: 3 },
            svg("title", null, `Claims ${item.claimText}`)));
            return;
        }
        const seen = Math.min(Math.max(x(item.t), x(a)), x(b));

        if (Math.abs(seen - from) < 9)
            return; /* under the mark itself */
        picture.append(
            svg("path", { class: "claimline", d: `M${from} ${y}H${seen}` }),
            svg("path", { class: "claim",
                d: `M${from} ${y - 6}v12M${from - 3} ${y - 6}h6` +
                    `M${from - 3} ${y + 6}h6` },
            svg("title", null, `Claims ${item.claimText}`)));
    }

    function mark(g, y) {
        const one = g.length === 1;
        const at = one ? x(g[0].t)
            : (x(g[0].t) + x(g[g.length - 1].t)) / 2;
        const label = one ? describe(g[0])
            : `${g.length} appearances at ${g[0].site} from ` +
                `${when(g[0].t)}. ${one ? "" : "Opens them."}`;
        const families = new Set(g.map((i) => relation(i.relation).family));
        const family = families.size === 1 ? [...families][0] : "mixed";
        const link = svg("a", { class: `mark ${family}`, tabindex: "-1",
            href: g[0].href, "aria-label": label,
            transform: `translate(${at.toFixed(1)} ${y})` },
        svg("title", null, label),
        svg("circle", { class: "target", r: 12 }),
        one ? svg("path", { class: "body", d: SHAPES[family] })
            : [svg("circle", { class: "body", r: 10 }),
                svg("text", { class: "many", y: 4,
                    "text-anchor": "middle" },
                g.length > 99 ? "99+" : String(g.length))]);

        link.items = g;
        link.addEventListener("click", (e) => {
            if (!one)
                open(e, g);
        });
        link.addEventListener("focus", () => { current = g[0]; });
        return link;
    }

    /* A mark of several: nearer, or, when no zoom parts them, in the list. */
    function open(e, g) {
        const from = g[0].t, to = g[g.length - 1].t;

        e.preventDefault();
        current = g[0];
        if (to - from < MINUTE / 2)
            options.onPick(g);
        else
            zoom(from - (to - from) * 0.15, to + (to - from) * 0.15);
    }

    /* ---- the keyboard ---- */

    const marks = () => [...picture.querySelectorAll("a.mark")]
        .sort((p, q) => p.items[0].t - q.items[0].t);

    function rove(focus) {
        const list = marks();
        const chosen = list.find((m) => m.items.includes(current)) ?? list[0];

        for (const m of list)
            m.setAttribute("tabindex", m === chosen ? "0" : "-1");
        if (focus && chosen !== undefined)
            chosen.focus({ preventScroll: true });
        else if (focus)
            node.querySelector("button").focus();
    }

    function step(by) {
        const list = marks();
        const at = list.indexOf(document.activeElement);
        const next = by === "first" ? 0 : by === "last" ? list.length - 1
            : at + by;

        if (next < 0 || next >= list.length) {
            const beyond = items.filter((i) =>
                by === 1 ? i.t > b : by === -1 ? i.t < a : false);

            if (beyond.length > 0) {
                current = by === 1 ? beyond[0] : beyond[beyond.length - 1];
                zoom(current.t - (b - a) / 2, current.t + (b - a) / 2);
            }
            return;
        }
        current = list[next].items[0];
        rove(true);
    }

    const KEYS = {
        ArrowRight: () => step(1),
        ArrowDown: () => step(1),
        ArrowLeft: () => step(-1),
        ArrowUp: () => step(-1),
        Home: () => step("first"),
        End: () => step("last"),
        PageUp: () => move(-0.5),
        PageDown: () => move(0.5),
        "+": () => scale(0.5),
        "=": () => scale(0.5),
        "-": () => scale(2),
        "0": () => zoom(whole[0], whole[1]),
    };

    picture.addEventListener("keydown", (e) => {
        const act = e.ctrlKey || e.metaKey || e.altKey ? undefined
            : KEYS[e.key];

        if (act !== undefined) {
            e.preventDefault();
            act();
        }
    });

    /* ---- the pointer ---- */

    picture.addEventListener("wheel", (e) => {
        if (!e.ctrlKey && !e.metaKey)
            return; /* the page scrolls */
        e.preventDefault();
        scale(e.deltaY > 0 ? 1.25 : 0.8, a + (e.offsetX - left() - 10) /
            (width - left() - 26) * (b - a));
    }, { passive: false });
    picture.addEventListener("pointerdown", (e) => {
        if (e.button !== 0 || e.target.closest("a"))
            return;
        const from = e.clientX, [a0, b0] = [a, b];
        const drag = (m) => {
            const by = (from - m.clientX) / (width - left() - 26) * (b0 - a0);

            a = a0 + by;
            b = b0 + by;
            draw();
        };
        const drop = () => {
            picture.removeEventListener("pointermove", drag);
            options.onZoom(a, b);
        };

        picture.setPointerCapture(e.pointerId);
        picture.addEventListener("pointermove", drag);
        picture.addEventListener("pointerup", drop, { once: true });
        picture.addEventListener("pointercancel", drop, { once: true });
    });

    new ResizeObserver(() => {
        const now = Math.max(Math.floor(node.clientWidth), 240);

        if (now !== width) {
            width = now;
            draw();
        }
    }).observe(node);
    draw();
    return { node,
        update(next) {
            items = next;
            draw();
        } };
}

/* From before the first to after the last, claims that are near included. */
function fit(items, { notBefore }) {
    if (items.length === 0)
        return [Date.now() - DAY, Date.now()];
    let from = items[0].t, to = items[items.length - 1].t;
    const reach = Math.max(to - from, 2 * DAY);

    if (notBefore >= from - reach)
        from = notBefore;
    for (const { claim: c } of items)
        if (c !== null && c.from >= items[0].t - reach)
            from = Math.min(from, c.from);
    const edge = Math.max((to - from) * 0.04, 20 * MINUTE);

    return [from - edge, to + edge];
}

function legend() {
    const names = [["own", "the story itself"], ["changed", "changed"],
        ["part", "a part of it"], ["carrier", "carried on another page"],
        ["headline", "its headline"]];

    return h("ul", { class: "legend", "aria-label": "Marks" },
        names.map(([family, text]) => h("li", null, shape(family), text)),
        h("li", null, svg("svg", { class: "shape", width: 26, height: 16,
            viewBox: "0 0 26 16", "aria-hidden": "true" },
        svg("path", { class: "claimline", d: "M5 8H24" }),
        svg("path", { class: "claim", d: "M5 2v12M2 2h6M2 14h6" })),
        "publication the page claims"),
        h("li", null, svg("svg", { class: "shape", width: 16, height: 16,
            viewBox: "0 0 16 16", "aria-hidden": "true" },
        svg("path", { class: "first", d: "M8 0V16" })),
        "first seen"));
}
