// SPDX-License-Identifier: Apache-2.0
//
// A page that does most of it in scripts: what they fetch, where they think
// they are, where they go.  All of it must stay in the archive.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { session, check, done, until } from './lib.mjs';
import { writeArchive } from './archive.mjs';

const time = '20240501120000';
const site = 'https://app.example', cdn = 'https://cdn.example';
const html = 'text/html', js = 'text/javascript', css = 'text/css';
const date = '2024-05-01T12:00:00Z';
const at = (url, type, body, more = {}) => ({ url, date, type, body, ...more });
const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlE' +
    'QVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');

const page = `<!DOCTYPE html><html><head>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<link rel=preconnect href=${cdn}><link rel=stylesheet href=/s/main.css
integrity=sha256-nonsense crossorigin>
<script type=importmap>{"imports":{"lib":"${cdn}/lib.mjs"}}</script>
<script src=/s/app.js></script></head><body>
<h1 class=styled>Heading</h1>
<img id=set srcset="${cdn}/set1.png 1x, ${cdn}/set2.png 2x">
<div id=inline style="width:9px;height:9px;background:url('/bg.png')"></div>
<iframe id=frame src=//frames.example/in.html></iframe>
<iframe id=doc srcdoc="<img src=/doc.png><script>parent.docHere =
location.hostname</script>"></iframe>
<a id=link href=/next>next</a>
<form id=form action=/search><input name=q value=x></form>
<script type=module>import {v} from 'lib'; import w from '/s/mod.mjs';
window.mod = v + w;</script>
</body></html>`;

const app = `
window.results = {};
var where = { href: location.href, host: window.location.hostname,
    path: document.location.pathname, url: document.URL, base: document.baseURI,
    origin: self.origin, referrer: document.referrer,
    string: '' + location, resolved: new URL('x', location).href };
function put(name, promise) {
    results[name] = 'waiting';
    promise.then(v => { results[name] = v; }, e => {
        results[name] = 'failed: ' + e; });
}
put('fetch', fetch('/api/data.json?a=1').then(r => r.json().then(j =>
    j.v + ' ' + r.url)));
put('cross', fetch(new URL('${cdn}/other.json')).then(r => r.json())
    .then(j => j.v));
put('request', fetch(new Request('api/req.json')).then(r => r.text()));
put('html', fetch('/part.html').then(r => r.text()));
put('missing', fetch('/nothing.json').then(r => r.status));
put('live', fetch('https://live.example/secret').then(r => r.status));
put('xhr', new Promise((ok, no) => { var x = new XMLHttpRequest();
    x.open('GET', '${cdn}/xhr.txt'); x.onerror = no;
    x.onload = () => ok(x.responseText + ' ' + x.responseURL); x.send(); }));
put('script', new Promise((ok, no) => { var s =
    document.createElement('script'); s.src = '${cdn}/dyn.js';
    s.integrity = 'sha256-nonsense'; s.onload = () => ok(window.dyn + ' ' +
    s.src); s.onerror = no; document.head.appendChild(s); }));
put('image', new Promise((ok, no) => { var i = new Image();
    i.onload = () => ok(i.src); i.onerror = no; i.src = '//cdn.example/i.png'; }));
put('worker', new Promise((ok, no) => { var w = new Worker('/s/worker.js');
    w.onmessage = e => ok(e.data); w.onerror = e => no(e.message); }));
put('socket', new Promise(ok => { var w = new WebSocket('wss://live.example/s');
    w.onclose = () => ok('closed'); }));
put('beacon', Promise.resolve(navigator.sendBeacon('https://live.example/b')));
put('dynamic', import('/s/mod.mjs').then(m => m.default));
addEventListener('DOMContentLoaded', () => {
    document.body.innerHTML += '';
    document.body.insertAdjacentHTML('beforeend',
        '<img id=markup src="${cdn}/m.png"><p id=p style="background:url(' +
        '${cdn}/p.png)">x</p>');
    var parsed = new DOMParser().parseFromString(
        '<img id=parsed src="${cdn}/parsed.png">', 'text/html');
    document.body.appendChild(document.importNode(
        parsed.getElementById('parsed'), true));
    document.getElementById('inline').style.backgroundImage =
        'url(${cdn}/style.png)';
    var st = document.createElement('style');
    st.textContent = '.late{background:url(${cdn}/late.png)}';
    document.head.append(st);
    document.querySelector('h1').classList.add('late');
    var blank = document.createElement('iframe');
    document.body.append(blank);
    put('blank', blank.contentWindow.fetch('/api/data.json').then(r =>
        r.json()).then(j => j.v));
    blank.contentDocument.body.innerHTML = '<img src="${cdn}/blank.png">';
    // Every other way out there is.
    new Image().src = 'https://live.example/leak.png';
    var l = document.createElement('link'); l.rel = 'dns-prefetch';
    l.href = 'https://live.example'; document.head.append(l);
    localStorage.setItem('k', 'v');
    document.cookie = 'a=b; path=/';
    where.storage = localStorage.k + Object.keys(localStorage).join();
    where.cookie = document.cookie;
    var a = document.createElement('a'); a.href = '/p/q?r#s';
    where.anchor = [a.host, a.pathname, a.search, a.hash, a.href].join(' ');
    where.attribute = document.getElementById('link').getAttribute('href');
});`;

