import { useState } from 'react';

import { useWords } from '../../i18n';
import { useRead } from '../../shared/cache';
import { showDone } from '../../shared/toast';
import { useFieldLabel } from '../../shared/useFieldLabel';
import { Button, Select } from '../../shared/ui';
import { FieldWords } from './EraseField';
import { Procedure, useErasing } from './Procedure';

interface Props {
  id: string;
  kind: 'note' | 'round' | 'intake';
  /** What a field of it is called, where that is not one of the common names; none leaves it out. */
  nameOf?: (path: string) => string | undefined;
  /** Once the whole record is gone, its page has nothing to show. */
  onGone: () => unknown;
}

/** What only the program needs to know. */
const INNER = new Set(['opened', 'household', 'pack', 'confirmed', 'deleted', 'rewritten', 'written', 'closed']);

/** One note, round or intake goes, or one field of it with all its past. */
export function EraseRecord(props: Props) {
  const { t } = useWords();
  const erasing = useErasing();
  const [isOpen, setOpen] = useState(false);
  if (erasing === 'none') {
    return null;
  }
  return (
    <div className="row">
      <Button look="quiet" size="small" onPress={() => setOpen(true)}>
        {t('erase.recordOpen')}
      </Button>
      {isOpen && <Choose {...props} onClose={() => setOpen(false)} />}
    </div>
  );
}

function Choose({ id, kind, nameOf, onGone, onClose }: Props & { onClose: () => void }) {
  const { t } = useWords();
  const label = useFieldLabel();
  const history = useRead('history', { id }, [`${kind}:${id}`]);
  const [field, setField] = useState<string | null>(null);
  const paths = new Set((history.data?.items ?? []).map((item) => item.field));
  const choices = [...paths].flatMap((path) => {
    const name = path.split('/').at(-1) ?? path;
    if (INNER.has(name) || path === 'statements' || path.startsWith('fields/evidence/')) {
      return [];
    }
    const own = nameOf === undefined ? label(path) : (nameOf(path) ?? (path.startsWith('fields/') || path === 'text' ? label(path) : undefined));
    return own === undefined ? [] : [{ code: path, label: t('erase.partField', { name: own }) }];
  });
  const chosen = choices.find((choice) => choice.code === field);
  const whole = t(`erase.whole.${kind}`);
  return (
    <Procedure
      title={t('erase.title', { name: chosen?.label ?? whole })}
      wish={chosen === undefined ? { documents: [id] } : { documents: [id], field: chosen.code }}
      onClose={onClose}
      onGone={() => (chosen === undefined ? onGone() : showDone(t('erase.fieldGone', { name: chosen.label })))}
    >
      <Select label={t('erase.part')} choices={choices} value={field ?? undefined} none={whole} onChange={setField} />
      {chosen === undefined ? <p>{t(`erase.wholeWhy.${kind}`)}</p> : <FieldWords />}
    </Procedure>
  );
}
