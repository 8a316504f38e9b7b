// SPDX-License-Identifier: Apache-2.0
// The difference of two texts, word by word: Myers' greedy comparison
// (Algorithmica 1, 1986), with a bound on its work.

const MOST_EDITS = 2000;

/** Words and line ends; a line end is a word of its own. */
export function words(text) {
    return text.match(/\n|[^\s]+/g) ?? [];
}

/* Pairs of equal words [a, b), by walking the furthest paths back. */
function path(a, b) {
    const max = Math.min(a.length + b.length, MOST_EDITS);
    const v = new Map([[1, 0]]);
    const trail = [];

    for (let d = 0; d <= max; d++) {
        for (let k = -d; k <= d; k += 2) {
            const down = k === -d ||
                (k !== d && (v.get(k - 1) ?? -1) < (v.get(k + 1) ?? -1));
            let x = down ? v.get(k + 1) : v.get(k - 1) + 1;

            while (x < a.length && x - k < b.length && a[x] === b[x - k])
                x++;
            v.set(k, x);
            if (x >= a.length && x - k >= b.length) {
                trail.push(new Map(v));
                return trail;
            }
        }
        trail.push(new Map(v));
    }
    return null;
}

function back(a, b, trail) {
    const out = [];
    let x = a.length, y = b.length;

    for (let d = trail.length - 1; d > 0; d--) {
        const v = trail[d - 1], k = x - y;
        const down = k === -d ||
            (k !== d && (v.get(k - 1) ?? -1) < (v.get(k + 1) ?? -1));
        const px = down ? v.get(k + 1) : v.get(k - 1);
        const py = px - (down ? k + 1 : k - 1);

        for (; x > px && y > py && x > 0 && y > 0; x--, y--)
            out.push(["same", b[y - 1]]);
        if (down)
            out.push(["added", b[--y]]);
        else
            out.push(["removed", a[--x]]);
    }
    for (; y > 0; y--)
        out.push(["same", b[y - 1]]);
    return out.reverse();
}

/**
 * [[kind, [word, ...]], ...] with kind "same", "added" or "removed", in the
 * order of the new text.
 */
export function diff(before, after) {
    const a = words(before), b = words(after);
    let head = 0, tail = 0;

    while (head < a.length && head < b.length && a[head] === b[head])
        head++;
    while (tail < a.length - head && tail < b.length - head &&
        a[a.length - 1 - tail] === b[b.length - 1 - tail])
        tail++;
    const x = a.slice(head, a.length - tail), y = b.slice(head,
        b.length - tail);
    const trail = path(x, y);
    const middle = trail !== null ? back(x, y, trail)
        : [...x.map((w) => ["removed", w]), ...y.map((w) => ["added", w])];
    const out = [];

    for (const [kind, word] of [
        ...a.slice(0, head).map((w) => ["same", w]), ...middle,
        ...a.slice(a.length - tail).map((w) => ["same", w])]) {
        if (out.length > 0 && out[out.length - 1][0] === kind)
            out[out.length - 1][1].push(word);
        else
            out.push([kind, [word]]);
    }
    return out;
}
