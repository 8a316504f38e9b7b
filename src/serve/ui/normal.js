// SPDX-License-Identifier: Apache-2.0
// Passages are byte ranges of a text's normal form (dateline/story.h, version
// 1); this finds them again in the text as it is shown.

const FOLDS = [
    [0x00, 0x08, ""], [0x09, 0x09, " "], [0x0a, 0x0d, "\n"],
    [0x0e, 0x1f, ""], [0x20, 0x20, " "], [0x60, 0x60, "'"],
    [0x7f, 0x84, ""], [0x85, 0x85, "\n"], [0x86, 0x9f, ""],
    [0xa0, 0xa0, " "], [0xab, 0xab, '"'], [0xad, 0xad, ""],
    [0xb4, 0xb4, "'"], [0xbb, 0xbb, '"'], [0x2b9, 0x2b9, "'"],
    [0x2ba, 0x2ba, '"'], [0x2bb, 0x2bd, "'"], [0x34f, 0x34f, ""],
    [0x61c, 0x61c, ""], [0x1680, 0x1680, " "], [0x180b, 0x180e, ""],
    [0x2000, 0x200a, " "], [0x200b, 0x200f, ""], [0x2010, 0x2015, "-"],
    [0x2018, 0x201b, "'"], [0x201c, 0x201f, '"'], [0x2026, 0x2026, "..."],
    [0x2028, 0x2029, "\n"], [0x202a, 0x202e, ""], [0x202f, 0x202f, " "],
    [0x2032, 0x2032, "'"], [0x2033, 0x2033, '"'], [0x2035, 0x2035, "'"],
    [0x2036, 0x2036, '"'], [0x2039, 0x203a, "'"], [0x205f, 0x205f, " "],
    [0x2060, 0x206f, ""], [0x2212, 0x2212, "-"], [0x275b, 0x275c, "'"],
    [0x275d, 0x275e, '"'], [0x3000, 0x3000, " "], [0x301d, 0x301f, '"'],
    [0xfe00, 0xfe0f, ""], [0xfeff, 0xfeff, ""], [0xfff9, 0xfffb, ""],
    [0xe0000, 0xe0fff, ""],
];

/* Null: the character stays. */
function fold(c) {
    if (c > 0x20 && c < 0x7f && c !== 0x60)
        return null;
    let low = 0, high = FOLDS.length;

    while (low < high) {
        const mid = (low + high) >> 1;

        if (c > FOLDS[mid][1])
            low = mid + 1;
        else
            high = mid;
    }
    return low < FOLDS.length && c >= FOLDS[low][0] ? FOLDS[low][2] : null;
}

const width = (c) => (c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4);

/**
 * Where in `text` each byte of its normal form comes from.  `text` has to be
 * in NFC.  The list holds an index for every byte, and one for the end.
 */
export function origins(text) {
    const from = [];
    let space = false, line = false;

    for (let i = 0; i < text.length;) {
        const c = text.codePointAt(i);
        const to = fold(c);
        const next = i + (c > 0xffff ? 2 : 1);

        if (to === " ") {
            space = true;
        } else if (to === "\n") {
            line = true;
        } else if (to !== "") {
            if ((line || space) && from.length > 0)
                from.push(i);
            line = space = false;
            for (let n = to === null ? width(c) : to.length; n > 0; n--)
                from.push(i);
        }
        i = next;
    }
    from.push(text.length);
    return from;
}

/**
 * Byte ranges [[from, to], ...] of the normal form as ranges of `text`: in
 * order, those that touch joined.  Ranges beyond the text are left out.
 */
export function ranges(text, spans) {
    const from = origins(text);
    const out = [];

    for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {
        if (end > from.length - 1 || start >= end)
            continue;
        const last = out[out.length - 1];
        const a = from[start], b = from[end];

        if (last !== undefined && a <= last[1] + 1)
            last[1] = Math.max(last[1], b);
        else
            out.push([a, b]);
    }
    for (const r of out)
        while (r[1] > r[0] && /\s/.test(text[r[1] - 1]))
            r[1]--;
    return out;
}