const archive = join(mkdtempSync(join(tmpdir(), 'dateline-warc-')), 'app.warc');

writeArchive(archive, [
    at(`${site}/`, html, page, { headers: { 'Set-Cookie': 'live=1',
        'Content-Security-Policy': "default-src 'none'",
        'Strict-Transport-Security': 'max-age=1',
        'X-Frame-Options': 'DENY' } }),
    at(`${site}/s/main.css`, css, '@import "/s/more.css"; .styled{color:' +
        'rgb(1, 2, 3);background:url(../bg.png)}'),
    at(`${site}/s/more.css`, css, 'h1{letter-spacing:3px}'),
    at(`${site}/s/app.js`, js, app),
    at(`${site}/s/mod.mjs`, js, 'export default "mod";'),
    at(`${cdn}/lib.mjs`, js, 'export const v = "lib+";'),
    at(`${site}/s/worker.js`, js, `importScripts('${cdn}/dyn.js');
        fetch('/api/data.json').then(r => r.json()).then(j => postMessage(
        j.v + dyn + location.hostname));`),
    at(`${site}/api/data.json?a=1`, 'application/json', '{"v":1}'),
    at(`${site}/api/data.json`, 'application/json', '{"v":2}'),
    at(`${site}/api/req.json`, 'application/json', 'req'),
    at(`${site}/part.html`, html, '<b>part</b>'),
    at(`${cdn}/other.json`, 'application/json', '{"v":3}',
        { date: '2024-05-20T12:00:00Z' }),
    at(`${cdn}/xhr.txt`, 'text/plain', 'xhr'),
    at(`${cdn}/dyn.js`, js, 'self.dyn = "dyn";'),
    ...['set1', 'set2', 'i', 'm', 'p', 'parsed', 'style', 'late', 'blank'].map(
        name => at(`${cdn}/${name}.png`, 'image/png', pixel)),
    at(`${site}/bg.png`, 'image/png', pixel),
    at(`${site}/doc.png`, 'image/png', pixel),
    at('https://frames.example/in.html', html, `<p>framed</p><script>
        parent.frameHere = location.href; top.postMessage('hello',
        '${site}');</script>`),
    at(`${site}/next`, html, '<title>next</title>next'),
    at(`${site}/search?q=x`, html, '<title>found</title>found'),
    at(`${site}/routed/7`, html, '<title>routed</title>routed'),
    at(`${site}/old`, html, '', { status: 301,
        headers: { Location: '/next' } }),
    at('http://app.example/self', html, '', { status: 301,
        headers: { Location: `${site}/self` } }),
    at(`${site}/self`, html, '<title>self</title>', { date: '2024-05-01T12:00:01Z' }),
    at(`${cdn}/page.html`, html, '<title>elsewhere</title>'),
]);

const s = await session({ archives: [archive] });
const home = `${s.replay}/web/${time}/${site}/`;
const p = await s.open(home);
const finished = await until(() => p.evaluate(() => window.results?.blank &&
    Object.values(results).every(r => r !== 'waiting') && window.mod), 15);
const { results, where, mod } = await p.evaluate(() =>
    ({ results, where, mod: window.mod }));

check(finished, 'everything ends', results);
const is = (what, wanted, found) =>
    check(found === wanted, what, { found, wanted });

is('fetch', `1 ${site}/api/data.json?a=1`, results.fetch);
is('fetch from another host', 3, results.cross);
is('a Request', 'req', results.request);
is('fetched markup is as captured', '<b>part</b>', results.html);
is('what is missing', 404, results.missing);
is('what is live is missing', 404, results.live);
is('XMLHttpRequest', `xhr ${cdn}/xhr.txt`, results.xhr);
is('a script made by a script', `dyn ${cdn}/dyn.js`, results.script);
is('an image made by a script', `${cdn}/i.png`.replace('https:', 'https:'),
    results.image);
is('a worker', '2dynapp.example', results.worker);
is('a socket', 'closed', results.socket);
is('a beacon', true, results.beacon);
is('import()', 'mod', results.dynamic);
is('a frame without address', 2, results.blank);
is('modules and import maps', 'lib+mod', mod);
is('location.href', `${site}/`, where.href);
is('location.hostname', 'app.example', where.host);
is('location.pathname', '/', where.path);
is('document.URL', `${site}/`, where.url);
is('document.baseURI', `${site}/`, where.base);
is('origin', site, where.origin);
is('location as a string', `${site}/`, where.string);
is('location as a base', `${site}/x`, where.resolved);
is('storage', 'vk', where.storage);
is('cookies', 'a=b', where.cookie);
is('addresses taken apart', `app.example /p/q ?r #s ${site}/p/q?r#s`,
    where.anchor);
