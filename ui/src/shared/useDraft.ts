import { useEffect, useRef } from 'react';

import { registerDraft } from './pending';

/** Keeps a text that was begun when the page is taken away: `keep` makes a record of it. An empty text is nothing. */
export function useDraft(text: string, keep: (text: string) => Promise<unknown>): void {
  const now = useRef({ text, keep });
  now.current = { text, keep };
  useEffect(
    () =>
      registerDraft(async () => {
        const begun = now.current.text;
        if (begun.trim() !== '') {
          await now.current.keep(begun);
        }
      }),
    [],
  );
}
