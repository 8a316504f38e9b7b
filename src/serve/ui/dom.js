// SPDX-License-Identifier: Apache-2.0
// Elements.  What comes out of an archive becomes a text node or the value of
// a harmless attribute; no function here takes markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes ?? {})) {
        if (value === null || value === undefined || value === false)
            continue;
        if (name.startsWith("on"))
            node.addEventListener(name.slice(2), value);
        else
            node.setAttribute(name, value === true ? "" : String(value));
    }
    add(node, children);
    return node;
}

/** Append texts and nodes; nothing, false and lists in lists are allowed. */
export function add(node, ...children) {
    for (const child of children.flat(Infinity))
        if (child !== null && child !== undefined && child !== false)
            node.append(child);
    return node;
}

/** h("a", { href: "#/" }, "text", node, ...) */
export function h(name, attributes, ...children) {
    return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes, ...children) {
    return fill(document.createElementNS(SVG, name), attributes, children);
}

export function byId(id) {
    return document.getElementById(id);
}

export function button(label, act, attributes) {
    return h("button", { type: "button", onclick: act, ...attributes }, label);
}

/** A term and what it is; a pair without a value is left out. */
export function pairs(list) {
    const dl = h("dl", { class: "pairs" });

    for (const [term, value] of list)
        if (value !== null && value !== undefined && value !== "")
            dl.append(h("div", null, h("dt", null, term), h("dd", null,
                value)));
    return dl;
}

/**
 * A table in a region that scrolls by itself when it is too wide.
 * columns: [{ name, cell(row), class, head }]
 */
export function table(caption, columns, rows) {
    const body = h("tbody");

    for (const row of rows)
        body.append(h("tr", null, columns.map((c) =>
            h(c.head ? "th" : "td",
                { class: c.class, scope: c.head ? "row" : null },
                c.cell(row)))));
    return h("div", { class: "scroll", tabindex: "0", role: "region",
        "aria-label": caption },
    h("table", null, h("caption", null, caption),
        h("thead", null, h("tr", null, columns.map((c) =>
            h("th", { scope: "col", class: c.class }, c.name)))),
        body));
}

/** Tell a screen reader. */
export function say(text) {
    const live = byId("live");

    live.textContent = "";
    window.setTimeout(() => { live.textContent = text; }, 50);
}

/** Hand a text to the browser's download. */
export function download(name, type, text) {
    const url = URL.createObjectURL(new Blob([text], { type }));
    const a = h("a", { href: url, download: name });

    document.body.append(a);
    a.click();
    a.remove();
    window.setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** A button that copies and says that it did. */
export function copyButton(label, text) {
    const b = button(label, async () => {
        let done = "Copied";

        try {
            await navigator.clipboard.writeText(text());
        } catch {
            done = "Not allowed to copy";
        }
        b.textContent = done;
        say(done);
        window.setTimeout(() => { b.textContent = label; }, 2000);
    });
    return b;
}

/** A paragraph in place of what is not there. */
export function empty(title, ...text) {
    return h("div", { class: "empty" }, h("h2", null, title),
        text.map((t) => (t instanceof Node ? t : h("p", null, t))));
}
