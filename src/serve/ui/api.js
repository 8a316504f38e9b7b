// SPDX-License-Identifier: Apache-2.0
// The JSON interface, with its failures as sentences.

export class Failure extends Error {
    constructor(text, code, status) {
        super(text);
        this.code = code;
        this.status = status;
    }
}

function sentence(text) {
    const s = String(text).trim();

    return s.charAt(0).toUpperCase() + s.slice(1) +
        (/[.!?]$/.test(s) ? "" : ".");
}

export function link(name, params) {
    const query = new URLSearchParams();

    for (const [key, value] of Object.entries(params ?? {}))
        if (value !== null && value !== undefined && value !== "")
            query.append(key, value);
    const text = query.toString();

    return `/api/v1/${name}${text === "" ? "" : `?${text}`}`;
}

async function failure(response) {
    const body = await response.text();
    let said = null;

    try {
        said = JSON.parse(body);
    } catch {
        // a proxy's page, or nothing
    }
    if (typeof said?.error === "string")
        return new Failure(sentence(said.error), said.code, response.status);
    return new Failure(`The server answered with status ${response.status}` +
        (body.length > 0 && body.length < 200 ? `: ${sentence(body)}` : "."),
    null, response.status);
}

/* One object, or one a line. */
function parse(text) {
    try {
        return JSON.parse(text);
    } catch {
        return text.split("\n").filter((l) => l.trim() !== "")
            .map((l) => JSON.parse(l));
    }
}

function pause(ms, signal) {
    return new Promise((go, stop) => {
        window.setTimeout(go, ms);
        signal?.addEventListener("abort", () => stop(signal.reason),
            { once: true });
    });
}

async function request(url, options) {
    try {
        return await fetch(url, { credentials: "same-origin", ...options });
    } catch (e) {
        if (e.name === "AbortError")
            throw e;
        throw new Failure("The server does not answer. It may have been " +
            "stopped; start \u201cdateline serve\u201d and try again.",
        "offline", 0);
    }
}

const BUSY = 503, TRIES = 20;

export async function ask(name, params, signal, options) {
    let response = await request(link(name, params), { signal, ...options });

    for (let i = 1; response.status === BUSY && i < TRIES; i++) {
        await pause(250 * Math.min(i, 8), signal);
        response = await request(link(name, params), { signal, ...options });
    }
    if (!response.ok)
        throw await failure(response);
    const text = await response.text();

    try {
        return parse(text);
    } catch {
        throw new Failure("The server's answer cannot be read.", "format",
            response.status);
    }
}

/** The rows of an answer that is a list, or holds one under `name`. */
export function rows(answer, name) {
    if (Array.isArray(answer))
        return answer;
    if (Array.isArray(answer?.[name]))
        return answer[name];
    return answer === null || answer === undefined ? [] : [answer];
}

/* A text too long for an address goes as a body. */
const LONGEST = 2000;
const kept = new Map();

/** Articles of one answer, at most. */
export const MOST_TRACED = 1000;

/** Traces are asked again when one goes back: keep the last few. */
export async function trace(q, signal) {
    if (kept.has(q))
        return kept.get(q);
    const answer = q.length <= LONGEST
        ? await ask("trace", { q, limit: MOST_TRACED }, signal)
        : await ask("trace", { limit: MOST_TRACED }, signal, { method: "POST",
            headers: { "Content-Type": "text/plain; charset=utf-8" },
            body: q });

    kept.set(q, answer);
    if (kept.size > 8)
        kept.delete(kept.keys().next().value);
    return answer;
}

/** What is asked anew is answered anew: archives may have been added. */
export function forget(q) {
    kept.delete(q);
}

let settings = null;

/** { version, replayOrigin, store }, asked once. */
export async function config() {
    if (settings === null) {
        try {
            settings = await ask("config");
        } catch (e) {
            if (e.status !== 404)
                throw e;
            settings = {};
        }
    }
    return settings;
}

/**
 * Where a capture is replayed: `how` is "if_" in a frame, "" as a page,
 * "id_" as captured.
 */
export function replay(origin, stamp, how, url) {
    return `${origin ?? ""}/web/${stamp}${how}/${url.replace(/#/g, "%23")}`;
}
