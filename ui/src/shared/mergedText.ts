import { merge3 } from './merge3';

/*
 * An editor's text beside the core's text, as a value.
 *
 * Invariants:
 * - `base` is the version whose text is `baseText`; what is typed since is the difference to `text`.
 * - Only one save is under way. Its answer holds the typed text and whatever arrived; letters typed
 *   meanwhile were made on the text that was sent, so they are carried over onto the answer.
 * - Nothing that arrives touches an editor with unsaved letters. They go out with the base they were
 *   made from, and the core merges.
 */

/** A text with the version it has. */
export interface Versioned {
  version: string;
  text: string;
}

export interface Editing {
  text: string;
  base: string;
  baseText: string;
  sent: string | null;
}

export function open(view: Versioned): Editing {
  return { text: view.text, base: view.version, baseText: view.text, sent: null };
}

/** Letters that no save has taken along yet. */
export function isDirty(state: Editing): boolean {
  return state.text !== (state.sent ?? state.baseText);
}

export function typed(state: Editing, text: string): Editing {
  return { ...state, text };
}

/** The save that is due, if one is. */
export function due(state: Editing): { text: string; base: string } | null {
  return state.sent === null && isDirty(state) ? { text: state.text, base: state.base } : null;
}

export function sending(state: Editing): Editing {
  return { ...state, sent: state.text };
}

/** The core answered the save that was under way. */
export function answered(state: Editing, view: Versioned): Editing {
  const text = state.sent === null ? view.text : merge3(state.sent, state.text, view.text);
  return { text, base: view.version, baseText: view.text, sent: null };
}

/** The save was refused: its letters count as unsaved again. */
export function refused(state: Editing): Editing {
  return { ...state, sent: null };
}

/** A newer text was read, as after an import. */
export function arrived(state: Editing, view: Versioned): Editing {
  if (state.sent !== null || isDirty(state) || view.version === state.base) {
    return state;
  }
  return open(view);
}
