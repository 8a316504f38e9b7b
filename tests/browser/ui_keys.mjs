// SPDX-License-Identifier: Apache-2.0
//
// From the keyboard alone: a search, its timeline, its evidence, an article,
// its versions and back; where the focus is can be seen.  Also: colours by
// hand, and paper.
import { session, check, done, until } from './lib.mjs';

const courier = 'https://www.merrow-courier.example/city/halden-bridge-shut';
const sentence = 'Engineers from the regional roads authority discovered the ' +
    'fault at about 3 a.m. during a routine ultrasonic survey and ordered ' +
    'the closure within the hour';
const s = await session();

async function settled(page) {
    await page.waitForSelector('main h1');
    await until(async () => await page.isHidden('#busy'));
}

// ---- the keyboard alone, from the start page to a proof and back
const page = await s.open(s.ui + '/');
const focus = () => page.evaluate(() => {
    const e = document.activeElement;

    return `${e.tagName.toLowerCase()} ${e.getAttribute('aria-label') ??
        e.textContent.trim()}`.slice(0, 120);
});

// Tab until what has the focus matches.
async function tabTo(pattern, most = 60) {
    for (let i = 0; i < most; i++) {
        await page.keyboard.press('Tab');
        if (pattern.test(await focus()))
            return true;
    }
    return check(false, `the tab key reaches ${pattern}`, await focus());
}

await settled(page);
await page.keyboard.press('Tab');
check(/Skip to the content/.test(await focus()), 'first a way to the content',
    await focus());
await page.keyboard.press('Enter');
check(await page.evaluate(() => document.activeElement.id) === 'main',
    'which leads there');
await page.keyboard.press('/');
check(await page.evaluate(() => document.activeElement.id) === 'q',
    '/ leads to the search');
await page.keyboard.type(sentence);
await page.keyboard.press('Enter');
await page.waitForSelector('.answer');
await settled(page);
check(await page.evaluate(() => document.activeElement.tagName) === 'H1',
    'the answer has the focus', await focus());
check(/7 appearances/.test(await page.textContent('#live').then(async t =>
    t || (await page.waitForTimeout(200), page.textContent('#live')))),
    'and is said', await page.textContent('#live'));
await tabTo(/^button Day/);
await page.keyboard.press('Enter');
check(/\(24 hours\)/.test(await page.textContent('.range')),
    'the timeline zooms', await page.textContent('.range'));
await tabTo(/^a .*: Passage, /);
const mark = await focus();
await page.keyboard.press('ArrowRight');
check(await focus() !== mark && /^a .*: Passage/.test(await focus()),
    'from mark to mark', await focus());
const outline = await page.evaluate(() => getComputedStyle(
    document.activeElement.querySelector('.target')).strokeWidth);
check(parseFloat(outline) >= 2, 'the mark that has the focus shows it',
    outline);
await tabTo(/^summary Evidence/);
await page.keyboard.press('Enter');
check(await page.locator('.card details[open]').count() === 1,
    'the evidence opens');
await tabTo(/^a Halden Bridge shut/);
await page.keyboard.press('Enter');
await page.waitForSelector('.article');
await tabTo(/^button Go to the passage/);
await page.keyboard.press('Enter');
check(await page.evaluate(() => {
    const r = document.querySelector('mark').getBoundingClientRect();

    return r.top >= 0 && r.bottom <= window.innerHeight;
}), 'the passage comes into view');
await tabTo(/^a Versions/);
await page.keyboard.press('Enter');
await page.waitForSelector('.diff');
await tabTo(/^select/);
check(await page.evaluate(() => document.activeElement.id) === 'va',
    'versions to compare', await focus());
await page.goBack();
await page.waitForSelector('.article');
check(/^a Versions/.test(await focus()), 'back to where one was',
    await focus());
await tabTo(/^a Records, WACZ/);

// Every place the tab key stops at shows that it has the focus.
await page.goto(`${s.ui}/?#/browse`);
await settled(page);
const unseen = new Set();
for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab');
    const [shown, what] = await page.evaluate(() => {
        const e = document.activeElement;
        const style = getComputedStyle(e);

        return [e === document.body || (style.outlineStyle !== 'none' &&
            parseFloat(style.outlineWidth) >= 2), e.outerHTML.slice(0, 80)];
    });

    if (!shown)
        unseen.add(what);
}
check(unseen.size === 0, 'the focus can be seen', [...unseen]);

// ---- colours, and paper
await page.getByRole('button', { name: /Colours/ }).click();
await page.getByRole('button', { name: /Colours/ }).click();
check(await page.evaluate(() => getComputedStyle(document.body)
    .backgroundColor) === 'rgb(18, 22, 26)', 'dark by hand');
await page.reload();
check(await page.evaluate(() => document.documentElement.dataset.theme) ===
    'dark', 'and after a reload');
await page.goto(`${s.ui}/#/page?${new URLSearchParams({
    url: courier, at: '20250304182000', q: sentence })}`);
await settled(page);
await page.emulateMedia({ media: 'print' });
check(await page.isHidden('.replay') && await page.isHidden('#search') &&
    await page.isVisible('.text') && await page.evaluate(() =>
        getComputedStyle(document.body).backgroundColor) ===
    'rgb(255, 255, 255)', 'on paper: the article alone, black on white');
await s.shot(page, 'ui_print', { fullPage: true });
await page.emulateMedia({ media: 'screen' });

check(s.errors.length === 0, 'no script fails', s.errors);
await done(s);
