import { useCallback, useEffect, useRef, useState } from 'react';

import { registerFlush } from './pending';
import type { SaveState } from './useMergedText';

const REST_MS = 1500;

/**
 * A field that holds one value, saved by itself.
 *
 * The base is the version in front of the writer at the first letter: what a colleague said about the
 * same point meanwhile then stands beside it instead of being covered.
 */
export function useRegister(
  value: string,
  version: string,
  save: (value: string, base: string) => Promise<{ version: string } | undefined>,
) {
  const [draft, setDraft] = useState<string | null>(null);
  const [state, setState] = useState<SaveState>('saved');
  const current = useRef<{ draft: string | null; base: string }>({ draft: null, base: version });
  const latest = useRef({ value, version, save });
  latest.current = { value, version, save };
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const flush = useCallback(async () => {
    clearTimeout(timer.current);
    const { draft: typed, base } = current.current;
    if (typed === null) {
      return;
    }
    if (typed === latest.current.value) {
      current.current.draft = null;
      setDraft(null);
      setState('saved');
      return;
    }
    setState('saving');
    const answer = await latest.current.save(typed, base);
    if (answer === undefined) {
      setState('failed');
      return;
    }
    current.current.base = answer.version;
    if (current.current.draft === typed) {
      current.current.draft = null;
      setState('saved');
    }
  }, []);

  // The saved value comes back with the next reading; until then the letters stay on the screen.
  useEffect(() => {
    if (current.current.draft === null) {
      setDraft(null);
    }
  }, [value, version]);

  useEffect(() => {
    const leave = registerFlush(flush);
    return () => {
      leave();
      void flush();
    };
  }, [flush]);

  return {
    text: draft ?? value,
    state,
    setText: (text: string) => {
      if (current.current.draft === null) {
        current.current.base = latest.current.version;
      }
      current.current.draft = text;
      setDraft(text);
      setState('typing');
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void flush(), REST_MS);
    },
    flush,
  };
}
