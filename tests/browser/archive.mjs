// SPDX-License-Identifier: Apache-2.0
//
// A plain WARC of pages a test makes up: writeArchive(path, [{ url, date,
// type, body, status, headers }, ...]).

import { writeFileSync } from 'node:fs';

let count = 0;

function record(fields, block) {
    const id = `<urn:uuid:00000000-0000-4000-8000-${
        String(++count).padStart(12, '0')}>`;
    const head = ['WARC/1.1', ...Object.entries(fields)
        .map(([name, value]) => `${name}: ${value}`),
    `WARC-Record-ID: ${id}`, `Content-Length: ${block.length}`, '', '']
        .join('\r\n');

    return Buffer.concat([Buffer.from(head), block, Buffer.from('\r\n\r\n')]);
}

export function writeArchive(path, pages) {
    const first = record({ 'WARC-Type': 'warcinfo',
        'WARC-Date': '2024-01-01T00:00:00Z',
        'Content-Type': 'application/warc-fields' },
    Buffer.from('software: a test\r\n'));
    const rest = pages.map(p => {
        const body = Buffer.from(p.body);
        const head = `HTTP/1.1 ${p.status ?? 200} OK\r\nContent-Type: ${
            p.type ?? 'text/html; charset=utf-8'}\r\nContent-Length: ${
            body.length}\r\n${Object.entries(p.headers ?? {})
            .map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;

        return record({ 'WARC-Type': 'response', 'WARC-Target-URI': p.url,
            'WARC-Date': p.date,
            'Content-Type': 'application/http; msgtype=response' },
        Buffer.concat([Buffer.from(head), body]));
    });

    writeFileSync(path, Buffer.concat([first, ...rest]));
}