is('an attribute read', `${site}/next`, where.attribute);

const shown = await p.evaluate(() => ({
    colour: getComputedStyle(document.querySelector('h1')).color,
    spacing: getComputedStyle(document.querySelector('h1')).letterSpacing,
    broken: [...document.images].filter(i => i.complete && !i.naturalWidth &&
        !i.src.includes('live.example')).map(i => i.src),
    frame: window.frameHere, doc: window.docHere,
    framed: document.getElementById('frame').contentDocument.body.innerText,
    bars: document.getElementById('frame').contentDocument
        .documentElement.lastElementChild.localName,
    bar: document.documentElement.lastElementChild.localName,
}));

is('styles', 'rgb(1, 2, 3)', shown.colour);
is('imported styles', '3px', shown.spacing);
is('no broken pictures', '', shown.broken.join());
is('where a frame thinks it is', 'https://frames.example/in.html', shown.frame);
is('where a srcdoc thinks it is', 'app.example', shown.doc);
is('the frame', 'framed', shown.framed.trim());
is('a bar on the page', 'div', shown.bar);
is('no bar in a frame', 'body', shown.bars);
await s.shot(p, 'scripts');

// ---- going places
const goes = async (what, wanted, act) => {
    const from = await s.open(home);

    await Promise.all([from.waitForURL(u => u.href !== home && u.href !==
        'about:blank', { timeout: 8000, waitUntil: 'load' }).catch(() => {}),
    act(from)]);
    await until(() => from.url().endsWith(wanted), 3);
    is(what, `${s.replay}/web/${time}/${wanted}`, from.url());
    await from.close();
};

await goes('a link', `${site}/next`, x => x.click('#link'));
await goes('a form', `${site}/search?q=x`, x =>
    x.evaluate(() => document.getElementById('form').submit()));
await goes('location = relative', `${site}/next`, x =>
    x.evaluate(() => { location = '/next'; }));
await goes('location = another host', `${cdn}/page.html`, x =>
    x.evaluate(u => { location.href = u; }, `${cdn}/page.html`));
await goes('location.replace', `${cdn}/page.html`, x =>
    x.evaluate(u => { location.replace(u); }, `${cdn}/page.html`));
await goes('pushState', `${site}/routed/7`, x =>
    x.evaluate(() => history.pushState({}, '', '/routed/7')));
await goes('a live link made late', `${cdn}/page.html`, x => x.evaluate(u => {
    const a = document.createElementNS('http://www.w3.org/1999/xhtml', 'a');

    a.attributes.setNamedItem(Object.assign(document.createAttribute('href'),
        { value: u }));
    document.body.append(a);
    a.click();
}, `${cdn}/page.html`));

// Redirects, also to the same key; a reload; an address cut short.
const next = await s.open(`${s.replay}/web/${time}/${site}/old`);
is('a redirect', `${s.replay}/web/${time}/${site}/next`, next.url());
const self = await s.open(`${s.replay}/web/${time}/http://app.example/self`);
is('a redirect to itself', 'self', await self.title());
await p.evaluate(() => history.pushState({}, '', '/routed/7'));
await p.reload();
is('a reload of a pushed address', 'routed', await p.title());

const opened = s.context.waitForEvent('page');
await p.evaluate(u => { window.open(u); }, `${cdn}/page.html`);
const popup = await opened;
await popup.waitForLoadState();
is('window.open', 'elsewhere', await popup.title());
const opened2 = s.context.waitForEvent('page');
await p.evaluate(u => { const w = window.open('');
    __dlO(w).location = u; }, `${cdn}/page.html`);
const popup2 = await opened2;
is('an empty window sent on', true, await until(() =>
    popup2.url().endsWith(`${cdn}/page.html`), 5));

// What was never captured says so.
const none = await s.context.newPage();
const answer = await none.goto(`${s.replay}/web/${time}/${site}/never`);
is('a page that is missing', 404, answer.status());
check((await none.textContent('body')).includes(`${site}/never`),
    'it says what is missing');
await s.shot(none, 'missing');

check(!s.requests.some(u => u.startsWith(`${s.replay}/`) &&
    !u.startsWith(`${s.replay}/web/`)), 'no request strays',
s.requests.filter(u => u.startsWith(`${s.replay}/`) &&
    !u.startsWith(`${s.replay}/web/`)));
check(s.errors.length === 0, 'no page throws', s.errors);
await done(s);
