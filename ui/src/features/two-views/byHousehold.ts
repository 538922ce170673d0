import type { ConflictView } from '../../bridge';

/** Conflicts by household in the order of their first one; what has no household stands last, under ''. */
export function byHousehold(conflicts: readonly ConflictView[]): [string, ConflictView[]][] {
  const groups = new Map<string, ConflictView[]>();
  for (const conflict of conflicts) {
    const id = conflict.householdId ?? '';
    groups.set(id, [...(groups.get(id) ?? []), conflict]);
  }
  return [...groups].sort(([a], [b]) => Number(a === '') - Number(b === ''));
}
