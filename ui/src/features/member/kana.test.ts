import { describe, expect, it } from 'vitest';

import { committed, nothingCaught, shown } from './kana';

const compose = (steps: string[], end: string) => committed(steps.reduce(shown, nothingCaught), end);

describe('the reading of a name', () => {
  it('is the last kana before they were converted', () => {
    expect(compose(['ｓ', 'さ', 'さｔ', 'さと', 'さとう', '佐藤'], '佐藤')).toBe('サトウ');
  });

  it('is the name itself when it was written in kana', () => {
    expect(compose(['は', 'はな'], 'はな')).toBe('ハナ');
    expect(compose([], 'マリア')).toBe('マリア');
  });

  it('is empty when the conversion was given up', () => {
    expect(compose(['さ'], '')).toBe('');
  });
});
