/*
 * The rows of a table in an answer, as a value. A row is an object by column; what was emptied is not
 * in it. One row more than there are stands at the end, for the next one.
 */

export type Row = Record<string, unknown>;

/** `rows` with one cell changed; a row behind the last one is begun by that. */
export function withCell(rows: readonly Row[], at: number, column: string, value: unknown): Row[] {
  const next = rows.map((row) => ({ ...row }));
  const row = next[at] ?? {};
  if (value === null || value === '') {
    delete row[column];
  } else {
    row[column] = value;
  }
  if (at < next.length) {
    next[at] = row;
  } else if (Object.keys(row).length > 0) {
    next.push(row);
  }
  return next;
}

export function withoutRow(rows: readonly Row[], at: number): Row[] {
  return rows.filter((_, index) => index !== at);
}

/** Names for `count` rows and the empty one behind them; rows that are known keep theirs. */
export function namesFor(names: readonly number[], count: number): number[] {
  const kept = names.slice(0, count + 1);
  let next = Math.max(-1, ...names);
  while (kept.length < count + 1) {
    next += 1;
    kept.push(next);
  }
  return kept;
}
