// SPDX-License-Identifier: Apache-2.0
// What somebody typed: an address, a site, a hash, a headline or a paragraph.

const HASH = /^(sha-?1|sha-?256|sha-?512|md5):[A-Za-z0-9+/_=-]{22,130}$/i;
const HOST = /^(?=.{4,253}$)([a-z0-9\u00a1-\uffff](?:[a-z0-9\u00a1-\uffff-]{0,61}[a-z0-9\u00a1-\uffff])?\.)+[a-z\u00a1-\uffff][a-z0-9\u00a1-\uffff-]{1,62}$/i;

function isAddress(q) {
    if (/\s/.test(q))
        return false;
    if (/^https?:\/\/[^/]/i.test(q))
        return true;
    const host = q.split(/[/?#:]/, 1)[0];

    return HOST.test(host);
}

/**
 * { kind, value, text }: kind is "none", "hash", "site", "url", "prefix",
 * "headline", "paragraph"; value is what to ask for, text what to tell.
 */
export function detect(input) {
    const q = input.trim();

    if (q === "")
        return { kind: "none", value: "", text: "" };
    if (HASH.test(q))
        return { kind: "hash", value: q, text: "A hash: texts or captures " +
            "with exactly these bytes." };
    if (/^[0-9a-f]{64}$/i.test(q))
        return { kind: "hash", value: `sha256:${q}`,
            text: "A SHA-256: texts with exactly these words." };
    if (/^\*\.[^\s/]+$/.test(q) && HOST.test(q.slice(2)))
        return { kind: "site", value: q.slice(2),
            text: "A site: its captures by day." };
    if (isAddress(q)) {
        if (q.endsWith("*"))
            return { kind: "prefix", value: q.slice(0, -1),
                text: "The beginning of an address: all captures under it." };
        if (HOST.test(q))
            return { kind: "site", value: q.toLowerCase(),
                text: "A site: its captures by day." };
        return { kind: "url", value: q,
            text: "An address: its captures, its versions, and where its " +
                "story appeared." };
    }
    const words = q.split(/\s+/).length;

    if (words <= 20 && !/\n|[.!?]["'\u2019\u201d]?\s+\S/.test(q))
        return { kind: "headline", value: q,
            text: "A headline or sentence: where it appeared, first to " +
                "last." };
    return { kind: "paragraph", value: q,
        text: `A text of ${words} words: where it, or parts of it, ` +
            "appeared." };
}

/** Where in this page the answer is. */
export function route(found) {
    const value = encodeURIComponent(found.value);

    switch (found.kind) {
    case "none": return "#/";
    case "site": return `#/browse?site=${value}`;
    case "url": return `#/url?url=${value}`;
    case "prefix": return `#/url?url=${value}&match=prefix`;
    default: return `#/trace?q=${value}`;
    }
}
