// SPDX-License-Identifier: Apache-2.0
//
// The pages' own arithmetic, as the browser runs it: what was typed, words
// that changed, passages, claims, ticks of the axis.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeArchive } from './archive.mjs';
import { session, check, done } from './lib.mjs';

const dir = mkdtempSync(join(tmpdir(), 'dateline-ui-'));

writeArchive(join(dir, 'nothing.warc'), []);
const s = await session({ archives: [join(dir, 'nothing.warc')] });
rmSync(dir, { recursive: true });
const page = await s.open(s.ui + '/');

// Calls a function of one of the pages' modules.
function call(module, name, ...args) {
    return page.evaluate(async ([file, f, given]) => {
        const m = await import(`/ui/${file}.js`);

        return m[f](...given);
    }, [module, name, args]);
}

async function table(module, name, rows) {
    for (const [args, want, pick] of rows) {
        const whole = await call(module, name, ...args);
        const got = pick ? whole[pick] : whole;

        check(JSON.stringify(got) === JSON.stringify(want),
            `${name}(${JSON.stringify(args)})`, JSON.stringify(got));
    }
}

const hex = 'ab'.repeat(32);

await table('query', 'detect', [
    [['  '], 'none', 'kind'],
    [['https://a.example/b?c=d'], 'url', 'kind'],
    [['a.example/b'], 'url', 'kind'],
    [['a.example'], 'site', 'kind'],
    [['*.a.example'], 'a.example', 'value'],
    [['http://a.example/b/*'], 'prefix', 'kind'],
    [['http://a.example/b/*'], 'http://a.example/b/', 'value'],
    [[hex], `sha256:${hex}`, 'value'],
    [[`sha256:${hex}`], 'hash', 'kind'],
    [['sha1:SBLR6GX7STOAKOZBOLL3YKH7H3AV7BSZ'], 'hash', 'kind'],
    [['Bridge shut'], 'headline', 'kind'],
    [['Who pays? Nobody knows'], 'paragraph', 'kind'],
    [['one\ntwo'], 'paragraph', 'kind'],
    [[Array(30).fill('word').join(' ')], 'paragraph', 'kind'],
    [['a@b'], 'headline', 'kind'],
    [['\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444/\u0430'], 'url',
        'kind'],
    [['3.14'], 'headline', 'kind'],
    [['javascript:alert(1)'], 'headline', 'kind'],
]);

await table('diff', 'diff', [
    [['', ''], []],
    [['a b c', 'a b c'], [['same', ['a', 'b', 'c']]]],
    [['a b c', 'a x c'], [['same', ['a']], ['removed', ['b']],
        ['added', ['x']], ['same', ['c']]]],
    [['', 'a b'], [['added', ['a', 'b']]]],
    [['a b', ''], [['removed', ['a', 'b']]]],
    [['a\nb', 'a b'], [['same', ['a']], ['removed', ['\n']],
        ['same', ['b']]]],
    [['a b a b', 'b a b a'], [['removed', ['a']],
        ['same', ['b', 'a', 'b']], ['added', ['a']]]],
]);

// Whatever the texts, what is kept and removed is the old one, what is kept
// and added the new one.
for (let seed = 1; seed < 200; seed++) {
    let state = seed * 7919;
    const random = n => (state = (state * 1103515245 + 12345) & 0x7fffffff) % n;
    const make = () => Array.from({ length: random(30) },
        () => 'abcde'[random(5)]);
    const [a, b] = [make(), make()];
    const parts = await call('diff', 'diff', a.join(' '), b.join(' '));
    const of = kinds => parts.filter(p => kinds.includes(p[0]))
        .flatMap(p => p[1]).join(' ');

    if (!check(of(['same', 'removed']) === a.join(' ') &&
        of(['same', 'added']) === b.join(' '), 'a difference adds up',
        JSON.stringify([a, b, parts])))
        break;
}
{
    const many = n => Array.from({ length: 6000 }, (_, i) => `${n}${i}`)
        .join(' ');
    const started = Date.now();
    const parts = await call('diff', 'diff', many('a'), many('b'));

    check(parts.length === 2 && Date.now() - started < 20000,
        'texts that share nothing end', parts.length, Date.now() - started);
}

// Bytes of the normal form, as the store counts them.
await table('normal', 'ranges', [
    [['plain text', [[0, 5]]], [[0, 5]]],
    [['\u201cquoted\u201d here', [[0, 8]]], [[0, 8]]],
    [['caf\u00e9 au lait', [[0, 5]]], [[0, 4]]],
    [['a  b', [[2, 3]]], [[3, 4]]],
    [['wait\u2026 now', [[0, 7]]], [[0, 5]]],
    [['soft\u00adhyphen', [[0, 10]]], [[0, 11]]],
    [['one\n\ntwo', [[4, 7]]], [[5, 8]]],
    [['\ud83d\ude00 face', [[5, 9]]], [[3, 7]]],
    [['ab', [[0, 9]]], []],
    [['abcdef', [[3, 4], [0, 3]]], [[0, 4]]],
]);

const march = Date.UTC(2025, 2, 4);

await table('format', 'claimed', [
    [['2025-03-04'], { from: march, to: march + 86400000, zone: false }],
    [['2025-03-04T06:10:00Z'], { from: march + 22200000,
        to: march + 22200000, zone: true }],
    [['2025-03-04T06:10:00+02:00'], { from: march + 15000000,
        to: march + 15000000, zone: true }],
    [['2025-03-04T06:10'], { from: march + 22200000, to: march + 22200000,
        zone: false }],
    [['yesterday'], null],
]);
await table('format', 'span', [
    [[1000], '1 second'], [[90 * 60000], '90 minutes'],
    [[37 * 3600000], '37 hours'], [[3 * 86400000], '3 days'], [[1],
        'less than a second'],
]);

for (const [size, step] of [[3600000, 900000], [86400000, 10800000],
    [30 * 86400000, 7 * 86400000], [3000 * 86400000, 360 * 86400000]]) {
    const t = await call('timeline', 'ticks', march, march + size, 800, 80);

    check(t.step === step && t.times.length > 2 && t.times.length < 12 &&
        t.times.every(x => x >= march && x <= march + size),
        `ticks of ${size}`, JSON.stringify(t));
}

// An empty store says so and what to do.
await page.waitForSelector('h1');
check((await page.textContent('main')).includes('dateline ingest'),
    'an empty store says what to do', await page.textContent('main'));
await s.shot(page, 'ui_empty');
check(s.errors.length === 0, 'no script fails', s.errors);
await done(s);
