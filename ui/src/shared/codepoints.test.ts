import { describe, expect, it } from 'vitest';

import { toCodePoints, toUnits } from './codepoints';

describe('positions in a text', () => {
  it('count a letter outside the basic plane once', () => {
    const text = '𠮷田さん😀。';
    expect(toCodePoints(text, 2)).toBe(1);
    expect(toCodePoints(text, 3)).toBe(2);
    expect(toCodePoints(text, text.length)).toBe([...text].length);
  });

  it('count a variation selector by itself', () => {
    const text = '葛\u{E0100}城';
    expect(toCodePoints(text, text.length)).toBe(3);
  });

  it('come back from code points to units', () => {
    const text = 'a𠮷b😀c';
    for (let units = 0; units <= text.length; units += 1) {
      const points = toCodePoints(text, units);
      expect([...text.slice(0, toUnits(text, points))].length).toBe(points);
    }
  });

  it('stay inside the text', () => {
    expect(toUnits('ab', 9)).toBe(2);
    expect(toCodePoints('ab', 9)).toBe(2);
  });
});
