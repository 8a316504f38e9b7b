// SPDX-License-Identifier: Apache-2.0
// What a page said over time, and what was changed in it.

import { h, add, empty, pairs } from "./dom.js";
import { claimText, count, instant, span, toStamp, when } from "./format.js";
import { ask, rows } from "./api.js";
import { diff } from "./diff.js";
import { change, to } from "./trace.js";

const CONTEXT = 14; /* words kept of what did not change */

/* ---- the difference ------------------------------------------------------ */

function spaced(words) {
    return words.join(" ").replace(/ ?\n ?/g, "\n");
}

function run(kind, words) {
    const text = spaced(words);

    return kind === "same" ? document.createTextNode(text)
        : change(kind === "added" ? "ins" : "del", kind, text);
}

/* A long stretch that did not change can be folded. */
function folded(words, first, last) {
    if (words.length <= CONTEXT * 3)
        return document.createTextNode(spaced(words));
    const head = first ? [] : words.slice(0, CONTEXT);
    const tail = last ? [] : words.slice(words.length - CONTEXT);
    const middle = words.slice(head.length, words.length - tail.length);
    const hidden = h("span", { class: "kept" });
    const open = h("button", { type: "button", class: "fold",
        onclick: () => hidden.replaceChildren(spaced(middle)) },
    `\u22ef ${count(middle.length, "word")} alike \u22ef`);

    add(hidden, open);
    return [spaced(head), head.length > 0 ? " " : null, hidden,
        tail.length > 0 ? " " : null, spaced(tail)];
}

/** The new text with what came and went; `whole` folds nothing. */
export function difference(before, after, whole) {
    const parts = diff(before, after);
    const node = h("div", { class: "diff", dir: "auto" });

    parts.forEach(([kind, words], i) => {
        if (i > 0)
            node.append(" ");
        add(node, kind === "same" && !whole
            ? folded(words, i === 0, i === parts.length - 1)
            : run(kind, words));
    });
    return node;
}

/* ---- one version --------------------------------------------------------- */

function headline(before, now) {
    if (before.title === now.title)
        return null;
    return h("div", { class: "headline" },
        h("h3", null, "Headline"),
        difference(before.title ?? "", now.title ?? "", true));
}

function flags(v) {
    const out = [];

    if (v.headline_changed)
        out.push(h("span", { class: "flag" }, "headline changed"));
    if ((v.words_added ?? 0) + (v.words_removed ?? 0) > 0)
        out.push(h("span", { class: "flag" },
            `+${v.words_added} \u2212${v.words_removed} words`));
    if (v.silent)
        out.push(h("span", { class: "flag bad",
            title: "The page claims no time of change after that of the " +
                "version before." }, "silent edit"));
    return out.map((f) => [f, " "]);
}

function brief(url, v, before) {
    const first = instant(v.first), last = instant(v.last);

    return h("li", { class: "card version" },
        h("div", { class: "seen" },
            h("span", { class: "number" }, `Version ${v.version}`),
            h("time", { datetime: v.first }, when(first))),
        h("div", { class: "what" },
            h("h3", null, h("a", { href: to("page", { url,
                at: toStamp(first) }) }, v.title ?? url)),
            h("p", null, flags(v)),
            pairs([
                ["Captured", last > first ? `${count(v.captures, "time")}, ` +
                    `last ${when(last)}` : "once"],
                ["Appeared", before === null ? null
                    : `between ${when(instant(before.last))} and ` +
                        `${when(first)}, ${span(first -
                            instant(before.last))}`],
                ["Says it was changed", v.modified ? claimText(v.modified)
                    : "it does not say"],
                ["Words", String(v.words)],
            ])));
}

/* ---- comparing ----------------------------------------------------------- */

const texts = new Map();

/* The text of a version, asked for once. */
async function textOf(url, v, signal) {
    const key = v.text_hash ?? `${url} ${v.first}`;

    if (!texts.has(key)) {
        const shown = await ask("show", { url,
            timestamp: toStamp(instant(v.first)) }, signal);

        texts.set(key, shown.text ?? "");
        if (texts.size > 40)
            texts.delete(texts.keys().next().value);
    }
    return texts.get(key);
}

