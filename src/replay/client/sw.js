// SPDX-License-Identifier: Apache-2.0
//
// Requests of replayed pages that left the archive's paths, as "/logo.png" of
// a script or a worker that built the address itself: led to where they belong
// by the page that made them.  Its scope is the archive, nothing else.
'use strict';

const root = self.registration.scope;
const forms = { script: 'js_', worker: 'js_', sharedworker: 'js_',
    style: 'cs_', iframe: 'if_', frame: 'if_', embed: 'if_', object: 'if_' };

function read(href) {
    const found = href?.startsWith(root) &&
        /^(\d{1,14})([a-z]{2}_)?\/(.*)$/s.exec(href.slice(root.length));

    return found ? { time: found[1], url: found[3] } : null;
}

async function lead(event) {
    const { request } = event;
    const client = await self.clients.get(event.clientId);
    const page = read(request.referrer) ?? read(client?.url);
    const url = new URL(request.url);
    let to = null;

    if (page)
        try {
            to = url.origin === self.location.origin ?
                new URL(url.pathname + url.search, page.url) : url;
        } catch { /* no page to belong to */ }
    if (!to)
        return new Response('not in the archive\n', { status: 404 });
    return Response.redirect(
        `${root}${page.time}${forms[request.destination] ?? 'im_'}/${to.href}`,
        307);
}

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', event =>
    event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', event => {
    if (event.request.url.startsWith(root) ||
        event.request.mode === 'navigate' ||
        !/^https?:/.test(event.request.url))
        return;
    event.respondWith(lead(event));
});
