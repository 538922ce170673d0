import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

import { asErrorView, type ErrorView } from '../bridge';
import { mapIndex } from './merge3';
import * as editing from './mergedText';
import { registerFlush } from './pending';

/** How an editor stands: nothing unsaved, letters waiting, a save under way, a save refused. */
export type SaveState = 'saved' | 'typing' | 'saving' | 'failed';

/** Rest after the last letter before a text is saved. */
const REST_MS = 1500;
/** Wait before a refused save is tried again. */
const RETRY_MS = 6000;

interface Field {
  value: string;
  onChange: (event: { target: { value: string } }) => void;
  onBlur: () => void;
  onCompositionStart: () => void;
  onCompositionEnd: () => void;
}

export interface MergedText {
  text: string;
  state: SaveState;
  /** Why the last save was refused; null once one went through. */
  error: ErrorView | null;
  /** Spread onto the `<input>` or `<textarea>` that `ref` points at. */
  field: Field;
  setText: (text: string) => void;
  /** Saves what is unsaved; resolves when the editor's text is the core's text at its version. */
  flush: () => Promise<void>;
  /** The version that the text in the editor stands on. */
  base: () => string;
}

/**
 * A text field that saves by itself and never loses a letter on either side.
 *
 * @param view the text as it was last read
 * @param save saves the whole text at a base and answers with what the core has then
 */
export function useMergedText(
  view: editing.Versioned,
  save: (text: string, base: string) => Promise<editing.Versioned>,
  ref: RefObject<HTMLInputElement | HTMLTextAreaElement | null>,
): MergedText {
  const [state, setState] = useState(() => editing.open(view));
  const [failed, setFailed] = useState<ErrorView | null>(null);
  const now = useRef(state);
  const latestSave = useRef(save);
  latestSave.current = save;
  const composing = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const running = useRef<Promise<void> | null>(null);
  /** Answers that came during a conversion; applied when it ends. */
  const held = useRef<((state: editing.Editing) => editing.Editing)[]>([]);
  /** What was read while letters were unsaved. The next answer holds it too. */
  const unseen = useRef<editing.Versioned | null>(null);
  const caret = useRef<{ from: string; start: number; end: number } | null>(null);

  const put = useCallback(
    (next: editing.Editing) => {
      const element = ref.current;
      if (element !== null && next.text !== now.current.text && document.activeElement === element) {
        caret.current ??= {
          from: now.current.text,
          start: element.selectionStart ?? 0,
          end: element.selectionEnd ?? 0,
        };
      }
      now.current = next;
      setState(next);
    },
    [ref],
  );

  // The browser moves the caret to the end when a value is set; it belongs where the writer left it.
  useLayoutEffect(() => {
    const element = ref.current;
    const left = caret.current;
    if (element !== null && left !== null) {
      caret.current = null;
      element.setSelectionRange(
        mapIndex(left.from, state.text, left.start),
        mapIndex(left.from, state.text, left.end),
      );
    }
  }, [state.text, ref]);

  const change = useCallback(
    (step: (state: editing.Editing) => editing.Editing) => {
      if (composing.current) {
        held.current.push(step);
      } else {
        put(step(now.current));
      }
    },
    [put],
  );

  const saveOnce = useCallback(async () => {
    const next = editing.due(now.current);
    if (next === null || composing.current) {
      return;
    }
    put(editing.sending(now.current));
    try {
      const answer = await latestSave.current(next.text, next.base);
      setFailed(null);
      unseen.current = null;
      change((current) => editing.answered(current, answer));
    } catch (error) {
      setFailed(asErrorView(error));
      change(editing.refused);
      throw error;
    }
  }, [change, put]);

  const flush = useCallback(async () => {
    clearTimeout(timer.current);
    // Letters typed during a save need one more.
    for (let round = 0; round < 5; round += 1) {
      if (running.current !== null) {
        await running.current;
      } else if (editing.due(now.current) === null || composing.current) {
        return;
      } else {
        running.current = saveOnce().finally(() => {
          running.current = null;
        });
        await running.current;
      }
    }
  }, [saveOnce]);

  const schedule = useCallback(
    (wait: number) => {
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        flush().catch(() => schedule(RETRY_MS));
      }, wait);
    },
    [flush],
  );

  const setText = useCallback(
    (text: string) => {
      now.current = editing.typed(now.current, text);
      setState(now.current);
      const waiting = unseen.current;
      if (waiting !== null && !editing.isDirty(now.current)) {
        unseen.current = null;
        change((current) => editing.arrived(current, waiting));
      }
      schedule(REST_MS);
    },
    [change, schedule],
  );

  // Only what is newly read counts: after an answer the view in hand may be older than the editor.
  useEffect(() => {
    const read = { version: view.version, text: view.text };
    if (now.current.sent !== null || editing.isDirty(now.current)) {
      unseen.current = read;
    }
    change((current) => editing.arrived(current, read));
  }, [change, view.version, view.text]);

  useEffect(() => {
    const leave = registerFlush(flush);
    return () => {
      leave();
      flush().catch(() => undefined);
    };
  }, [flush]);

  const unsaved = editing.isDirty(state);
  return {
    text: state.text,
    error: failed,
    state: failed !== null ? 'failed' : state.sent !== null ? 'saving' : unsaved ? 'typing' : 'saved',
    field: {
      value: state.text,
      onChange: (event) => setText(event.target.value),
      onBlur: () => void flush().catch(() => schedule(RETRY_MS)),
      onCompositionStart: () => {
        composing.current = true;
      },
      onCompositionEnd: () => {
        composing.current = false;
        const steps = held.current.splice(0);
        if (steps.length > 0) {
          // The last letters of the conversion are in the field before React hears of them.
          const shown = ref.current?.value ?? now.current.text;
          put(steps.reduce((current, step) => step(current), editing.typed(now.current, shown)));
        }
        schedule(REST_MS);
      },
    },
    setText,
    flush,
    base: () => now.current.base,
  };
}
