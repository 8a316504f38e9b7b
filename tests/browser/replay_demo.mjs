// SPDX-License-Identifier: Apache-2.0
//
// The demo crawl, replayed with its styles and pictures.
import { session, check, done } from './lib.mjs';

const s = await session();
const answer = await fetch(`${s.ui}/api/v1/lookup?url=example&matchType=domain` +
    '&limit=5000').then(r => r.json());
const rows = answer.captures.filter(c => /html/.test(c.mime ?? '') &&
    String(c.status) === '200');
// The latest of each site.
const pages = new Map(rows.map(row => [new URL(row.url).hostname, row]));
let pictures = 0, sheets = 0;

check(rows.length > 20, 'the demo has pages', rows.length);
for (const { url, timestamp } of [...pages.values()].slice(0, 8)) {
    const page = await s.open(`${s.replay}/web/${timestamp}/${url}`);
    const found = await page.evaluate(() => ({
        pictures: [...document.images].filter(i => i.complete &&
            i.naturalWidth > 0).length,
        sheets: [...document.styleSheets].filter(x => x.href).length,
        outside: [...document.querySelectorAll('a[href],img[src]')]
            .map(e => e.attributes.href ?? e.attributes.src)
            .filter(a => /^https?:/.test(a.value) &&
                !a.value.startsWith(location.origin)).map(a => a.value),
        text: document.body.innerText.length,
    }));

    pictures += found.pictures;
    sheets += found.sheets;
    check(found.text > 0, 'text is shown', url);
    check(found.outside.length === 0, 'addresses stay', url, found.outside);
    await s.shot(page, `demo-${new URL(url).hostname}-${timestamp}`);
    await page.close();
}
check(pictures > 0 && sheets > 2, 'pictures and style sheets are there',
    pictures, sheets);
await done(s);
