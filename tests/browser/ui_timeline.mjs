// SPDX-License-Identifier: Apache-2.0
//
// The timeline: marks, claims, zoom, keys, pointer; many appearances close
// together; and what an archive writes stays text.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeArchive } from './archive.mjs';
import { session, check, done, until } from './lib.mjs';

const dir = mkdtempSync(join(tmpdir(), 'dateline-ui-'));
const evil = '<img src=x onerror="window.broken=1"><script>broken=1</script>';
const story = [
    'The council of Vessel Bay voted on Monday to keep the lighthouse lit, ' +
    'after a debate that lasted until two in the morning and filled the hall.',
    'Keeper Halla Drum, who has climbed the stairs every evening for thirty ' +
    'years, said she would go on counting the steps in case one went missing.',
    'The vote saves a lamp that ships no longer need but that fishermen, ' +
    'painters and the baker at the harbour say they cannot do without.',
];

// A page of the story, at `minutes` after the first, on outlet `n`.
function telling(n, minutes, title, claim) {
    const date = new Date(Date.UTC(2024, 4, 1, 6, 0) + minutes * 60000)
        .toISOString().slice(0, 19) + 'Z';
    const escaped = title.replace(/&/g, '&amp;').replace(/</g, '&lt;');

    return { url: `https://outlet${n}.example/2024/lighthouse-${minutes}`,
        date, body: `<!DOCTYPE html><html lang="en"><head><title>${escaped
        }</title><meta property="article:published_time" content="${claim ??
        date}"></head><body><article><h1>${escaped}</h1>${
            story.map(p => `<p>${p}</p>`).join('')}<p>${
            evil.replace(/</g, '&lt;')} Outlet number ${n} adds its own line ` +
        `about minute ${minutes} of the story here.</p></article></body>` +
        '</html>' };
}

const pages = [];
for (let n = 0; n < 8; n++)
    for (let k = 0; k < 6; k++)
        pages.push(telling(n, n * 400 + k * (n === 0 ? 1 : 97),
            `Lighthouse stays lit, council decides ${n}`));
pages.push(telling(9, 4000, `Lighthouse ${evil}`, '2031-01-01T00:00:00Z'));
writeArchive(join(dir, 'many.warc'), pages);

const s = await session({ archives: [join(dir, 'many.warc')] });
const link = `${s.ui}/#/trace?q=${encodeURIComponent(story[0])}`;
const page = await s.open(link);
const count = selector => page.locator(selector).count();
const range = () => page.textContent('.range');
const focused = () => page.evaluate(() =>
    document.activeElement.getAttribute('aria-label'));

await page.waitForSelector('.timeline .mark');
const total = await count('.cards > .card');
check(total === 49, 'all appearances are listed', total);
check(new RegExp(`${total} of ${total}`).test(await range()),
    'the whole of it is shown', await range());
check(await count('.timeline .lane') === 9, 'a lane for each site',
    await count('.timeline .lane'));
check(await count('.timeline .many') >= 1, 'those close together are one mark');
await s.shot(page, 'ui_timeline', { fullPage: true });

// ---- zoom with the buttons; the address keeps it
const whole = await range();
const press = name => page.getByRole('button', { name, exact: true }).click();
await press('Day');
check(/\(24 hours\)/.test(await range()), 'a day', await range());
await press('Hour');
check(/\(60 minutes\)/.test(await range()), 'an hour', await range());
check(await count('.timeline .many') === 0 &&
    await count('.timeline .mark') === 6, 'near enough they come apart',
    await count('.timeline .mark'));
await until(() => page.url().includes('from='));
const near = await s.open(page.url());
await near.waitForSelector('.range');
check(await near.textContent('.range') === await range(),
    'the address brings the same hour back',
    await near.textContent('.range'));
await near.close();
await press('Later');
check(!/06:00:00 to/.test(await range()), 'later', await range());
await press('Zoom out');
check(/\(2 hours\)/.test(await range()), 'out', await range());
await press('All');
check(await range() === whole, 'and all again', await range());
await page.waitForTimeout(300);
check(!page.url().includes('from='), 'which needs no word in the address',
    page.url());

// ---- a mark of several opens
await page.locator('.timeline .mark.mixed, .timeline .mark:has(.many)')
    .first().click();
check(await range() !== whole, 'a mark of several opens nearer',
    await range());
await press('All');

// ---- keys
await page.locator('.timeline .mark[tabindex="0"]').focus();
check(await count('.timeline .mark[tabindex="0"]') === 1,
    'one mark can be reached with the tab key');
