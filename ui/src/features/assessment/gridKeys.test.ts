import { describe, expect, it } from 'vitest';

import { gridAction, moved } from './gridKeys';

const press = (code: string, over: object = {}) =>
  gridAction({ code, ctrlKey: false, metaKey: false, altKey: false, ...over });

describe('a key in the assessment table', () => {
  it('answers by its place, on the figures and on the number pad', () => {
    expect(press('Digit1')).toEqual({ kind: 'level', index: 0 });
    expect(press('Numpad4')).toEqual({ kind: 'level', index: 3 });
    expect(press('Digit5')).toBeUndefined();
  });

  it('tells "not asked", "rather not say" and "not now" apart', () => {
    expect(press('Digit0')).toEqual({ kind: 'state', state: 'unasked' });
    expect(press('KeyU')).toEqual({ kind: 'state', state: 'unasked' });
    expect(press('KeyD')).toEqual({ kind: 'state', state: 'declined' });
    expect(press('KeyL')).toEqual({ kind: 'state', state: 'notNow' });
  });

  it('leaves keys with a modifier to the program', () => {
    expect(press('KeyL', { ctrlKey: true })).toBeUndefined();
    expect(press('Digit1', { altKey: true })).toBeUndefined();
  });

  it('moves inside the table and never out of it', () => {
    const size = { rows: 3, columns: 8 };
    expect(moved({ row: 0, column: 0 }, { rows: -1, columns: -1 }, size)).toEqual({ row: 0, column: 0 });
    expect(moved({ row: 2, column: 7 }, { rows: 1, columns: 1 }, size)).toEqual({ row: 2, column: 7 });
    expect(moved({ row: 1, column: 1 }, { rows: 1, columns: 0 }, size)).toEqual({ row: 2, column: 1 });
  });
});
