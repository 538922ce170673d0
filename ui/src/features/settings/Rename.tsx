import { useState } from 'react';

import { useWords } from '../../i18n';
import { cache, useSession } from '../../shared/cache';
import { showDone } from '../../shared/toast';
import { Button, ErrorNote, TextField } from '../../shared/ui';

interface Props {
  of: 'office' | 'worker';
  /** What is named, as the field says. */
  label: string;
  name: string;
  /** Whether this device may change it. */
  changes: boolean;
}

/** A name with what it is of, and the way to change it (名前の変更): the office after a reorganisation, one's own after a marriage. */
export function Rename({ of, label, name, changes }: Props) {
  const { t } = useWords();
  const change = useSession('name_change');
  const [typed, setTyped] = useState<string>();
  if (typed === undefined) {
    return (
      <div className="row row-between">
        <span>
          <span className="faint">{label}</span> {name}
        </span>
        {changes && (
          <Button look="quiet" size="small" aria-label={`${label}: ${t('settings.nameChange')}`} onPress={() => setTyped(name)}>
            {t('settings.nameChange')}
          </Button>
        )}
      </div>
    );
  }
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(
          { of, name: typed },
          {
            onSuccess: () => {
              setTyped(undefined);
              showDone(t('settings.nameChanged'));
              void cache.invalidateQueries();
            },
          },
        );
      }}
    >
      <TextField label={label} help={t('settings.nameWhy')} value={typed} onChange={setTyped} autoFocus />
      {change.isError && <ErrorNote error={change.error} />}
      <div className="row">
        <Button type="submit" look="main" isDisabled={typed.trim() === '' || typed.trim() === name || change.isPending}>
          {t('settings.nameSave')}
        </Button>
        <Button look="quiet" onPress={() => setTyped(undefined)}>
          {t('common.cancel')}
        </Button>
      </div>
    </form>
  );
}
