import { describe, expect, it } from 'vitest';

import { diff, mapIndex, merge3 } from './merge3';

function apply(text: string, splices: ReturnType<typeof diff>): string {
  let result = '';
  let at = 0;
  for (const splice of splices) {
    result += text.slice(at, splice.start) + splice.text;
    at = splice.end;
  }
  return result + text.slice(at);
}

/** A small generator with a seed, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

const LETTERS = [...'母は「迷惑」と言う。𠮷田😀\n'];

function text(next: () => number, length: number): string {
  return Array.from({ length }, () => LETTERS[Math.floor(next() * LETTERS.length)] ?? '').join('');
}

function edited(next: () => number, base: string): string {
  const letters = [...base];
  const at = Math.floor(next() * (letters.length + 1));
  const gone = Math.floor(next() * 4);
  letters.splice(at, gone, ...text(next, Math.floor(next() * 4)));
  return letters.join('');
}

describe('a difference', () => {
  it('turns one text into the other, whatever they are', () => {
    const next = random(7);
    for (let round = 0; round < 2000; round += 1) {
      const from = text(next, Math.floor(next() * 14));
      const to = next() < 0.5 ? edited(next, from) : text(next, Math.floor(next() * 14));
      expect(apply(from, diff(from, to))).toBe(to);
    }
  });

  it('is quick on a large paste', () => {
    const from = 'あ'.repeat(200_000);
    const started = performance.now();
    expect(apply(from, diff(from, 'い'.repeat(300_000)))).toHaveLength(300_000);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('two edits of one text', () => {
  it('both stay', () => {
    expect(merge3('母は元気。', '母は元気。庭に出る。', '父と母は元気。')).toBe('父と母は元気。庭に出る。');
    expect(merge3('ab', 'aXb', 'aYb')).toBe('aYXb');
  });

  it('lose no inserted letter of either side', () => {
    const next = random(11);
    for (let round = 0; round < 1000; round += 1) {
      const base = text(next, 10);
      const letters = [...base];
      const insert = (mark: string) => {
        const at = Math.floor(next() * (letters.length + 1));
        return [...letters.slice(0, at), mark, ...letters.slice(at)].join('');
      };
      const merged = merge3(base, insert('☆'), insert('★'));
      expect(merged).toContain('☆');
      expect(merged).toContain('★');
      expect(merged.replace(/[☆★]/g, '')).toBe(base);
    }
  });

  it('are one edit when only one side changed', () => {
    expect(merge3('a', 'a', 'b')).toBe('b');
    expect(merge3('a', 'b', 'a')).toBe('b');
  });
});

describe('the caret', () => {
  it('stays behind its own letters when words arrive before it', () => {
    expect(mapIndex('母は元気', '父と母は元気', 4)).toBe(6);
    expect(mapIndex('母は元気', '母は元気です', 2)).toBe(2);
  });
});
