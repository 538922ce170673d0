import { expect, it } from 'vitest';

import type { ConflictView } from '../../bridge';
import { byHousehold } from './byHousehold';

const conflict = (id: string, householdId?: string): ConflictView => ({
  id,
  documentId: 'd',
  path: 'fields/phone',
  values: [],
  ...(householdId === undefined ? {} : { householdId }),
});

it('puts a household together and what has none at the end', () => {
  const groups = byHousehold([conflict('1'), conflict('2', 'b'), conflict('3', 'a'), conflict('4', 'b')]);
  expect(groups.map(([id, own]) => [id, own.map((entry) => entry.id)])).toEqual([
    ['b', ['2', '4']],
    ['a', ['3']],
    ['', ['1']],
  ]);
});
