// SPDX-License-Identifier: Apache-2.0
// Times, numbers and names as people read them.  An instant is a number of
// milliseconds UTC.

const MONTHS = ["January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December"];

export const MINUTE = 60000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** 20250304062500 -> instant; NaN when it is none. */
export function fromStamp(stamp) {
    const m = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(stamp ?? "");

    return m === null ? NaN
        : Date.UTC(+m[1], +m[2] - 1, +m[3], +m[4], +m[5], +m[6]);
}

export function toStamp(t) {
    return new Date(t).toISOString().replace(/[-:T]/g, "").slice(0, 14);
}

/** An instant from either form the answers use. */
export function instant(text) {
    const t = fromStamp(text);

    return Number.isNaN(t) ? Date.parse(text) : t;
}

/**
 * What a page claims, as { from, to, zone }: a day without a time is the
 * whole day, a time without a zone may be any zone's.  Null when unreadable.
 */
export function claimed(text) {
    const m = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?)?)?)?$/
        .exec(text ?? "");

    if (m === null)
        return null;
    const [year, month, day] = [+m[1], +(m[2] ?? 1) - 1, +(m[3] ?? 1)];
    let from = Date.UTC(year, month, day, +(m[4] ?? 0), +(m[5] ?? 0),
        +(m[6] ?? 0));

    if (m[4] !== undefined) {
        if (m[7] !== undefined && m[7] !== "Z") {
            const digits = m[7].replace(/\D/g, "");

            from -= (m[7][0] === "-" ? -1 : 1) *
                (+digits.slice(0, 2) * HOUR + +digits.slice(2) * MINUTE);
        }
        return { from, to: from, zone: m[7] !== undefined };
    }
    return { from, to: m[3] !== undefined ? from + DAY
        : m[2] !== undefined ? Date.UTC(year, month + 1, 1)
            : Date.UTC(year + 1, 0, 1), zone: false };
}

const two = (n) => String(n).padStart(2, "0");

/** 4 March 2025 */
export function day(t) {
    const d = new Date(t);

    return `${d.getUTCDate()} ${MONTHS[d.getUTCMonth()]} ${d.getUTCFullYear()}`;
}

/** 2025-03-04 */
export function isoDay(t) {
    return new Date(t).toISOString().slice(0, 10);
}

export function clock(t, seconds) {
    const d = new Date(t);
    const text = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;

    return seconds ? `${text}:${two(d.getUTCSeconds())}` : text;
}

/** 4 March 2025, 06:25:00 UTC */
export function when(t) {
    return Number.isNaN(t) ? "at an unknown time"
        : `${day(t)}, ${clock(t, true)} UTC`;
}

export function month(t) {
    const d = new Date(t);

    return `${MONTHS[d.getUTCMonth()]} ${d.getUTCFullYear()}`;
}

export const monthShort = (t) => MONTHS[new Date(t).getUTCMonth()].slice(0, 3);

/** A claim as precise as the page makes it. */
export function claimText(text) {
    const c = claimed(text);

    if (c === null)
        return String(text ?? "");
    if (c.to === c.from)
        return `${day(c.from)}, ${clock(c.from)}` +
            (c.zone ? " UTC" : " (no zone given)");
    if (c.to - c.from === DAY)
        return day(c.from);
    return text;
}

export function count(n, one, many) {
    return `${number(n)} ${n === 1 ? one : many ?? `${one}s`}`;
}

export function number(n) {
    return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

export function bytes(n) {
    const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let i = 0;

    for (; n >= 1024 && i < units.length - 1; i++)
        n /= 1024;
    return `${i === 0 ? number(n) : n.toFixed(1)} ${units[i]}`;
}

export function percent(share) {
    return `${Math.round(share * 100)} %`;
}

/** How long: 3 days, 4 hours, 15 minutes. */
export function span(ms) {
    const units = [[365 * DAY, "year"], [DAY, "day"], [HOUR, "hour"],
        [MINUTE, "minute"], [1000, "second"]];

    for (const [size, name] of units)
        if (ms >= 2 * size || (name === "second" && ms >= size))
            return count(Math.round(ms / size), name);
    return "less than a second";
}

export function baseName(path) {
    return String(path ?? "").replace(/^.*\/(?=[^/])/, "");
}

/** Where a claim stands on a page. */
export const SOURCES = {
    "json-ld": "structured data, JSON-LD",
    "opengraph": "Open Graph tag",
    "article-meta": "article meta tag",
    "dublin-core": "Dublin Core tag",
    "parsely": "Parse.ly tag",
    "sailthru": "Sailthru tag",
    "meta": "meta tag",
    "microdata": "microdata",
    "rdfa": "RDFa",
    "time": "a <time> element",
    "link": "a link",
    "title": "the title",
    "heading": "the heading",
    "byline": "the byline",
    "url": "the address",
    "visible": "visible text",
    "relative": "visible text, counted back from the capture",
    "copyright": "the copyright line",
    "http": "an HTTP header",
    "detector": "detected",
    "script": "script data",
};

/**
 * How an appearance relates to what was asked for: name, family (which gives
 * colour and shape), and one sentence.
 */
export const RELATIONS = {
    "same-text": ["Same text", "own", "The same article, word for word."],
    "recapture": ["Same page", "own",
        "The page that was asked for, at another time."],
    "verbatim": ["Verbatim", "own",
        "Nearly every word of the text, as it stands."],
    "edited": ["Edited", "changed", "The same text with changes."],
    "abridged": ["Shortened", "changed", "The text with parts left out."],
    "extended": ["Extended", "changed", "The text with more added."],
    "agency": ["Agency copy", "changed", "Another text of the same agency report."],
    "excerpt": ["Passage", "part", "The two have a passage in common."],
    "quotes": ["Quotation", "part", "Only the same quotation stands there."],
    "carries": ["Carries it", "carrier",
        "A page about something else that carries this text."],
    "headline": ["Headline", "headline", "The page with this headline."],
    "same-story": ["Same story", "headline",
        "The text of a page with this headline, under another one."],
};

export function relation(name) {
    const [label, family, text] = RELATIONS[name] ?? [name, "part", ""];

    return { label, family, text };
}

export const LANGUAGES = new Intl.DisplayNames(["en"], { type: "language" });

export function language(code) {
    try {
        return LANGUAGES.of(code);
    } catch {
        return code;
    }
}
