// SPDX-License-Identifier: Apache-2.0
//
// replayweb.page, another engine, on what we give out: a WACZ made by `cite`.
// Its scripts are fetched from npm for this test alone, checked by digest; the
// test is skipped when they cannot be had.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { session, check, done, until } from './lib.mjs';

const engine = 'replaywebpage-2.5.3.tgz';
const digest = 'nCj2PSON3BxeSJKE8AsYPyULv0XPZKJWfy4l9PyQre9SqwLZ+WKZVs/sfLqPOQ' +
    '4GrH+0YkjbwOhr8cSTH08gsQ==';
const tarball = join(process.env.PACKAGES, engine);

try {
    if (!existsSync(tarball))
        execFileSync('npm', ['pack', 'replaywebpage@2.5.3'], {
            cwd: process.env.PACKAGES, stdio: 'ignore', timeout: 120000 });
} catch {
    console.log('browser: skipped, npm cannot fetch replaywebpage');
    process.exit(77);
}
check(createHash('sha512').update(readFileSync(tarball)).digest('base64') ===
    digest, 'the engine is the one that was pinned');
const part = name => execFileSync('tar', ['-xzOf', tarball, `package/${name}`],
    { maxBuffer: 64 << 20 });

const url = 'https://www.merrow-courier.example/region/tolva-bursts-its-banks';
const s = await session();
const wacz = join(s.dir, 'story.wacz');

execFileSync(process.env.DATELINE, ['cite', '--store', s.store, '--wacz', wacz,
    url], { stdio: 'ignore' });
const files = {
    '/ui.js': ['text/javascript', part('ui.js')],
    '/replay/sw.js': ['text/javascript', part('sw.js')],
    '/story.wacz': ['application/wacz', readFileSync(wacz)],
    '/': ['text/html', `<!DOCTYPE html><script src=/ui.js></script>
        <replay-web-page source=/story.wacz url="${url}" embed=replayonly
        replayBase=/replay/ style="display:block;height:800px">
        </replay-web-page>`],
};
const host = createServer((request, response) => {
    const [type, all] = files[new URL(request.url, 'http://x').pathname] ?? [];
    const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '');

    if (!type) {
        response.writeHead(404).end();
        return;
    }
    const bytes = Buffer.from(all);
    const from = range ? range[1] === '' ?
        Math.max(bytes.length - range[2], 0) :
        Number(range[1]) : 0;
    const to = range && range[1] !== '' && range[2] !== '' ?
        Math.min(Number(range[2]) + 1, bytes.length) : bytes.length;

    response.writeHead(range ? 206 : 200, { 'Content-Type': type,
        'Accept-Ranges': 'bytes', 'Content-Length': to - from,
        ...range && { 'Content-Range':
            `bytes ${from}-${to - 1}/${bytes.length}` } });
    response.end(bytes.subarray(from, to));
}).listen(0, '127.0.0.1');
await until(() => host.address());

const page = await s.open(`http://127.0.0.1:${host.address().port}/`);
const shows = seconds => until(async () => {
    for (const frame of page.frames()) {
        const text = await frame.evaluate(() => document.body?.innerText)
            .catch(() => '');

        if (text?.includes('bursts its banks'))
            return text;
    }
    return null;
}, seconds);
// Its worker may be in place only after the first page has asked for it.
const shown = await shows(15) ?? (await page.reload(), await shows(30));

check(shown, 'replayweb.page shows the page of our WACZ',
    page.frames().map(f => f.url()), s.console.slice(-5));
await s.shot(page, 'replaywebpage');
// The engine's own page asks for fonts and analytics of its makers; what is
// ours to promise is that no captured page does.
s.leaks = s.leaks.filter(u => /\.example|\.test/.test(new URL(u).hostname));
host.close();
await done(s);
