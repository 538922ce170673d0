import { useState } from 'react';

import type { SavedView } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite, useRead } from '../../shared/cache';
import { Button, Icon, TextField } from '../../shared/ui';

interface Props {
  /** The filter as it stands, without a name. */
  now: Omit<SavedView, 'name'>;
  onTake: (view: SavedView) => void;
}

/** Filters under a name, kept in this device's store. */
export function SavedViews({ now, onTake }: Props) {
  const { t } = useWords();
  const saved = useRead('saved.list', {}, ['saved']).data?.items ?? [];
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const here = saved.find((view) => view.query === now.query && view.stage === now.stage);
  const filtered = now.query !== undefined || now.stage !== undefined;
  const keep = async () => {
    if ((await tryWrite('saved.put', { ...now, name })) !== undefined) {
      setNaming(false);
      setName('');
    }
  };
  if (saved.length === 0 && !filtered) {
    return null;
  }
  return (
    <div className="hl-saved" role="group" aria-label={t('list.saved')}>
      {saved.map((view) => (
        <span className="hl-saved-view" key={view.name}>
          <button
            type="button"
            className="chip"
            aria-pressed={view === here}
            {...(view === here ? { 'data-selected': true } : {})}
            onClick={() => onTake(view)}
          >
            {view.name}
          </button>
          {view === here && (
            <Button
              look="quiet"
              size="small"
              aria-label={t('list.forget', { name: view.name })}
              onPress={() => void tryWrite('saved.drop', { name: view.name })}
            >
              <Icon name="close" size={16} />
            </Button>
          )}
        </span>
      ))}
      {filtered && here === undefined && !naming && (
        <Button look="quiet" size="small" onPress={() => setNaming(true)}>
          {t('list.keep')}
        </Button>
      )}
      {filtered && here === undefined && naming && (
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            void keep();
          }}
        >
          <TextField label={t('list.keepName')} labelHidden placeholder={t('list.keepName')} value={name} onChange={setName} autoFocus />
          <Button type="submit" size="small" isDisabled={name.trim() === ''}>
            {t('list.keepDo')}
          </Button>
          <Button look="quiet" size="small" onPress={() => setNaming(false)}>
            {t('common.cancel')}
          </Button>
        </form>
      )}
    </div>
  );
}
