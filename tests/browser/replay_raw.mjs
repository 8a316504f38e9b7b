// SPDX-License-Identifier: Apache-2.0
//
// A capture as it was, shown by a browser.
import { session, check, done } from './lib.mjs';

const url = 'https://amp.northwire.example/national/2025/03/02/tolva-flood';
const s = await session({ archives: ['news-3.warc.zst'] });
const page = await s.open(`${s.replay}/web/2025id_/${url}`);

check(page.url().endsWith(`/web/20250302220500id_/${url}`),
    'it leads to the nearest capture', page.url());
check((await page.textContent('body')).includes('Tolva'),
    'the text is there', await page.textContent('body'));
check(await page.evaluate(() => origin) === 'null',
    'it has no origin to abuse');
await s.shot(page, 'raw');
await done(s);
