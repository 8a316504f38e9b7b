// SPDX-License-Identifier: Apache-2.0
//
// The first script of every replayed page, and of its workers.  Addresses in
// the page were mapped by the server; those its scripts make are mapped here,
// so that they stay in the archive, at the time of the page.  The policy the
// page is sent with refuses whatever is missed: nothing reaches the live web.
//
// install() works on one realm; frames that a page opens without an address
// (about:blank) get it too when the page first reaches into them.
(() => {
'use strict';

const script = typeof document === 'object' ? document.currentScript : null;
// Before it is changed: our own links lead out of the archive.
const plainSet = typeof Element === 'function' ?
    Element.prototype.setAttribute : null;

// An address in the archive: PREFIX TIME FORM "/" URL.
function read(prefix, href) {
    const root = href.indexOf(prefix);
    const found = root < 0 || !/^https?:\/\/[^/]*$/.test(href.slice(0, root)) ?
        null : /^(\d{1,14})?([a-z]{2}_)?\/(.*)$/s.exec(
            href.slice(root + prefix.length));

    return found && (found[1] || found[2]) ?
        { time: found[1] ?? '', form: found[2] ?? '', url: found[3] } : null;
}

function configure(scope) {
    const data = script?.dataset ?? {};
    const prefix = data.datelinePrefix ?? '/web/';
    /* That of a page made of a string is its parent's. */
    const origin = new URL(/^https?:/.test(scope.location.href) ?
        scope.location.href : document.baseURI).origin;
    const here = read(new URL(prefix, origin).pathname, scope.location.href);

    return {
        prefix: new URL(prefix, origin).pathname,
        asked: data.datelineAsked ?? here?.time ?? '',
        captured: data.datelineCaptured ?? here?.time ?? '',
        url: data.datelineUrl ?? here?.url ?? scope.location.href,
        form: data.datelineForm ?? here?.form ?? '',
        ui: data.datelineUi ?? '',
        origin,
    };
}

// Attributes that are addresses, and how what they name is loaded; 'link' as
// links go, 'rel' by the rel of a <link>, 'set' a srcset of pictures.
const addresses = {
    a: { href: 'link' }, area: { href: 'link' }, base: { href: 'link' },
    form: { action: 'link' }, button: { formaction: 'link' },
    input: { src: 'im_', formaction: 'link' }, link: { href: 'rel' },
    img: { src: 'im_', srcset: 'set', lowsrc: 'im_' },
    source: { src: 'im_', srcset: 'set' }, video: { src: 'im_', poster: 'im_' },
    audio: { src: 'im_' }, track: { src: 'im_' }, script: { src: 'js_' },
    iframe: { src: 'if_', srcdoc: 'html' }, frame: { src: 'if_' },
    embed: { src: 'if_' }, object: { data: 'if_' },
    image: { href: 'im_', 'xlink:href': 'im_' },
    use: { href: 'im_', 'xlink:href': 'im_' },
    body: { background: 'im_' }, table: { background: 'im_' },
    td: { background: 'im_' }, th: { background: 'im_' },
};

function install(scope, config) {
    if (scope.__dlL)
        return;
    const { document, Object, Reflect, URL } = scope;
    const real = scope.location;
    const root = config.origin + config.prefix;

    const define = (object, name, descriptor) => {
        try {
            Object.defineProperty(object, name,
                { configurable: true, ...descriptor });
        } catch { /* not ours to change */ }
    };
    const value = (object, name, v) =>
        define(object, name, { value: v, writable: true });

    // ---- addresses ------------------------------------------------------

    // What an address of the archive stands for; others as they are.
    const original = href => {
        const found = read(config.prefix, String(href));

        return found && String(href).startsWith(config.origin) ?
            found.url : String(href);
    };
    const here = () => {
        const url = original(real.href);

        return /^https?:/.test(url) ? url : config.url;
    };
    const base = () => document ?
        original(native.baseURI ? native.baseURI.call(document) :
            document.baseURI) : here();
    const linkForm = config.form === 'if_' ? 'if_' : '';

    // The address in the archive of what the page means by `ref`.
    const archived = (ref, form) => {
        const text = String(ref);
        const known = /^\s*([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text)?.[1]
            ?.toLowerCase();
        let url;

        if (text.trim() === '' || /^\s*#/.test(text) ||
            (text.startsWith(config.prefix) &&
                read(config.prefix, config.origin + text)) ||
            (known && known !== 'http' && known !== 'https'))
            return ref;
        try {
            url = new URL(text, base());
        } catch {
            return ref;
        }
        if (url.href.startsWith(root))
            return ref;
        if (url.origin === config.origin) /* made from the real location */
            url = new URL(url.pathname + url.search + url.hash, here());
        return root + config.asked + form + '/' + url.href;
    };
    const archivedSet = text => String(text).replace(
        /(^|,\s+|,(?=https?:|\/))(\s*)([^\s,][^\s]*[^\s,]|[^\s,])/g,
        (all, comma, space, url) => comma + space + archived(url, 'im_'));
    const rewriteCss = text => String(text)
        .replace(/url\(\s*(["']?)((?:https?:)?\/\/[^"')\s]+)\1\s*\)/gi,
            (all, quote, url) => `url(${quote}${archived(url, 'im_')}${quote})`)
        .replace(/(@import\s+)(["'])((?:https?:)?\/\/[^"']+)\2/gi,
            (all, at, quote, url) =>
                at + quote + archived(url, 'cs_') + quote);
    const formOfLink = (rel, as) => {
        if (/\bstylesheet\b/i.test(rel))
            return 'cs_';
        if (/\bmodulepreload\b/i.test(rel))
            return 'js_';
        if (/\bpre(load|fetch)\b/i.test(rel))
            return { script: 'js_', style: 'cs_', document: 'if_' }[as] ?? 'im_';
        return /icon|manifest|image_src/i.test(rel) ? 'im_' : linkForm;
    };

    // The value of an attribute: mapped if it is an address.
    const mapped = (tag, name, text, attribute) => {
        const kind = addresses[tag]?.[name];

        if (name === 'style')
            return rewriteCss(text);
        switch (kind) {
        case undefined: return text;
        case 'link': return archived(text, linkForm);
        case 'rel': return archived(text,
            formOfLink(attribute('rel') ?? '', attribute('as') ?? ''));
        case 'set': return archivedSet(text);
        case 'html': return rewriteHtml(text);
        default: return archived(text, kind);
        }
    };
    const isAddress = (tag, name) => addresses[tag]?.[name] !== undefined &&
        addresses[tag][name] !== 'set' && addresses[tag][name] !== 'html';
    const decode = text => text.replace(/&amp;/g, '&').replace(/&quot;/g, '"')
        .replace(/&#39;/g, "'");
    const encode = text => text.replace(/&/g, '&amp;').replace(/"/g, '&quot;');

    // Markup in strings, whole or in parts as document.write() gets it.
    const rewriteHtml = text => String(text)
        .replace(/(<style[^>]*>)([^]*?)(<\/style)/gi,
            (all, open, css, close) => open + rewriteCss(css) + close)
        .replace(/<([a-zA-Z][^\s/>]*)((?:[^>"']|"[^"]*"|'[^']*')*)>/g,
            (all, tag, attributes) => {
                const values = {};
                const pattern =
                    /([^\s=/>"']+)(\s*=\s*)("[^"]*"|'[^']*'|[^\s>"']+)/g;

                for (const [, name, , v] of attributes.matchAll(pattern))
                    values[name.toLowerCase()] = v.replace(/^["']|["']$/g, '');
                return `<${tag}${attributes.replace(pattern,
                    (whole, name, equals, quoted) => {
                        const low = name.toLowerCase();

                        if (/^(integrity|nonce|crossorigin|ping)$/.test(low))
                            return '';
                        const before = decode(values[low]);
                        const after = String(mapped(tag.toLowerCase(), low,
                            before, n => values[n]));

                        return after === before ? whole :
                            `${name}${equals}"${encode(after)}"`;
                    })}>`;
            });

    // ---- the page's own address -------------------------------------------

    const go = (how, to) => {
        const target = archived(to, linkForm);

        // One beside the page's own differs in its fragment alone.
        real[how](/^\s*#/.test(String(to)) ?
            real.href.replace(/#.*$/s, '') + String(to).trim() : target);
    };
    const fake = {};
    const part = (name, set) => define(fake, name, {
        enumerable: true,
        get: () => new URL(here())[name],
        set: v => {
            const url = new URL(here());

            if (name === 'hash') {
                real.hash = v;
                return;
            }
            url[name] = v;
            go('assign', url.href);
        },
    });

    for (const name of ['protocol', 'host', 'hostname', 'port', 'pathname',
        'search', 'hash', 'origin'])
        part(name);
    define(fake, 'href', { enumerable: true, get: here,
        set: v => go('assign', v) });
    value(fake, 'assign', v => go('assign', v));
    value(fake, 'replace', v => go('replace', v));
    value(fake, 'reload', () => real.reload());
    value(fake, 'toString', here);
    value(fake, 'valueOf', () => fake);
    value(fake, Symbol.toPrimitive, here);
    define(fake, 'ancestorOrigins', { get: () => real.ancestorOrigins });
    define(fake, Symbol.toStringTag, { value: 'Location' });
    define(real, '__dlFake', { value: fake });

    // See rewrite_js.c: what a script calls location, and what it sets it on.
    const isLocation = x => typeof x === 'object' && x !== null &&
        Object.prototype.toString.call(x) === '[object Location]';

    value(scope, '__dlL', x => {
        if (x === real)
            return fake;
        try {
            return isLocation(x) ? x.__dlFake ?? x : x;
        } catch {
            return x;
        }
    });
    const own = {};
    define(own, 'location', { get: () => fake, set: v => go('assign', v) });
    define(scope, '__dlOwn', { value: own });
    if (document)
        define(document, '__dlOwn', { value: own });
    value(scope, '__dlO', x => {
        try {
            return (typeof x === 'object' && x !== null && x.__dlOwn) || x;
        } catch {
            return x;
        }
    });
    define(scope, '__dlOrigin', { get: () => fake.origin });
    define(scope, 'origin', { get: () => fake.origin });

    // ---- changing what scripts call -----------------------------------------

    const native = {};
    // Call `wrap(original function)` for the function at object[name].
    const wrap = (object, name, make) => {
        const before = object?.[name];

        if (typeof before === 'function')
            value(object, name, make(before));
    };
    // The same for classes: `change` gets the arguments, gives new ones.
    const construct = (name, change) => {
        const before = scope[name];

        if (typeof before !== 'function')
            return;
        value(scope, name, new Proxy(before, {
            construct: (target, args, to) =>
                Reflect.construct(target, change(args), to),
        }));
        value(before.prototype, 'constructor', scope[name]);
    };
    const property = (proto, name, { get, set }) => {
        const before = proto &&
            Object.getOwnPropertyDescriptor(proto, name);

        if (!before?.get)
            return null;
        define(proto, name, {
            enumerable: before.enumerable,
            get: get ? function () {
                return get.call(this, before.get.call(this));
            } : before.get,
            set: before.set && set ? function (v) {
                before.set.call(this, set.call(this, v));
            } : before.set,
        });
        return before.get;
    };
    const proto = name => scope[name]?.prototype;

    // ---- requests ---------------------------------------------------------------

    construct('Request', ([input, init, ...rest]) => [
        typeof input === 'string' || input instanceof URL ?
            archived(input, 'im_') : input,
        init && { ...init, integrity: '', referrer: undefined }, ...rest]);
    wrap(scope, 'fetch', before => function fetch(input, init) {
        const plain = typeof input === 'string' || input instanceof URL ||
            !(input instanceof proto('Request').constructor);

        return before.call(scope, plain ? archived(input, 'im_') : input,
            init && { ...init, integrity: '', referrer: undefined });
    });
    property(proto('Response'), 'url', { get: original });
    wrap(proto('XMLHttpRequest'), 'open', before =>
        function open(method, url, ...rest) {
            return before.call(this, method, archived(url, 'im_'), ...rest);
        });
    property(proto('XMLHttpRequest'), 'responseURL', { get: original });
    construct('EventSource', ([url, ...rest]) =>
        [archived(url, 'im_'), ...rest]);
    construct('Worker', ([url, ...rest]) => [archived(url, 'js_'), ...rest]);
    construct('SharedWorker', ([url, ...rest]) =>
        [archived(url, 'js_'), ...rest]);
    wrap(scope, 'importScripts', before => (...urls) =>
        before.apply(scope, urls.map(url => archived(url, 'js_'))));
    construct('FontFace', ([family, source, ...rest]) =>
        [family, typeof source === 'string' ? rewriteCss(source) : source,
            ...rest]);
    // Sockets were not captured: they close at once.
    if (scope.WebSocket)
        value(scope, 'WebSocket', class WebSocket extends scope.EventTarget {
            static CONNECTING = 0;
            static OPEN = 1;
            static CLOSING = 2;
            static CLOSED = 3;
            readyState = 0;
            bufferedAmount = 0;
            protocol = '';
            extensions = '';
            binaryType = 'blob';
            constructor(url) {
                super();
                this.url = String(url);
                scope.setTimeout(() => {
                    this.readyState = 3;
                    for (const event of [new scope.Event('error'),
                        new scope.CloseEvent('close', { code: 1006 })]) {
                        this[`on${event.type}`]?.(event);
                        this.dispatchEvent(event);
                    }
                }, 0);
            }
            send() {}
            close() {}
        });
    for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection',
        'WebTransport', 'WebSocketStream', 'RTCDataChannel'])
        if (name in scope)
            value(scope, name, undefined);
    wrap(proto('Navigator'), 'sendBeacon', () => () => true);
    for (const name of ['indexedDB'])
        wrap(scope[name] && Object.getPrototypeOf(scope[name]), 'open',
            before => function open(db, ...rest) {
                return before.call(this, `${fake.origin} ${db}`, ...rest);
            });

    // ---- what other windows say ---------------------------------------------

    if (document)
        wrap(scope, 'postMessage', before =>
            function postMessage(message, target, ...rest) {
                const to = typeof target === 'string' && target !== '/' ? '*' :
                    target && typeof target === 'object' && target.targetOrigin ?
                        { ...target, targetOrigin: '*' } : target;

                return before.call(this ?? scope, message, to, ...rest);
            });
    property(proto('MessageEvent'), 'origin', { get(seen) {
        if (seen !== config.origin)
            return seen;
        try {
            return this.source?.__dlOrigin ?? fake.origin;
        } catch {
            return seen;
        }
    } });

    if (!document)
        return;

    // ---- the document -------------------------------------------------------

    for (const name of ['URL', 'documentURI'])
        property(proto('Document'), name, { get: here });
    native.baseURI = property(proto('Node'), 'baseURI', { get: original });
    property(proto('Document'), 'referrer', { get: seen =>
        seen.startsWith(root) ? original(seen) : '' });
    let domain = null;
    define(proto('Document'), 'domain', {
        get: () => domain ?? fake.hostname, set: v => { domain = String(v); } });
    // Cookies of the page's own life: none came with it, none stay.
    const jar = new Map();
    define(proto('Document'), 'cookie', {
        get: () => [...jar].map(([name, v]) => name ? `${name}=${v}` : v)
            .join('; '),
        set: text => {
            const [pair, ...more] = String(text).split(';');
            const at = pair.indexOf('=');
            const name = at < 0 ? '' : pair.slice(0, at).trim();
            const gone = more.some(m => /^\s*max-age\s*=\s*-?0*\s*$/i.test(m) ||
                /^\s*max-age\s*=\s*-/i.test(m) ||
                (/^\s*expires\s*=/i.test(m) &&
                    Date.parse(m.split('=')[1]) < Date.now()));

            if (gone)
                jar.delete(name);
            else
                jar.set(name, pair.slice(at + 1).trim());
        } });
    for (const name of ['pushState', 'replaceState'])
        wrap(proto('History'), name, before =>
            function (state, title, url) {
                return before.call(this, state, title,
                    url === undefined || url === null ? url :
                        /^\s*#/.test(String(url)) ?
                            real.href.replace(/#.*$/s, '') + String(url).trim() :
                            archived(new URL(url, base()).href, config.form));
            });
    wrap(scope, 'open', before => function open(url, ...rest) {
        return enter(before.call(scope, url ? archived(url, '') : url,
            ...rest));
    });
    for (const name of ['write', 'writeln'])
        wrap(proto('Document'), name, before => function (...texts) {
            return before.call(this, rewriteHtml(texts.join('')));
        });
    // Pages of one site do not see what another stored.
    for (const name of ['localStorage', 'sessionStorage']) {
        let store;

        try {
            store = scope[name];
        } catch { /* a sandbox without storage */ }
        if (!store)
            continue;
        const mine = key => `${fake.origin} ${String(key)}`;
        const keys = () => Object.keys(store).filter(k =>
            k.startsWith(mine(''))).map(k => k.slice(mine('').length));
        const methods = {
            getItem: key => store.getItem(mine(key)),
            setItem: (key, v) => store.setItem(mine(key), v),
            removeItem: key => store.removeItem(mine(key)),
            clear: () => keys().forEach(k => store.removeItem(mine(k))),
            key: i => keys()[i] ?? null,
        };
        const proxy = new Proxy(Object.create(proto('Storage')), {
            get: (target, key) => typeof key === 'symbol' ? target[key] :
                key in methods ? methods[key] :
                    key === 'length' ? keys().length :
                        methods.getItem(key) ?? target[key],
            set: (target, key, v) => (methods.setItem(key, v), true),
            has: (target, key) => keys().includes(key) || key in target,
            deleteProperty: (target, key) => (methods.removeItem(key), true),
            ownKeys: () => keys(),
            getOwnPropertyDescriptor: (target, key) =>
                typeof key === 'string' && keys().includes(key) ? {
                    value: methods.getItem(key), writable: true,
                    enumerable: true, configurable: true } : undefined,
        });
        define(scope, name, { get: () => proxy });
    }

    // ---- elements -----------------------------------------------------------

    const tagOf = element => element.localName?.toLowerCase() ?? '';
    const getAttribute = proto('Element').getAttribute;
    const setAttribute = proto('Element').setAttribute;
    const attribute = element => name => getAttribute.call(element, name);
    const idl = { formaction: 'formAction' };

    for (const [name, tags] of Object.entries({
        HTMLAnchorElement: 'a', HTMLAreaElement: 'area',
        HTMLBaseElement: 'base', HTMLFormElement: 'form',
        HTMLButtonElement: 'button', HTMLInputElement: 'input',
        HTMLLinkElement: 'link', HTMLImageElement: 'img',
        HTMLSourceElement: 'source', HTMLVideoElement: 'video',
        HTMLMediaElement: 'audio', HTMLTrackElement: 'track',
        HTMLScriptElement: 'script', HTMLIFrameElement: 'iframe',
        HTMLFrameElement: 'frame', HTMLEmbedElement: 'embed',
        HTMLObjectElement: 'object' }))
        for (const attr of Object.keys(addresses[tags]))
            property(proto(name), idl[attr] ?? attr, {
                get: isAddress(tags, attr) ? original : undefined,
                set(v) {
                    return mapped(tags, attr, v, attribute(this));
                },
            });
    property(proto('HTMLImageElement'), 'currentSrc', { get: original });
    property(proto('HTMLMediaElement'), 'currentSrc', { get: original });
    for (const name of ['HTMLScriptElement', 'HTMLLinkElement'])
        property(proto(name), 'integrity', { set: () => '' });
    // Pages take addresses apart with an <a>.
    for (const name of ['HTMLAnchorElement', 'HTMLAreaElement'])
        for (const what of ['protocol', 'host', 'hostname', 'port', 'pathname',
            'search', 'hash', 'origin'])
            property(proto(name), what, { get(seen) {
                try {
                    return new URL(this.href)[what];
                } catch {
                    return seen;
                }
            } });
    for (const name of ['HTMLAnchorElement', 'HTMLAreaElement'])
        value(proto(name), 'toString', function toString() {
            return this.href;
        });
    value(proto('Element'), 'setAttribute', function (name, v) {
        const low = String(name).toLowerCase();

        if (low === 'integrity' || low === 'nonce')
            return undefined;
        return setAttribute.call(this, name,
            mapped(tagOf(this), low, v, attribute(this)));
    });
    wrap(proto('Element'), 'setAttributeNS', before =>
        function (space, name, v) {
            return before.call(this, space, name, mapped(tagOf(this),
                String(name).toLowerCase(), v, attribute(this)));
        });
    value(proto('Element'), 'getAttribute', function (name) {
        const v = getAttribute.call(this, name);

        if (v === null || !isAddress(tagOf(this), String(name).toLowerCase()))
            return v;
        return original(v.startsWith(config.prefix) ? config.origin + v : v);
    });
    value(scope, 'Audio', function Audio(src) {
        const audio = document.createElement('audio');

        audio.preload = 'auto';
        if (src !== undefined)
            audio.src = src;
        return audio;
    });
    scope.Audio.prototype = proto('HTMLAudioElement');

    // Markup.
    for (const name of ['innerHTML', 'outerHTML'])
        property(proto('Element'), name, { set(v) {
            return tagOf(this) === 'style' ? rewriteCss(v) :
                tagOf(this) === 'script' ? v : rewriteHtml(v);
        } });
    property(proto('ShadowRoot'), 'innerHTML', { set: rewriteHtml });
    for (const [name, at] of [['insertAdjacentHTML', 1], ['setHTMLUnsafe', 0]])
        wrap(proto('Element'), name, before => function (...args) {
            args[at] = rewriteHtml(args[at]);
            return before.apply(this, args);
        });
    wrap(proto('Range'), 'createContextualFragment', before =>
        function (text) {
            return before.call(this, rewriteHtml(text));
        });
    property(proto('Node'), 'textContent', { set(v) {
        return tagOf(this) === 'style' ? rewriteCss(v) : v;
    } });

    // Style.
    for (const name of ['insertRule', 'replace', 'replaceSync'])
        wrap(proto('CSSStyleSheet'), name, before =>
            function (text, ...rest) {
                return before.call(this, rewriteCss(text), ...rest);
            });
    wrap(proto('CSSStyleDeclaration'), 'setProperty', before =>
        function (name, v, ...rest) {
            return before.call(this, name,
                typeof v === 'string' ? rewriteCss(v) : v, ...rest);
        });
    for (const name of ['cssText', 'background', 'backgroundImage', 'cursor',
        'borderImage', 'borderImageSource', 'listStyle', 'listStyleImage',
        'content', 'maskImage', 'filter'])
        for (const where of ['CSSStyleDeclaration', 'CSSStyleProperties'])
            property(proto(where), name, { set: v =>
                typeof v === 'string' ? rewriteCss(v) : v });

    // What came in by another way: cloned from a parsed document, say.
    const isLive = text => /^\s*(https?:)?\/\//i.test(text) &&
        !text.startsWith(config.origin);
    const fix = element => {
        const table = addresses[tagOf(element)];

        for (const name in table) {
            const v = getAttribute.call(element, name);

            if (v !== null && (isLive(v) || (table[name] === 'set' &&
                /(^|[\s,])(https?:)?\/\//.test(v) && !v.includes(root))))
                setAttribute.call(element, name,
                    mapped(tagOf(element), name, v, attribute(element)));
        }
        const style = getAttribute.call(element, 'style');

        /* Rules for fetching pages ahead obey no policy. */
        if (tagOf(element) === 'script' && /^\s*speculationrules\s*$/i.test(
            getAttribute.call(element, 'type') ?? ''))
            setAttribute.call(element, 'type', 'text/plain');
        if (style && /url\(\s*["']?(https?:)?\/\//i.test(style)) {
            const after = rewriteCss(style);

            if (after !== style)
                setAttribute.call(element, 'style', after);
        }
    };
    const fixAll = node => {
        if (node.nodeType === 3 && node.parentNode &&
            tagOf(node.parentNode) === 'style' && /\/\//.test(node.data)) {
            const after = rewriteCss(node.data);

            if (after !== node.data)
                node.data = after;
        }
        if (node.nodeType === 1)
            fix(node);
        if (node.nodeType === 1 || node.nodeType === 11)
            for (const child of node.querySelectorAll(
                '[src],[href],[srcset],[poster],[data],[action],' +
                '[style*="//"],script[type]'))
                fix(child);
    };
    for (const name of ['appendChild', 'insertBefore', 'replaceChild'])
        wrap(proto('Node'), name, before => function (node, ...rest) {
            if (node?.nodeType === 3 && tagOf(this) === 'style')
                node.data = rewriteCss(node.data);
            else if (node?.nodeType)
                fixAll(node);
            return before.call(this, node, ...rest);
        });
    for (const where of ['Element', 'Document', 'DocumentFragment'])
        for (const name of ['append', 'prepend', 'replaceChildren', 'before',
            'after', 'replaceWith'])
            wrap(proto(where), name, before => function (...nodes) {
                for (const node of nodes)
                    if (node?.nodeType)
                        fixAll(node);
                return before.apply(this, nodes);
            });
    const observer = new scope.MutationObserver(changes => {
        for (const change of changes) {
            if (change.type === 'attributes')
                fix(change.target);
            for (const node of change.addedNodes)
                fixAll(node);
        }
    });
    observer.observe(document, { subtree: true, childList: true,
        attributes: true, attributeFilter: ['src', 'href', 'srcset', 'style',
            'poster', 'data', 'action'] });

    // Frames and windows without an address of their own.
    const enter = frame => {
        try {
            if (frame && !frame.__dlL &&
                /^(about:|$)/.test(frame.location.href))
                install(frame, { ...config, form: 'if_' });
        } catch { /* of another origin: no page of the archive */ }
        return frame;
    };
    for (const name of ['HTMLIFrameElement', 'HTMLFrameElement']) {
        property(proto(name), 'contentWindow', { get: enter });
        property(proto(name), 'contentDocument', { get: seen => {
            enter(seen?.defaultView);
            return seen;
        } });
    }

    // ---- leaving the page -----------------------------------------------------

    // A click on what no setter saw.
    for (const click of ['click', 'auxclick'])
        document.addEventListener(click, event => {
            for (const node of event.composedPath())
                if (node.nodeType === 1 && /^(a|area)$/.test(tagOf(node)))
                    fix(node);
        }, true);
    document.addEventListener('submit', event => fix(event.target), true);
    // The last guard: `location = ...` cannot be seen in any other way.
    scope.navigation?.addEventListener('navigate', event => {
        const to = event.destination.url;

        if (!/^https?:/.test(to) || to.startsWith(root) ||
            (config.ui && to.startsWith(`${config.ui}/`)) || !event.cancelable)
            return;
        event.preventDefault();
        scope.setTimeout(() => real.assign(archived(to, linkForm)), 0);
    });

    // Service workers of the page would outlive it, and answer for others.
    const workers = scope.navigator.serviceWorker;

    if (workers && scope.isSecureContext && scope === scope.top)
        workers.register(`${root}-/sw.js`, { scope: config.prefix })
            .catch(() => {});
    if (workers)
        value(proto('ServiceWorkerContainer'), 'register', () =>
            Promise.reject(new scope.DOMException(
                'service workers are not replayed', 'SecurityError')));
}

// ---- the banner ------------------------------------------------------------

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July',
    'August', 'September', 'October', 'November', 'December'];

function parse(digits) {
    const [, y, m, d, H, M, S] =
        /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits) ?? [];

    return y && { ms: Date.UTC(y, m - 1, d, H, M, S),
        day: `${Number(d)} ${months[m - 1]} ${y}`, clock: `${H}:${M}:${S}` };
}

function banner(config) {
    const page = parse(config.captured);
    const seen = new Set();
    let other = 0, missing = 0, first = null, last = null;

    if (!page || !document.body)
        return;
    const host = document.createElement('div');
    const shadow = host.attachShadow({ mode: 'closed' });
    const element = (name, parent, text) => {
        const e = document.createElement(name);

        if (text)
            e.append(text);
        parent.append(e);
        return e;
    };

    host.setAttribute('style', 'all:initial!important;display:block!important');
    element('style', shadow, `
        section { position: fixed; inset: auto 0 0 0; z-index: 2147483647;
            display: flex; flex-wrap: wrap; gap: .2rem 1rem;
            align-items: baseline; padding: .5rem 1rem; font: 15px/1.4
            system-ui, sans-serif; color: #f4f1e8; background: #24221e;
            border-top: 3px solid #c8553d; }
        b { font-weight: 600; }
        .url { flex: 1 1 5rem; min-width: 0; overflow: hidden;
            white-space: nowrap; text-overflow: ellipsis; color: #c9c4b6; }
        .warn { color: #ffcf70; }
        a { color: #ffb8a6; }
        button { font: inherit; color: inherit; background: none; border: 1px
            solid #8a8577; border-radius: 4px; padding: 0 .6rem;
            cursor: pointer; }
        :focus-visible { outline: 3px solid #7fb2ff; outline-offset: 2px; }
        @media print { section { position: static; } button { display: none; } }
        @media (max-width: 40rem) { .url { display: none; } }`);
    const bar = element('section', shadow);

    bar.setAttribute('role', 'region');
    bar.setAttribute('aria-label', 'About this capture');
    const when = element('span', bar, 'Archived page, captured ');

    element('b', when, `${page.day}, ${page.clock} UTC`);
    element('span', bar, config.url).className = 'url';
    const warning = element('span', bar);

    warning.className = 'warn';
    warning.setAttribute('role', 'status');
    if (config.ui) {
        const link = element('a', bar, 'All captures');

        plainSet.call(link, 'href',
            `${config.ui}/?q=${encodeURIComponent(config.url)}`);
        link.rel = 'noopener';
    }
    const close = element('button', bar, 'Hide');

    close.type = 'button';
    close.setAttribute('aria-label', 'Hide the archive bar');
    close.onclick = () => host.remove();

    const tell = () => {
        const parts = [];

        if (other > 0)
            parts.push(`${other} ${other === 1 ? 'part is' : 'parts are'} from ${
                first.day === last.day ? first.day :
                    `${first.day} to ${last.day}`}`);
        if (missing > 0)
            parts.push(`${missing} ${missing === 1 ? 'part was' :
                'parts were'} not captured`);
        warning.textContent = parts.join('; ');
    };
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) {
            const stamp = entry.serverTiming?.find(t => t.name === 'captured');
            const part = stamp && parse(stamp.description);

            if (seen.has(entry.name))
                continue;
            seen.add(entry.name);
            missing += entry.responseStatus === 404;
            if (!part || Math.abs(part.ms - page.ms) < 86400000)
                continue;
            other++;
            first = !first || part.ms < first.ms ? part : first;
            last = !last || part.ms > last.ms ? part : last;
        }
        tell();
    }).observe({ type: 'resource', buffered: true });
    document.documentElement.append(host);
}

const config = configure(self);

script?.remove();
if (config.form === '' && script && self === self.top) {
    // Before the page's own scripts change what these do.
    if (document.readyState === 'loading')
        document.addEventListener('DOMContentLoaded', () => banner(config));
    else
        banner(config);
}
try {
    install(self, config);
} finally { /* scripts of the page call these whatever happens */
    self.__dlL ??= x => x;
    self.__dlO ??= x => x;
}
})();
