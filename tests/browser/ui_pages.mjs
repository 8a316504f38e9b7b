// SPDX-License-Identifier: Apache-2.0
//
// The article beside its replay, versions, days, sites, figures; what can be
// taken along.
import { readFileSync } from 'node:fs';
import { session, check, done, until } from './lib.mjs';

const s = await session();
const courier = 'https://www.merrow-courier.example/city/halden-bridge-shut';
const at = (name, params) => `${s.ui}/#/${name}?${new URLSearchParams(params)}`;
const page = await s.open(at('page', { url: courier, at: '20250304182000' }));
const text = selector => page.textContent(selector ?? 'main');
const count = selector => page.locator(selector).count();

async function go(name, params, wait) {
    await page.goto(at(name, params));
    await page.waitForSelector(wait);
    await until(async () => await page.isHidden('#busy'));
}

// ---- the article
await page.waitForSelector('.article');
check(await text('h1') === 'Halden Bridge may stay shut until autumn, ' +
    'engineers warn', 'its headline', await text('h1'));
check(/4 March 2025, 18:20:00 UTC/.test(await text('.article')) &&
    /Tobias Wren/.test(await text('.article')) &&
    /structured data, JSON-LD/.test(await text('.article')) &&
    /news-2\.warc at byte 10025/.test(await text('.article')),
    'who, when, and where the record is', await text('.article .pairs'));
check((await text('.text')).includes('The crack is almost three metres') &&
    !(await text('.text')).includes('newsletter'), 'the text and no more');
const frame = page.frameLocator('.replay iframe');
await page.locator('.replay iframe').scrollIntoViewIfNeeded();
check((await frame.locator('h1').textContent())
    .includes('Halden Bridge may stay shut'), 'the page as captured beside it');
check((await page.getAttribute('.replay iframe', 'src'))
    .startsWith(`${s.replay}/web/20250304182000if_/`) && s.replay !== s.ui,
    'from another origin');
check(await page.getAttribute('.replay iframe', 'sandbox') !== null,
    'in a sandbox');
await page.locator('.article summary').click();
check(await count('.article details tbody tr') > 10, 'every claim of the page',
    await count('.article details tbody tr'));
await s.shot(page, 'ui_page', { fullPage: true });

await page.getByRole('link', { name: /Capture before/ }).click();
await until(async () => (await text('h1')).includes('shut for weeks'));
check((await text('h1')).includes('shut for weeks'), 'the capture before',
    await text('h1'));
check(await page.getByRole('link', { name: /Capture before/ }).count() === 0,
    'which is the first');

// ---- what can be taken along
async function taken(name) {
    const [file] = await Promise.all([page.waitForEvent('download'),
        page.getByRole('link', { name }).click()]);

    return readFileSync(await file.path());
}
const evidence = JSON.parse(await taken('Evidence, JSON'));
check(evidence.url === courier && evidence.records.length >= 2,
    'the evidence as JSON', Object.keys(evidence));
check((await taken('Evidence, text')).toString().includes(courier),
    'as text');
check((await taken('Records, WACZ')).subarray(0, 2).toString() === 'PK',
    'the records as WACZ');
await s.context.grantPermissions(['clipboard-read', 'clipboard-write'],
    { origin: s.ui });
await page.getByRole('button', { name: 'Copy citation' }).click();
await page.getByRole('button', { name: 'Copied' }).waitFor();
check(/captured 4 March 2025, 10:00:05 UTC.*news-1\.warc\.gz at byte 7261/
    .test(await page.evaluate(() => navigator.clipboard.readText())),
    'a citation to paste');

// ---- a passage outside the article
const boat = 'http://www.old-lantern.example/news/030625c.html';
await go('page', { url: 'https://news.onefeed.test/story/7f3a91c2',
    at: '20250306200100', q: boat }, '.article');
check(/beside the article/.test(await text('.note')) &&
    await count('.text mark') >= 1 &&
    /^Two brothers cutting peat/.test(await text('mark')) &&
    !/bridge/i.test(await text('mark')),
    'what a page carries is marked where it stands', await text('.note'),
    await page.locator('mark').allTextContents());

await go('page', { url: (await (await fetch(`${s.ui}/api/v1/lookup?url=` +
    'glasnik.example&matchType=domain')).json()).captures[0].url }, '.text p');
