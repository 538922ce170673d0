import { describe, expect, it } from 'vitest';

import { readTime } from './readTime';

describe('a time of day', () => {
  it('is read as people write it', () => {
    expect(['10:15', '1015', '９：０５', '9時5分', '9', '午後2時'].map(readTime)).toEqual([
      '10:15',
      '10:15',
      '09:05',
      '09:05',
      '09:00',
      '14:00',
    ]);
  });

  it('is nothing when there is no such time', () => {
    expect(['25:00', '10:75', 'あさ', ''].map(readTime)).toEqual([undefined, undefined, undefined, undefined]);
  });
});
