// SPDX-License-Identifier: Apache-2.0
//
// What the browser tests share: a store of archives, the server on it, and a
// browser that is watched for requests that leave this machine.
//
//     import { session, check, done } from './lib.mjs';
//     const s = await session({ archives: ['news-1.warc.gz'] });
//     const page = await s.open(s.ui + '/');
//     check(await page.title() === 'dateline', 'the title', await page.title());
//     await done(s);

import { execFileSync, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const packages = createRequire(
    join(resolve(process.env.PACKAGES), 'package.json'));
const { chromium } = packages('playwright-core');
const { DATELINE, FIXTURES } = process.env;

let checks = 0;
let failures = 0;

// A fact that must hold; the rest of the line says what was found instead.
export function check(holds, what, ...found) {
    checks++;
    if (holds)
        return true;
    failures++;
    console.error('FAILED:', what, ...found);
    return false;
}

// Wait until `probe` gives something true, at most `seconds`.
export async function until(probe, seconds = 10) {
    const end = Date.now() + seconds * 1000;

    for (;;) {
        const found = await probe();

        if (found || Date.now() > end)
            return found;
        await new Promise(next => setTimeout(next, 50));
    }
}

export const allFixtures = ['news-1.warc.gz', 'news-2.warc',
    'news-3.warc.zst', 'news-4.arc.gz', 'news-5.wacz'];

// Give the store at `store` these archives (fixture names or paths).
export function ingest(store, archives) {
    execFileSync(DATELINE, ['ingest', '--store', store,
        ...archives.map(a => a.includes('/') ? a : join(FIXTURES, a))],
        { stdio: 'ignore' });
}

// `dateline serve` on free ports: { ui, replay, stop() }, origins without a
// slash at the end.
export async function serve(store, ...options) {
    const child = spawn(DATELINE,
        ['serve', '--store', store, '--listen', '127.0.0.1:0', ...options],
        { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';

    // Nothing is left behind by a test that breaks off.
    process.once('exit', () => child.kill('SIGKILL'));
    child.stdout.on('data', bytes => { said += bytes; });
    const url = await until(() =>
        child.exitCode !== null ? 'ended' : /https?:\/\/[^\s/]+/.exec(said)?.[0]);
    if (!url || url === 'ended')
        throw new Error(`the server does not start: ${said}`);
    const answer = await fetch(`${url}/api/v1/config`).catch(() => null);
    const config = answer?.ok ? await answer.json() : {};
    return {
        ui: url,
        replay: config.replayOrigin ?? url,
        async stop() {
            const ended = new Promise(end => child.once('exit', end));

            child.kill('SIGTERM');
            const code = await ended;
            check(code === 0, 'the server ends well', code);
        },
    };
}

function isLocal(url) {
    return /^(data|blob|about|chrome-extension):/.test(url) ||
        /^(https?|wss?):\/\/(127\.0\.0\.1|localhost|\[::1\])(:|\/|$)/.test(url);
}

// Names resolve nowhere: what slips past every other guard still leaves no
// packet, and is seen by its failure.
const flags = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
    '--disable-background-networking', '--disable-component-update',
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'];

export async function browser() {
    return chromium.launch({ executablePath: process.env.CHROMIUM,
        headless: true, args: flags });
}

// Store, server and browser context.  `requests` has every one made, `leaks`
// those to anywhere but this machine (`refused` when the page's policy stopped
// them), `errors` what pages threw.
export async function session({ archives = allFixtures, options = [],
    context = {} } = {}) {
    const dir = mkdtempSync(join(tmpdir(), 'dateline-browser-'));
    const store = join(dir, 'store');
    const s = { dir, store, requests: [], leaks: [], refused: [], errors: [], console: [] };

    if (archives.length > 0)
        ingest(store, archives);
    Object.assign(s, s.server = await serve(store, ...options));
    s.browser = await browser();
    s.context = await s.browser.newContext({
        viewport: { width: 1200, height: 900 }, ...context });
    s.context.on('request', request => {
        s.requests.push(request.url());
        if (!isLocal(request.url()))
            s.leaks.push(request.url());
    });
    // What a policy refuses is reported as a request, and was never sent.
    s.context.on('requestfailed', request => {
        const at = s.leaks.indexOf(request.url());

        if (at >= 0 && request.failure()?.errorText === 'csp') {
            s.leaks.splice(at, 1);
            s.refused.push(request.url());
        }
    });
    s.context.on('page', page => {
        page.on('pageerror', error => s.errors.push(String(error)));
        page.on('console', line => s.console.push(line.text()));
        page.on('websocket', socket => {
            if (!isLocal(socket.url()))
                s.leaks.push(socket.url());
        });
    });
    // Open an address in a page of its own and wait until it is loaded.
    s.open = async (url, { wait = 'load' } = {}) => {
        const page = await s.context.newPage();

        await page.goto(url, { waitUntil: wait, timeout: 30000 });
        return page;
    };
    // A picture for people to look at, when SHOTS names a folder.
    s.shot = async (page, name, more = {}) => {
        if (!process.env.SHOTS)
            return;
        mkdirSync(process.env.SHOTS, { recursive: true });
        await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`),
            ...more });
    };
    return s;
}

// Close everything and end the process with the verdict.
export async function done(s) {
    check(s.leaks.length === 0, 'no request leaves this machine', s.leaks);
    await s.browser.close();
    await s.server.stop();
    rmSync(s.dir, { recursive: true, force: true });
    console.log(`${checks - failures} of ${checks} checks hold`);
    process.exit(failures > 0 || checks === 0 ? 1 : 0);
}
