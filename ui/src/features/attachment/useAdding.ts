import { useRef, useState } from 'react';

import { type AddAttachment, asErrorView, type ErrorView } from '../../bridge';
import { useWords } from '../../i18n';
import { write } from '../../shared/cache';
import { showDone } from '../../shared/toast';
import { toBase64 } from './bytes';

/** What an attachment is added to. */
export type Home = Pick<AddAttachment, 'householdId' | 'memberId' | 'noteId'>;

export interface Refusal {
  id: number;
  name: string;
  error: ErrorView;
}

/** Takes files in one after the other, so that one is in memory at a time; one that is refused holds no other up. */
export function useAdding(home: Home) {
  const { t } = useWords();
  /** The names of those that are not in yet; the first is on its way. */
  const [names, setNames] = useState<readonly string[]>([]);
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);
  const line = useRef<Promise<void>>(Promise.resolve());
  const counter = useRef(0);

  const take = async (name: string, file: File) => {
    try {
      const content = await toBase64(file);
      const made = await write('attachment.add', { ...home, name, content });
      showDone(t('attach.added', { name: made.name }));
    } catch (reason) {
      const error = asErrorView(reason);
      counter.current += 1;
      const id = counter.current;
      setRefusals((before) => [...before, { id, name, error }]);
    }
    setNames((before) => before.slice(1));
  };

  return {
    names,
    refusals,
    add: (files: readonly File[], pasted = false) => {
      const named = files.map((file) => ({ file, name: pasted && file.name === 'image.png' ? t('attach.pasted') : file.name }));
      setNames((before) => [...before, ...named.map(({ name }) => name)]);
      for (const { file, name } of named) {
        line.current = line.current.then(() => take(name, file));
      }
    },
    forget: (id: number) => setRefusals((before) => before.filter((refusal) => refusal.id !== id)),
  };
}
