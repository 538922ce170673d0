import { expect, it } from 'vitest';

import { splitFlags } from './splitFlags';

const choices = [{ code: 'animal', label: '犬・猫がいる' }];

it('keeps own words, and gives the words of the list their code', () => {
  expect(splitFlags('玄関は裏から、 犬・猫がいる，,呼び鈴なし', choices)).toEqual(['玄関は裏から', 'animal', '呼び鈴なし']);
});

it('is nothing for an empty line', () => {
  expect(splitFlags(' 、', choices)).toEqual([]);
});