function chooseVersion(id, label, versions, chosen, onchange) {
    return [h("label", { for: id }, label), h("select", { id, onchange },
        versions.map((v) => h("option", { value: v.version,
            selected: v.version === chosen },
        `${v.version}: ${when(instant(v.first))}`)))];
}

function comparison(url, versions, params, { remember }) {
    const find = (n) => versions.find((v) => v.version === n);
    const pick = (name, otherwise) => {
        const n = Number(params.get(name) ?? "");

        return find(n) === undefined ? otherwise : n;
    };
    let b = pick("b", (versions.find((v) => v.silent) ??
        versions[versions.length - 1]).version);
    let a = pick("a", Math.max(b - 1, versions[0].version));
    let whole = params.get("whole") === "1";
    const out = h("div", { "aria-live": "polite" });

    async function draw() {
        const [from, now] = [find(a), find(b)];
        const node = h("div", null);

        try {
            const [before, after] = await Promise.all([
                textOf(url, from), textOf(url, now)]);

            add(node, headline(from, now), h("h3", null, "Text"),
                before === after
                    ? h("p", null, "Not a word of the text differs.")
                    : difference(before, after, whole));
        } catch (e) {
            add(node, h("p", { role: "alert" }, e.message));
        }
        out.replaceChildren(node);
    }
    const set = (which) => (e) => {
        const n = Number(e.target.value);

        if (which === "a")
            a = n;
        else
            b = n;
        remember({ a, b });
        draw();
    };
    const box = h("input", { type: "checkbox", id: "whole", checked: whole,
        onchange: (e) => {
            whole = e.target.checked;
            remember({ whole: whole ? "1" : null });
            draw();
        } });
    const node = h("section", { "aria-labelledby": "compare" },
        h("h2", { id: "compare" }, "Compare"),
        h("div", { class: "tools" },
            chooseVersion("va", "From ", versions, a, set("a")),
            chooseVersion("vb", "to ", versions, b, set("b")),
            h("span", null, box, h("label", { for: "whole" },
                " whole text"))), out);

    return { node, draw };
}

export async function versionsView(params, context) {
    const url = params.get("url") ?? "";
    const versions = rows(await ask("versions", { url }, context.signal)
        .catch((e) => {
            if (e.status === 404)
                return [];
            throw e;
        }), "versions");
    const node = h("div", null, h("h1", null, "Versions"),
        h("p", { class: "address big" }, url),
        h("p", { class: "actions" },
            h("a", { class: "button", href: to("url", { url }) },
                "All captures"),
            h("a", { class: "button", href: to("trace", { q: url }) },
                "Trace its story")));

    if (versions.length === 0) {
        node.append(empty("No article was captured here",
            "Versions are told apart by the text of the article; no capture " +
            "of this address has one."));
        return node;
    }
    const silent = versions.filter((v) => v.silent).length;

    node.append(h("p", { class: "lead small" }, versions.length === 1
        ? "One text in all captures: no change was seen."
        : [`${count(versions.length, "text")} seen. `,
            silent > 0 ? h("span", { class: "flag bad" },
                `${count(silent, "silent edit")}`)
                : "Every change was declared."]));
    if (versions.length > 1) {
        const compare = comparison(url, versions, params, context);

        await compare.draw();
        node.append(compare.node);
    }
    node.append(h("section", { "aria-labelledby": "all" },
        h("h2", { id: "all" }, "Each version"),
        h("p", { class: "muted" }, "A text stood there when it was captured; " +
            "what stood there between two captures, nobody here knows."),
        h("ol", { class: "cards" }, versions.map((v, i) =>
            brief(url, v, i > 0 ? versions[i - 1] : null)))));
    node.dataset.said = `${count(versions.length, "version")}, ` +
        `${count(silent, "silent edit")}.`;
    return node;
}
