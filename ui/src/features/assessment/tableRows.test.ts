import { describe, expect, it } from 'vitest';

import { namesFor, withCell, withoutRow } from './tableRows';

describe('the rows of a table', () => {
  it('begin by their first cell, not before', () => {
    expect(withCell([], 0, 'name', '')).toEqual([]);
    expect(withCell([], 0, 'name', 'みどり医院')).toEqual([{ name: 'みどり医院' }]);
  });

  it('lose an emptied cell and keep the row', () => {
    expect(withCell([{ name: 'a', illness: 'b' }], 0, 'illness', '')).toEqual([{ name: 'a' }]);
    expect(withCell([{ name: 'a' }], 0, 'name', null)).toEqual([{}]);
  });

  it('go one by one', () => {
    expect(withoutRow([{ name: 'a' }, { name: 'b' }], 0)).toEqual([{ name: 'b' }]);
  });

  it('keep their names while rows come', () => {
    expect(namesFor([0], 1)).toEqual([0, 1]);
    expect(namesFor([0, 2], 2)).toEqual([0, 2, 3]);
    expect(namesFor([0, 1, 2], 1)).toEqual([0, 1]);
  });
});
