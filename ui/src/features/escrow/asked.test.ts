import { describe, expect, it } from 'vitest';

import { asked, isWord } from './asked';

const word = { kana: 'がいこく', romaji: 'gaikoku' };

describe('The words of a share that are asked back', () => {
  it('are known however they are typed', () => {
    for (const typed of ['がいこく', ' がいこく　', 'ガイコク', 'ｶﾞｲｺｸ', 'gaikoku', 'ＧＡＩＫＯＫＵ']) {
      expect(isWord(typed, word), typed).toBe(true);
    }
    for (const typed of ['', 'かいこく', 'gaikok', 'がいこく がいこく']) {
      expect(isWord(typed, word), typed).toBe(false);
    }
    expect(isWord('', undefined)).toBe(false);
  });

  it('are never the check words, and differ from share to share', () => {
    const rows = [1, 2, 3].map(() => Array.from({ length: 6 }, () => word));
    const drawn = Array.from({ length: 60 }, () => asked(rows));
    expect(drawn.flat().every((place) => place >= 0 && place < 5)).toBe(true);
    expect(new Set(drawn.map(String)).size).toBeGreaterThan(1);
  });
});