const first = await focused();
await page.keyboard.press('ArrowRight');
const second = await focused();
check(second !== first && second !== null, 'right: the next', second);
await page.keyboard.press('ArrowLeft');
check(await focused() === first, 'left: back', await focused());
await page.keyboard.press('End');
check((await focused()).startsWith('outlet9.example'), 'end', await focused());
await page.keyboard.press('Home');
check(await focused() === first, 'home', await focused());
await page.keyboard.press('+');
check(await range() !== whole && (await focused()) !== null,
    'plus: nearer, and the mark keeps the focus', await focused());
await page.keyboard.press('0');
check(await range() === whole, '0: all', await range());
await page.keyboard.press('PageDown');
check(await range() !== whole, 'page down: later', await range());
await page.keyboard.press('0');
await page.keyboard.press('End');
await page.keyboard.press('Enter');
await page.waitForSelector('.article');
check((await page.textContent('h1')).startsWith('Lighthouse <img'),
    'enter opens the article', await page.textContent('h1'));

// ---- what an archive writes stays text
check((await page.textContent('.article')).includes(evil.slice(0, 20)),
    'markup of an archive is shown as it is written');
check(await count('main img, main script') === 0 &&
    await page.evaluate(() => window.broken) === undefined,
    'and does nothing');
await page.goBack();
await page.waitForSelector('.cards');
await page.locator('.card', { hasText: 'outlet9' }).locator('summary').click();
const last = page.locator('.card', { hasText: 'outlet9' });
check(/rejected: later than the capture/.test(await last.textContent()) &&
    await last.locator('s').count() >= 1,
    'a claim that cannot be is shown as rejected', await last.textContent());
check(await count('main img, main script') === 0 &&
    await page.evaluate(() => window.broken) === undefined,
    'markup in a list does nothing either');

// ---- the pointer: drag moves it
await page.locator('.timeline').scrollIntoViewIfNeeded();
const box = await page.locator('.timeline').boundingBox();
await page.mouse.move(box.x + box.width - 40, box.y + 40);
await page.mouse.down();
await page.mouse.move(box.x + box.width - 240, box.y + 40, { steps: 4 });
await page.mouse.up();
check(await range() !== whole, 'dragged', await range());
await press('All');

// ---- lanes, filters, the table
await page.selectOption('#lanes', 'relation');
check(await count('.timeline .lane') < 9 && page.url().includes('lanes='),
    'lanes by relation', await count('.timeline .lane'));
await page.selectOption('#lanes', 'site');
await page.selectOption('#site', 'outlet3.example');
check(await count('.timeline .lane') === 1 && await count('.card') === 6,
    'one site: one lane', await count('.timeline .lane'));
await page.selectOption('#site', '');
await page.selectOption('#sort', 'late');
check((await page.textContent('.card')).includes('outlet9') ||
    (await page.textContent('.card')).includes('outlet7'), 'newest first');
await page.getByText('The timeline as a table').click();
const same = page.locator('table').filter({ hasText: 'Appearances in order' });
await same.waitFor();
check(await same.locator('tbody tr').count() === total, 'the same as a table');

// ---- more than an answer holds
await page.route('**/api/v1/trace*', async route => {
    const answer = await (await route.fetch()).json();
    const one = answer.results[0];

    answer.results = Array.from({ length: 1000 }, (_, i) => ({ ...one,
        url: `https://outlet${i % 40}.example/${i}`,
        site: `outlet${i % 40}.example`,
        time: new Date(Date.UTC(2024, 0, 1) + i * 3600000).toISOString()
            .replace(/[-:T]/g, '').slice(0, 14) }));
    await route.fulfill({ json: answer });
});
await page.goto(`${s.ui}/#/trace?q=${encodeURIComponent(story[1])}`);
await page.waitForSelector('.note');
check(/may be more/.test(await page.textContent('.note')) &&
    /First seen among these/.test(await page.textContent('.answer')),
    'an answer that was cut says so', await page.textContent('.note'));
check(await count('.card') === 100, 'a hundred of a thousand at once',
    await count('.card'));
await page.getByRole('button', { name: /Show 100 more/ }).click();
check(await count('.card') === 200, 'and a hundred more',
    await count('.card'));
check(await count('.timeline .lane') === 24, 'two dozen lanes at once');
await page.getByRole('button', { name: /Show all 40 lanes/ }).click();
check(await count('.timeline .lane') === 40, 'and all',
    await count('.timeline .lane'));

check(s.console.every(l => !/Refused|Content Security/.test(l)),
    'the pages keep their own policy', s.console);
check(s.errors.length === 0, 'no script fails', s.errors);
rmSync(dir, { recursive: true });
await done(s);
