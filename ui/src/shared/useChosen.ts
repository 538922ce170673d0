import { useEffect, useRef, useState } from 'react';

/**
 * A value that is chosen, not typed, and saved at once.
 *
 * What was chosen shows before the core has answered, and choices in quick succession are written one
 * after the other, each on the answer of the one before: nobody ends up with two views of their own.
 */
export function useChosen<V>(
  value: V,
  version: string,
  save: (value: V, base: string) => Promise<{ version: string } | undefined>,
): [V, (next: V) => Promise<{ version: string } | undefined>] {
  const [chosen, setChosen] = useState<{ value: V } | null>(null);
  const latest = useRef({ version, save });
  latest.current = { version, save };
  const line = useRef<Promise<unknown>>(Promise.resolve());
  const waiting = useRef(0);
  /** The version after our own last write, until the next reading. */
  const own = useRef<string | null>(null);

  useEffect(() => {
    if (waiting.current === 0) {
      own.current = null;
      setChosen(null);
    }
  }, [version]);

  const choose = (next: V) => {
    setChosen({ value: next });
    waiting.current += 1;
    const looked = latest.current.version;
    const writing = line.current.then(async () => {
      const saved = await latest.current.save(next, own.current ?? looked);
      waiting.current -= 1;
      if (saved !== undefined) {
        own.current = saved.version;
      }
      if (waiting.current === 0 && (saved === undefined || saved.version === latest.current.version)) {
        own.current = null;
        setChosen(null);
      }
      return saved;
    });
    line.current = writing;
    return writing;
  };
  return [chosen === null ? value : chosen.value, choose];
}
