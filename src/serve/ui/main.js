// SPDX-License-Identifier: Apache-2.0
// The frame: the search box, the way from an address to a view, what is seen
// while the store is asked, and going back to where one was.
//
// All state of a view is in the fragment, "#/trace?q=...", which is sent to
// no server and stays in no log.

import { h, byId, say, empty } from "./dom.js";
import { config, Failure, forget } from "./api.js";
import { detect, route } from "./query.js";
import { home } from "./home.js";
import { traceView } from "./trace.js";
import { pageView } from "./page.js";
import { urlView } from "./url.js";
import { versionsView } from "./versions.js";
import { browseView } from "./browse.js";
import { statsView } from "./stats.js";

const VIEWS = {
    "": home,
    trace: traceView,
    page: pageView,
    url: urlView,
    versions: versionsView,
    browse: browseView,
    stats: statsView,
};

const main = byId("main");
let running = null;
let shown = "";
let moved = false; /* within this page */

/* ---- addresses ----------------------------------------------------------- */

function here() {
    const text = location.hash.replace(/^#\/?/, "");
    const at = text.indexOf("?");

    return { name: at < 0 ? text : text.slice(0, at),
        params: new URLSearchParams(at < 0 ? "" : text.slice(at + 1)) };
}

/** Put what a view's controls were set to into the address. */
function remember(changes) {
    const { name, params } = here();

    for (const [key, value] of Object.entries(changes))
        if (value === null || value === undefined || value === "")
            params.delete(key);
        else
            params.set(key, value);
    const query = params.toString();

    shown = `#/${name}${query === "" ? "" : `?${query}`}`;
    history.replaceState(history.state, "", shown);
}

/* ---- where one was ------------------------------------------------------- */

const places = new Map();
let place = null;

const links = () => [...main.querySelectorAll("a")];

function leave() {
    if (place !== null)
        places.set(place, { y: window.scrollY,
            link: links().indexOf(document.activeElement) });
}

function arrive() {
    place = history.state?.place ?? null;
    const before = place === null ? undefined : places.get(place);

    if (place === null) {
        place = `${Date.now()}.${Math.random()}`;
        history.replaceState({ ...history.state, place }, "");
    }
    return before;
}

function settle(before) {
    const heading = main.querySelector("h1");

    heading?.setAttribute("tabindex", "-1");
    if (before === undefined) {
        /* A page that was just opened is read from its beginning. */
        if (moved) {
            window.scrollTo(0, 0);
            heading?.focus({ preventScroll: true });
        }
        return;
    }
    const link = links()[before.link];

    (link ?? heading)?.focus({ preventScroll: true });
    window.scrollTo(0, before.y);
}

/* ---- while the store is asked -------------------------------------------- */

function busy(controller) {
    const box = byId("busy");
    const started = performance.now();
    let timer = 0;

    const tick = () => {
        const seconds = Math.floor((performance.now() - started) / 1000);

        box.hidden = false;
        byId("busytext").textContent = seconds < 2 ? "Asking the store\u2026"
            : `Asking the store\u2026 ${seconds} seconds so far.`;
        if (seconds === 2)
            say("The store is still being asked. Cancel is at the top.");
        timer = window.setTimeout(tick, 1000);
    };
    timer = window.setTimeout(tick, 200);
    byId("cancel").onclick = () => controller.abort();
    return () => {
        window.clearTimeout(timer);
        if (running === controller)
            box.hidden = true;
    };
}

function trouble(e, signal) {
    if (e.name === "AbortError" || signal.aborted)
        return h("div", null, h("h1", null, "Cancelled"),
            empty("The question was withdrawn",
                "Nothing was changed. Ask again, or ask something else.",
                again()));
    const known = e instanceof Failure;

    if (!known)
        window.console.error(e);
    return h("div", null,
        h("h1", null, known && e.status === 404 ? "Not found"
            : "That did not work"),
        h("div", { class: "empty", role: "alert" },
            h("p", null, known ? e.message
                : "This page made a mistake: " + e.message),
            again()));
}

function again() {
    return h("p", null, h("button", { type: "button", onclick: show },
        "Ask again"));
}

async function show() {
    const { name, params } = here();
    const view = VIEWS[name];
    const controller = new AbortController();
    const signal = controller.signal;
    let node;

    running?.abort();
    running = controller;
    shown = location.hash;
    const before = arrive();
    const done = busy(controller);

    mark(name);
    setQuery(params);
    try {
        node = view === undefined
            ? h("div", null, h("h1", null, "No such page"),
                empty("This address leads nowhere",
                    "It may have been cut short when it was copied."))
            : await view(params, { signal, remember });
    } catch (e) {
        node = trouble(e, signal);
    }
    done();
    if (running !== controller)
        return;
    main.replaceChildren(node);
    const title = main.querySelector("h1")?.textContent ?? "";

    document.title = name === "" ? "dateline" : `${title} \u2013 dateline`;
    settle(before);
    say(node.dataset?.said ?? title);
}

function mark(name) {
    const of = { "": "#/", trace: "#/", page: "#/", url: "#/",
        versions: "#/", browse: "#/browse", stats: "#/stats" }[name];

    for (const a of document.querySelectorAll("nav a"))
        if (a.getAttribute("href") === of)
            a.setAttribute("aria-current", "page");
        else
            a.removeAttribute("aria-current");
}

/* ---- the search box ------------------------------------------------------ */

const box = byId("q");

function grow() {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight + 2, 220)}px`;
}

function tell() {
    byId("kind").textContent = detect(box.value).text;
    grow();
}

function setQuery(params) {
    const q = params.get("q") ?? params.get("url") ?? "";

    if (document.activeElement !== box || q !== "") {
        box.value = q;
        tell();
    }
}

function search(event) {
    event.preventDefault();
    const found = detect(box.value);

    if (found.kind === "none") {
        byId("kind").textContent = "Type or paste something first.";
        box.focus();
        return;
    }
    const to = route(found);

    moved = true;
    forget(found.value);
    if (location.hash === to)
        show();
    else
        location.hash = to;
}

byId("search").addEventListener("submit", search);
box.addEventListener("input", tell);
box.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing)
        search(e);
});
document.addEventListener("keydown", (e) => {
    const typing = e.target.closest?.("input, textarea, select");

    if (e.key === "/" && !typing && !e.ctrlKey && !e.metaKey && !e.altKey) {
        e.preventDefault();
        box.focus();
        box.select();
    }
});

/* ---- light and dark ------------------------------------------------------ */

const THEMES = ["auto", "light", "dark"];

function stored() {
    try {
        return localStorage.getItem("theme") ?? "auto";
    } catch {
        return "auto";
    }
}

function paint(theme) {
    document.documentElement.dataset.theme = theme;
    byId("theme").textContent = `Colours: ${theme}`;
}

byId("theme").addEventListener("click", () => {
    const now = document.documentElement.dataset.theme;
    const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];

    paint(next);
    try {
        localStorage.setItem("theme", next);
    } catch {
        // it holds until the page is left
    }
});
paint(THEMES.includes(stored()) ? stored() : "auto");

/* ---- start --------------------------------------------------------------- */

byId("skip").addEventListener("click", (e) => {
    e.preventDefault();
    main.focus();
    main.scrollIntoView();
});

/* An address of the kind "/?q=..." still leads to the answer. */
const old = new URLSearchParams(location.search).get("q");

if (old !== null && location.hash === "")
    history.replaceState(null, "", `/${route(detect(old))}`);
history.scrollRestoration = "manual";
window.addEventListener("hashchange", () => {
    if (location.hash === shown)
        return;
    leave();
    moved = true;
    show();
});
config().then((c) => {
    if (c.version)
        byId("about").prepend(`dateline ${c.version}. `);
}, () => {});
show();
