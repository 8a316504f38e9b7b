// SPDX-License-Identifier: Apache-2.0
//
// For everyone: axe-core finds nothing serious in any view, light and dark;
// narrow screens need no sideways scrolling; all of it is small.
import { readFileSync } from 'node:fs';
import { packages, session, check, done, until } from './lib.mjs';

const axe = readFileSync(packages.resolve('axe-core/axe.min.js'), 'utf8');
const courier = 'https://www.merrow-courier.example/city/halden-bridge-shut';
const sentence = 'Engineers from the regional roads authority discovered the ' +
    'fault at about 3 a.m. during a routine ultrasonic survey and ordered ' +
    'the closure within the hour';
const q = params => `?${new URLSearchParams(params)}`;
const views = {
    home: '#/',
    trace: '#/trace' + q({ q: sentence }),
    story: '#/trace' + q({ q: 'http://www.old-lantern.example/news/030625c.html' }),
    nothing: '#/trace' + q({ q: 'zyzzyva quokka umbrage on the moon' }),
    page: '#/page' + q({ url: courier, at: '20250304182000', q: sentence }),
    url: '#/url' + q({ url: courier }),
    versions: '#/versions' + q({ url: courier, a: 2, b: 3 }),
    browse: '#/browse',
    day: '#/browse' + q({ site: 'merrow-courier.example', day: '2025-03-04',
        kind: 'all' }),
    stats: '#/stats',
    nowhere: '#/nowhere',
};

// Where axe looks: at all in both colours, when narrow at what is laid out
// otherwise.
const few = ['trace', 'page', 'day'];
const looked = (name, scheme, width) => width === 1280 ||
    (width === 360 && few.includes(name));
const s = await session();

async function settled(page) {
    await page.waitForSelector('main h1');
    await until(async () => await page.isHidden('#busy'));
}

for (const [scheme, width, height] of [['light', 1280, 900],
    ['dark', 1280, 900], ['light', 360, 740], ['light', 1920, 1080]]) {
    const context = await s.browser.newContext({ colorScheme: scheme,
        viewport: { width, height } });

    for (const [name, hash] of Object.entries(views)) {
        if (width === 1920 && !few.includes(name))
            continue;
        const page = await context.newPage();
        const where = `${name}, ${scheme}, ${width} px`;

        page.on('request', r => {
            if (!r.url().startsWith(s.ui) && !r.url().startsWith(s.replay))
                s.leaks.push(r.url());
        });
        await page.goto(`${s.ui}/${hash}`);
        await settled(page);
        for (const more of await page.locator('main details > summary').all())
            await more.click();
        await s.shot(page, `ui_${name}_${scheme}_${width}`,
            { fullPage: true });
        const wide = await page.evaluate(() =>
            document.documentElement.scrollWidth - window.innerWidth);

        check(wide <= 0, `${where}: no sideways scrolling`, wide);
        if (looked(name, scheme, width)) {
            await page.evaluate(axe);
            const found = await page.evaluate(() => window.axe.run(document,
                { iframes: false, resultTypes: ['violations'] }));
            const bad = found.violations.filter(v =>
                v.impact === 'serious' || v.impact === 'critical');

            check(bad.length === 0, `${where}: axe`, JSON.stringify(bad.map(
                v => [v.id, v.nodes.slice(0, 3).map(n => n.html)])));
            check(found.passes.length > 10, `${where}: axe looked`,
                found.passes.length);
        }
        await page.close();
    }
    await context.close();
}

// ---- the size of it all, and where it comes from
const page = await s.open(s.ui + '/');
await settled(page);
const files = await page.evaluate(async () => {
    const names = new Set(performance.getEntriesByType('resource')
        .map(e => e.name).filter(n => /\/ui\//.test(n)));
    let bytes = (await (await fetch('/')).text()).length;

    for (const name of names)
        bytes += (await (await fetch(name)).arrayBuffer()).byteLength;
    return [names.size, bytes];
});
check(files[0] >= 15 && files[1] < 150 * 1024, 'under 150 KB in all', files);
check(s.errors.length === 0, 'no script fails', s.errors);
await done(s);
