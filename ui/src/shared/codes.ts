import { useMemo } from 'react';

import { useWords } from '../i18n';
import { useRead } from './cache';
import { inLang } from './names';

export interface Choice {
  code: string;
  label: string;
  /** Stands back behind the others. */
  quiet?: boolean;
}

/** A code list in the user's language, in its own order. */
export function useCodes(list: string): Choice[] {
  const { lang } = useWords();
  const lists = useRead('list.all', {}, []).data;
  return useMemo(
    () => (lists?.lists[list] ?? []).map((entry) => ({ code: entry.code, label: inLang(entry, lang) })),
    [lists, list, lang],
  );
}

/** Names one code; a code of a newer version than ours shows itself. */
export function useCodeLabel(list: string): (code: string | undefined) => string {
  const codes = useCodes(list);
  return (code) => (code === undefined ? '' : (codes.find((entry) => entry.code === code)?.label ?? code));
}