check(await page.getAttribute('.text', 'lang') === 'sr' &&
    await page.getAttribute('.text p', 'dir') === 'auto',
    'the text says its language', await page.getAttribute('.text', 'lang'));

// ---- what is no article, what is not there
await go('page', { url: 'https://www.merrow-courier.example/robots.txt' },
    '.replay');
check((await text('.empty')).includes('No article here'),
    'a capture without an article', await text());
await go('page', { url: 'https://nowhere.example/' }, '.empty');
check(await text('h1') === 'Not captured', 'no capture', await text('h1'));

// ---- versions
await go('versions', { url: courier }, '.diff');
check(/3 texts seen/.test(await text()) && /1 silent edit/.test(await text()),
    'how many texts, and which were silent', await text('.lead'));
check(await count('.version') === 3 &&
    await page.locator('.version .flag.bad').allTextContents()
        .then(t => t.join()) === 'silent edit', 'the silent one is flagged',
    await page.locator('.flag').allTextContents());
check((await text('.headline del')).includes('for weeks as crack') &&
    (await text('.headline ins')).includes('may stay'),
    'its headline, word by word', await text('.headline'));
await page.selectOption('#va', '2');
await page.selectOption('#vb', '3');
await page.waitForFunction(() => document.querySelector('.diff del')
    ?.textContent.includes('three'));
check((await text('.diff del')).includes('three') &&
    (await page.locator('.diff ins').allTextContents()).some(t =>
        t.includes('An earlier version of this article')),
    'the text, word by word', await text('.diff'));
check(page.url().includes('a=2') && page.url().includes('b=3'),
    'kept in the address', page.url());
const folds = await count('.fold');
await page.locator('.fold').first().click();
check(folds === 2 && await count('.fold') === 1, 'what is alike unfolds',
    folds);
await page.check('#whole');
await until(async () => await count('.fold') === 0);
check((await text('.diff')).includes('Tollgate bus stop') &&
    await count('.fold') === 0, 'or is shown at once');
await s.shot(page, 'ui_versions', { fullPage: true });
await go('versions', { url: 'http://www.old-lantern.example/news/030625c.html' },
    '.version');
check(/no change was seen/.test(await text()), 'one text only');

// ---- sites and days
await go('browse', {}, '.calendar');
check(await count('.sites li') === 9 && await count('td.has') === 7,
    'nine sites, seven days', await count('.sites li'),
    await count('td.has'));
await page.fill('#find', 'lan');
check(await count('.sites li') === 1, 'sites by a part of their name',
    await count('.sites li'));
await page.click('.sites a');
await until(async () => await text('h1') === 'old-lantern.example');
await page.locator('.month td.has a').first().click();
await page.waitForSelector('#day');
check(await text('#day') === '3 March 2025' &&
    await page.getAttribute('.month a[aria-current]', 'aria-current') ===
    'date', 'a day of a site', await text('#day'));
check(await count('.mainpart .scroll tbody tr') === 1, 'what it has');
await page.getByRole('link', { name: /Day after/ }).click();
await until(async () => await text('#day') === '4 March 2025');
check(await text('#day') === '4 March 2025', 'the day after');
const rows = (await taken('Export articles as JSONL')).toString().trim()
    .split('\n').map(l => JSON.parse(l));
check(rows.length === 1 && rows[0].url ===
    'http://www.old-lantern.example/news/030425b.html', 'taken as JSONL',
    rows.map(r => r.url));
await go('browse', { day: '2025-03-04' }, '#day');
const articles = await count('.mainpart .scroll tbody tr');
await go('browse', { day: '2025-03-04', kind: 'all' }, '#day');
await until(async () => await count('.mainpart .scroll tbody tr') > articles);
check(await count('.mainpart .scroll tbody tr') === 19 && articles < 19,
    'a day of all sites, files too', articles,
    await count('.mainpart .scroll tbody tr'));
await s.shot(page, 'ui_browse', { fullPage: true });

// ---- figures
await go('stats', {}, '.figures');
check(/43captures|captures43/.test((await text('.figures')).replace(/\s/g, ''))
    && /English \(en\)/.test(await text()) && /404/.test(await text()),
    'figures', await text('.figures'));
await s.shot(page, 'ui_stats', { fullPage: true });

check(s.errors.length === 0, 'no script fails', s.errors);
await done(s);
