import { describe, expect, it } from 'vitest';

import en from './en.json';
import ja from './ja.json';

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, prefix = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${prefix}${key}`, value] as [string, string]] : flat(value, `${prefix}${key}.`),
  );
}

const japanese = new Map(flat(ja));
const english = new Map(flat(en));
const holes = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();

describe('the words of the screens', () => {
  it('are there in both languages, for the same keys', () => {
    expect([...english.keys()]).toEqual([...japanese.keys()]);
  });

  it('are never empty and take the same values in', () => {
    for (const [key, words] of japanese) {
      expect(words.trim(), key).not.toBe('');
      expect(english.get(key)?.trim(), key).not.toBe('');
      expect(holes(english.get(key) ?? ''), key).toEqual(holes(words));
    }
  });

  it('are plain: no conflict, no case, no difficult subject', () => {
    for (const words of japanese.values()) {
      expect(words).not.toMatch(/競合|衝突|ケース|対象者|困難事例|同期エラー/);
    }
    for (const words of english.values()) {
      expect(words).not.toMatch(/conflict/i);
    }
  });

  it('are all used', () => {
    const sources = Object.values(
      import.meta.glob('../**/*.{ts,tsx}', { eager: true, query: '?raw', import: 'default' }),
    ).join('\n');
    const built = /^(erase\.(whole|wholeWhy)|audit\.(act|did|record|fault)|op|notice|escrow\.is|aside|field|grade|role|state|save|strength|basis|search\.kind|restricted\.kind|rescue\.title|today\.untitled|undo|redo|kin\.(because|kind)|renew\.(kind|part)|handover\.(state|answer|fromMe|said))\./;
    for (const key of japanese.keys()) {
      expect(built.test(key) || sources.includes(`'${key}'`), key).toBe(true);
    }
  });
});
