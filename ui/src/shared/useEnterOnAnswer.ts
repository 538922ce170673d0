import { useEffect, useRef, useState } from 'react';

/**
 * Enter in a box that searches while somebody types: `run` comes once the list is the one of what was typed.
 *
 * A fast hand presses Enter while the list before is still shown; opening its first line would open the wrong
 * household. Who types on takes the Enter back.
 */
export function useEnterOnAnswer(text: string, isAnswered: boolean, run: () => void): () => void {
  const [enteredAt, setEnteredAt] = useState<string | null>(null);
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    if (enteredAt === null || (enteredAt === text && !isAnswered)) {
      return;
    }
    setEnteredAt(null);
    if (enteredAt === text) {
      latest.current();
    }
  }, [enteredAt, text, isAnswered]);
  return () => setEnteredAt(text);
}
