import type { HouseholdRef, HouseholdView, NoteSummary } from '../../bridge';

/** The contacts of this household and of those that are shown with it, newest first; `from` says whose it is. */
export function together(view: HouseholdView): (NoteSummary & { from?: HouseholdRef })[] {
  const others = [...view.linked, ...view.local.linked];
  if (others.length === 0) {
    return view.notes;
  }
  const theirs = others.flatMap((other) => other.notes.map((note) => ({ ...note, from: other.household })));
  return [...view.notes, ...theirs].sort((a, b) => Date.parse(b.occurredAt) - Date.parse(a.occurredAt));
}
