/*
 * Merging two edits of one text, in the window.
 *
 * The core merges what was saved. This merges what was not yet saved: letters typed while a save
 * was on its way, and the answer that brought a colleague's sentence.
 */

/** Units `start..end` of the old text became `text`. */
export interface Splice {
  start: number;
  end: number;
  text: string;
}

/** Longest middle, in units, for which letters are compared; beyond it the whole middle counts as one change. */
const FINE_LIMIT = 4000;

/** The changes that turn `from` into `to`, in order, not touching each other. */
export function diff(from: string, to: string): Splice[] {
  const a = Array.from(from);
  const b = Array.from(to);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) {
    head += 1;
  }
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) {
    tail += 1;
  }
  const middleA = a.slice(head, a.length - tail);
  const middleB = b.slice(head, b.length - tail);
  if (middleA.length === 0 && middleB.length === 0) {
    return [];
  }
  const offset = a.slice(0, head).join('').length;
  if (middleA.length === 0 || middleB.length === 0 || middleA.length * middleB.length > FINE_LIMIT * FINE_LIMIT) {
    return [{ start: offset, end: offset + middleA.join('').length, text: middleB.join('') }];
  }
  return fineDiff(middleA, middleB, offset);
}

/** Letter by letter, by the shortest edit script (Myers). */
function fineDiff(a: string[], b: string[], offset: number): Splice[] {
  const limit = a.length + b.length;
  const trace: Map<number, number>[] = [];
  let frontier = new Map<number, number>([[1, 0]]);
  let steps = 0;
  search: for (; steps <= limit; steps += 1) {
    trace.push(new Map(frontier));
    const next = new Map(frontier);
    for (let k = -steps; k <= steps; k += 2) {
      const down = k === -steps || (k !== steps && (frontier.get(k - 1) ?? -1) < (frontier.get(k + 1) ?? -1));
      let x = down ? (frontier.get(k + 1) ?? 0) : (frontier.get(k - 1) ?? 0) + 1;
      let y = x - k;
      while (x < a.length && y < b.length && a[x] === b[y]) {
        x += 1;
        y += 1;
      }
      next.set(k, x);
      if (x >= a.length && y >= b.length) {
        break search;
      }
    }
    frontier = next;
    // A rewritten paragraph: the script would be longer than it is worth.
    if (steps > 1500) {
      const length = a.join('').length;
      return [{ start: offset, end: offset + length, text: b.join('') }];
    }
  }
  const kept: [number, number][] = [];
  let x = a.length;
  let y = b.length;
  for (let step = steps; step >= 0; step -= 1) {
    const before = trace[step] ?? new Map<number, number>();
    const k = x - y;
    const down = k === -step || (k !== step && (before.get(k - 1) ?? -1) < (before.get(k + 1) ?? -1));
    const previousK = down ? k + 1 : k - 1;
    const previousX = before.get(previousK) ?? 0;
    const previousY = previousX - previousK;
    while (x > previousX && y > previousY && x > 0 && y > 0) {
      x -= 1;
      y -= 1;
      kept.push([x, y]);
    }
    x = previousX;
    y = previousY;
  }
  kept.reverse();
  const units: number[] = [0];
  for (const letter of a) {
    units.push((units[units.length - 1] ?? 0) + letter.length);
  }
  const splices: Splice[] = [];
  let atA = 0;
  let atB = 0;
  for (const [keepA, keepB] of [...kept, [a.length, b.length] as [number, number]]) {
    if (keepA > atA || keepB > atB) {
      splices.push({
        start: offset + (units[atA] ?? 0),
        end: offset + (units[keepA] ?? 0),
        text: b.slice(atB, keepB).join(''),
      });
    }
    atA = keepA + 1;
    atB = keepB + 1;
  }
  return splices;
}

/**
 * Both edits of `base`: what was inserted on either side stays, what either side deleted goes.
 * At the same place `theirs` stands first, so that the caret stays behind its own letters.
 */
export function merge3(base: string, mine: string, theirs: string): string {
  if (base === mine || mine === theirs) {
    return theirs;
  }
  if (base === theirs) {
    return mine;
  }
  const insertions = new Map<number, string[]>();
  const gone = new Uint8Array(base.length);
  for (const splice of [...diff(base, theirs), ...diff(base, mine)]) {
    gone.fill(1, splice.start, splice.end);
    if (splice.text !== '') {
      const here = insertions.get(splice.start) ?? [];
      here.push(splice.text);
      insertions.set(splice.start, here);
    }
  }
  let merged = '';
  for (let at = 0; at <= base.length; at += 1) {
    merged += (insertions.get(at) ?? []).join('');
    if (at < base.length && gone[at] === 0) {
      merged += base[at];
    }
  }
  return merged;
}

/** Where the caret at `index` of `from` stands in `to`. */
export function mapIndex(from: string, to: string, index: number): number {
  let shift = 0;
  for (const splice of diff(from, to)) {
    if (splice.end <= index) {
      shift += splice.text.length - (splice.end - splice.start);
    } else if (splice.start < index) {
      return splice.start + shift + Math.min(splice.text.length, index - splice.start);
    } else {
      break;
    }
  }
  return index + shift;
}
