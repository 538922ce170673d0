/** What a key means in the assessment table. */
export type GridAction =
  | { kind: 'move'; rows: number; columns: number }
  | { kind: 'edge'; to: 'first' | 'last' }
  | { kind: 'level'; index: number }
  | { kind: 'state'; state: 'unasked' | 'declined' | 'notNow' }
  | { kind: 'strength' }
  | { kind: 'details' };

interface KeyLike {
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

const MOVES: Record<string, [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/**
 * Reads a key by its place on the keyboard, so that it works with the kana layer on.
 * Keys with a modifier belong to the program, not to the table.
 */
export function gridAction(event: KeyLike): GridAction | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return undefined;
  }
  const move = MOVES[event.code];
  if (move !== undefined) {
    return { kind: 'move', rows: move[0], columns: move[1] };
  }
  const digit = /^(?:Digit|Numpad)([0-4])$/.exec(event.code)?.[1];
  if (digit !== undefined) {
    return digit === '0' ? { kind: 'state', state: 'unasked' } : { kind: 'level', index: Number(digit) - 1 };
  }
  switch (event.code) {
    case 'KeyU':
      return { kind: 'state', state: 'unasked' };
    case 'KeyD':
      return { kind: 'state', state: 'declined' };
    case 'KeyL':
      return { kind: 'state', state: 'notNow' };
    case 'KeyS':
      return { kind: 'strength' };
    case 'Enter':
    case 'NumpadEnter':
    case 'F2':
      return { kind: 'details' };
    case 'Home':
      return { kind: 'edge', to: 'first' };
    case 'End':
      return { kind: 'edge', to: 'last' };
    default:
      return undefined;
  }
}

/** A place in the table, kept inside it. */
export function moved(
  at: { row: number; column: number },
  by: { rows: number; columns: number },
  size: { rows: number; columns: number },
): { row: number; column: number } {
  const inside = (value: number, length: number) => Math.max(0, Math.min(length - 1, value));
  return { row: inside(at.row + by.rows, size.rows), column: inside(at.column + by.columns, size.columns) };
}
