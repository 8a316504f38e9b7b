// SPDX-License-Identifier: Apache-2.0
//
// Asking: by headline, paragraph, address, site and hash; what is answered,
// what is kept in the address, what goes wrong and how it is said.
import { readFileSync } from 'node:fs';
import { ingest, session, check, done, until } from './lib.mjs';

const later = 'news-5.wacz'; /* ingested while the page is open */
const s = await session({ archives: ['news-1.warc.gz', 'news-2.warc',
    'news-3.warc.zst', 'news-4.arc.gz'] });
const page = await s.open(s.ui + '/');
const sentence = 'Engineers from the regional roads authority discovered the ' +
    'fault at about 3 a.m. during a routine ultrasonic survey and ordered ' +
    'the closure within the hour';
const headline = 'Peat cutters in Ossby uncover oak boat thought to be 3,000 ' +
    'years old';
const courier = 'https://www.merrow-courier.example/city/halden-bridge-shut';

const text = selector => page.textContent(selector ?? 'main');
const title = () => text('main h1');
const cards = () => page.locator('.cards > .card').count();

// Types into the box as a person does, and waits for the answer's heading.
async function search(q, heading) {
    await page.fill('#q', q);
    await page.press('#q', 'Enter');
    await page.waitForFunction(
        ([h, asked]) => document.querySelector('main h1')?.textContent === h &&
            location.hash.includes(encodeURIComponent(asked).slice(0, 20)
                .replace(/'/g, '')),
        [heading, q.trim()], { timeout: 15000 }).catch(() => {});
    await until(async () => await page.isHidden('#busy'));
    check(await title() === heading, `"${q.slice(0, 30)}" leads to`, heading,
        await title());
}

await page.waitForSelector('main h1');
check(/38 captures and 26 articles/.test(await text()),
    'the start page knows the store', await text());
check(await page.locator('.examples a').count() >= 4,
    'it has headlines to try', await page.locator('.examples a').count());
await page.click('.examples a');
await page.waitForSelector('.answer');
check(await cards() > 0, 'a headline from the start page is found');

// ---- an archive that comes while one looks
await search(sentence, 'When and where');
check(await cards() === 6, 'six appearances', await cards());
ingest(s.store, [later]);
await search(sentence, 'When and where');
await until(async () => await cards() === 7);
check(await cards() === 7, 'and a seventh when it is ingested and asked anew',
    await cards());
await page.goto(s.ui + '/#/');
await until(async () => /30 articles/.test(await text()));
check(/43 captures and 30 articles/.test(await text()),
    'the start page sees it, too', await text());

// ---- a paragraph
await page.fill('#q', sentence);
check((await text('#kind')).includes('25 words'), 'a text is recognised',
    await text('#kind'));
await search(sentence, 'When and where');
check(await text('.answer time') === '4 March 2025, 06:25:00 UTC',
    'when it was first seen', await text('.answer time'));
check((await text('.answer .lead')).includes('northwire.example'), 'where',
    await text('.answer .lead'));
check(/Nothing here speaks against/.test(await text('.answer')) &&
    /4 March 2025, 06:10 UTC by northwire\.example/.test(
        (await text('.answer')).replace(/\s+/g, ' ')) &&
    /thin crawl/.test(await text('.answer')),
    'the evidence is in sentences', await text('.answer'));
check(await cards() === 7, 'seven appearances', await cards());
check((await page.locator('.card .chip').allTextContents())
    .every(t => t === 'Passage'), 'each with its relation');
check(await page.locator('.card .flag.good').count() === 1,
    'one is the first');
await s.shot(page, 'ui_trace', { fullPage: true });

// ---- its evidence
await page.locator('.card summary').first().click();
await page.waitForSelector('.card details table');
const proof = await text('.card details');
check(/news-3\.warc\.zst/.test(proof) && /byte 5521, 2548 long/.test(proof) &&
    /sha1:SBLR6GX7STOAKOZBOLL3YKH7H3AV7BSZ/.test(proof),
    'the record that proves it', proof);
check(await page.locator('.card details table tbody tr').count() >= 4,
    'and every claim of the page');

// ---- exports of what is chosen
async function downloaded(name) {
    const [file] = await Promise.all([page.waitForEvent('download'),
        page.getByRole('button', { name }).click()]);

    return readFileSync(await file.path(), 'utf8');
}
await page.selectOption('#site', 'merrow-courier.example');
check(await cards() === 3 && page.url().includes('site=merrow-courier'),
    'one site chosen, and kept in the address', await cards(), page.url());
const lines = (await downloaded('Export JSONL')).trim().split('\n')
    .map(l => JSON.parse(l));
check(lines.length === 3 && lines.every(l => l.url === courier &&
    l.offset > 0 && l.claim === undefined && l.passages.length === 1),
    'the choice as JSONL', lines.length);
const csv = await downloaded('Export CSV');
check(csv.trim().split('\r\n').length === 4 &&
    csv.startsWith('time,site,relation'), 'the choice as CSV', csv);
await page.selectOption('#site', '');
await page.click('.chip.toggle');
check((await text('.cards')).includes('Nothing is chosen') &&
    page.url().includes('without=excerpt'), 'a relation left out',
    page.url());

// ---- deep link: the same address, the same state
const again = await s.open(page.url());
await again.waitForSelector('.cards');
check((await again.textContent('.cards')).includes('Nothing is chosen') &&
    await again.getAttribute('.chip.toggle', 'aria-pressed') === 'false' &&
    await again.inputValue('#q') === sentence,
    'the address alone brings all of it back');
await again.close();
await page.click('.chip.toggle');

// ---- back and forth
await page.locator('.card h3 a').nth(3).click();
await page.waitForSelector('.article');
check(await page.locator('mark').count() === 1 &&
    (await text('mark')) === sentence, 'the passage is marked',
    await page.locator('mark').allTextContents());
await page.goBack();
await page.waitForSelector('.cards');
check(await cards() === 7, 'back to all of them', await cards());
check(await page.evaluate(() => document.activeElement.textContent) ===
    await page.locator('.card h3 a').nth(3).textContent(),
    'and to where one was',
    await page.evaluate(() => document.activeElement.outerHTML));
await page.goForward();
await page.waitForSelector('.article');
check(await page.title() === 'Halden Bridge closed until further notice ' +
    '\u2013 dateline', 'forward again', await page.title());

// ---- a headline, an address, a hash, a site
await page.fill('#q', headline);
check((await text('#kind')).startsWith('A headline'),
    'a headline is recognised', await text('#kind'));
await search(headline, 'When and where');
check(await cards() >= 2 && (await text('.answer .lead'))
    .includes('northwire.example'), 'a headline is found', await cards());

await search(courier, 'Captures of an address');
check(await page.locator('table:not(.month) tbody tr').count() === 3,
    'three captures of it');
check(await page.locator('.month td.has').count() === 2,
    'on two days of the calendar');
await page.getByRole('link', { name: 'Trace its story' }).click();
await page.waitForSelector('.answer');
check((await text('.chips')).includes('Same page'),
    'the story at an address', await text('.chips'));
check(await page.locator('.mark').count() >= 3, 'with its timeline');

await search('news.onefeed.test/nowhere', 'Captures of an address');
check((await text()).includes('was not captured') &&
    await page.locator('tbody tr').count() >= 4,
    'what is near an address that was not captured', await text());

const hash = lines[0].text_hash;
await search(hash, 'When and where');
check(await cards() >= 2, 'a text by its hash', await cards());
await search(hash.slice(7), 'When and where');
check(await cards() >= 2, 'also without a label', await cards());
await search(lines[0].digest, 'When and where');
check(await cards() >= 1, 'a payload by its digest', await cards());
await search('merrow-courier.example', 'merrow-courier.example');
await page.waitForSelector('.calendar');
check(await page.locator('.month td.has').count() === 3, 'a site by its name');

// ---- nothing, failure, patience
await search('zyzzyva quokka umbrage on the moon', 'When and where');
check((await text('.empty')).includes('not in this store'),
    'nothing found is said, with what to try', await text());
await search(`sha256:${'0'.repeat(64)}`, 'Not found');
check((await text()).includes('digest') , 'an unknown hash', await text());

await page.route('**/api/v1/trace*', async route => {
    await new Promise(next => setTimeout(next, 4000));
    await route.continue().catch(() => {});
});
await page.fill('#q', 'Lowmere council backs tram to the hospital');
await page.press('#q', 'Enter');
await page.waitForSelector('#busy:not([hidden])');
check(await page.isVisible('#cancel'), 'a long question can be cancelled');
await until(async () => /[23] seconds/.test(await text('#busytext')));
check(/[23] seconds/.test(await text('#busytext')), 'and is counted',
    await text('#busytext'));
await s.shot(page, 'ui_busy');
await page.click('#cancel');
await page.waitForFunction(() =>
    document.querySelector('h1').textContent === 'Cancelled');
check(await page.isHidden('#busy'), 'cancelled');
await page.unroute('**/api/v1/trace*');
await page.getByRole('button', { name: 'Ask again' }).click();
await page.waitForSelector('.answer');
check(await cards() >= 1, 'and asked again');

let refused = 2;
await page.route('**/api/v1/versions*', route => (refused-- > 0
    ? route.fulfill({ status: 503, contentType: 'application/json',
        body: '{"error":"busy","code":"busy"}' }) : route.continue()));
await page.goto(`${s.ui}/#/versions?url=${encodeURIComponent(courier)}`);
await page.waitForSelector('.diff');
check(refused < 0, 'a busy server is asked again');
await page.unroute('**/api/v1/versions*');

await page.route('**/api/v1/stats*', route => route.fulfill({ status: 500,
    contentType: 'application/json',
    body: '{"error":"table urls of segment 3 is damaged","code":"format"}' }));
await page.goto(`${s.ui}/#/stats`);
await page.waitForSelector('[role=alert]');
check((await text('[role=alert]')).includes(
    'Table urls of segment 3 is damaged.'), 'a failure is a sentence',
    await text());
await page.unroute('**/api/v1/stats*');
await page.route('**/api/v1/stats*', route => route.abort());
await page.getByRole('button', { name: 'Ask again' }).click();
await until(async () => /does not answer/.test(await text()));
check(/does not answer/.test(await text()), 'a server that is gone',
    await text());
await page.goto(`${s.ui}/#/no/such`);
await until(async () => await title() === 'No such page');
check(await title() === 'No such page', 'an address that leads nowhere');

// ---- the old kind of address, and the page without scripts
await page.goto(`${s.ui}/?q=${encodeURIComponent(headline)}`);
await page.waitForSelector('.answer');
check(new URL(page.url()).search === '', '"/?q=" leads on', page.url());
const plain = await s.context.browser().newContext(
    { javaScriptEnabled: false });
const still = await plain.newPage();
await still.goto(s.ui + '/');
await still.click('main a');
await still.fill('textarea', headline);
await still.click('button');
check((await still.textContent('main')).includes('northwire.example'),
    'without scripts there is a plainer page',
    await still.textContent('main'));
await plain.close();

// ---- a text too long for an address to the server goes as a body
const long = `${sentence}. `.repeat(40);
const posted = page.waitForRequest(r => r.method() === 'POST' &&
    r.url().includes('/api/v1/trace'));
await search(long, 'When and where');
check((await posted).postData() === long.trim(), 'a long text is posted');

check(s.console.every(l => !/Refused|Content Security/.test(l)),
    'the pages keep their own policy', s.console);
check(s.errors.length === 0, 'no script fails', s.errors);
await done(s);
