import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import type { RestrictedEntry, RestrictedView } from '../../bridge';
import { useWords } from '../../i18n';
import { useRead } from '../../shared/cache';
import { formatInstant } from '../../shared/format';
import { Button, Icon } from '../../shared/ui';
import { OpenDialog } from './OpenDialog';

/**
 * 限定した記録 n件: there is such a line only for somebody who may open them. Of one household, or (without one) those
 * that belong to no household which everybody sees.
 */
export function RestrictedLines({ householdId }: { householdId?: string }) {
  const { t } = useWords();
  const [asked, setAsked] = useState<RestrictedView | null>(null);
  const list = useRead('restricted.list', householdId === undefined ? {} : { householdId }, ['restricted']);
  const items = (list.data?.items ?? []).filter(
    (item) => householdId !== undefined || item.householdId === undefined || item.kinds.household !== undefined,
  );
  if (items.length === 0) {
    return null;
  }
  return (
    <section className="card hh-wide" aria-labelledby="restricted">
      <div className="hh-section-head">
        <h2 id="restricted">
          <Icon name="lock" /> {t('restricted.count', { n: items.length })}
        </h2>
      </div>
      <ul className="line-list">
        {items.map((item) => (
          <li key={item.id}>
            <Item item={item} onOpen={() => setAsked(item)} />
          </li>
        ))}
      </ul>
      <OpenDialog record={asked} onClose={() => setAsked(null)} />
    </section>
  );
}

function Item({ item, onOpen }: { item: RestrictedView; onOpen: () => void }) {
  const { t, lang } = useWords();
  return (
    <div className="note-line">
      <span className="note-line-head">
        <strong>{formatInstant(item.at, lang)}</strong> <span className="faint">{item.author.name}</span>
        {Object.entries(item.kinds).map(([kind, n]) => (
          <span className="tag" key={kind}>
            {t(`restricted.kind.${kind as 'note'}`)} {n}
          </span>
        ))}
        {item.opened ? (
          <span className="faint">{t('restricted.opened')}</span>
        ) : (
          <Button size="small" onPress={onOpen}>
            {t('restricted.open')}
          </Button>
        )}
      </span>
      <span className="faint">{t('restricted.lead', { names: item.readers.map((reader) => reader.name).join('、') })}</span>
      {item.entries.map((entry) => (
        <div key={entry.id}>
          <Entry entry={entry} householdId={item.householdId} />
        </div>
      ))}
    </div>
  );
}

function Entry({ entry, householdId }: { entry: RestrictedEntry; householdId: string | undefined }) {
  const { t } = useWords();
  const words = entry.title === '' ? t(`restricted.kind.${entry.kind as 'note'}`) : entry.title;
  if (entry.kind === 'intake') {
    return (
      <Link to="/intakes/$intakeId" params={{ intakeId: entry.id }}>
        {words}
      </Link>
    );
  }
  if (entry.kind === 'note' && householdId !== undefined) {
    return (
      <Link to="/households/$householdId/notes/$noteId" params={{ householdId, noteId: entry.id }}>
        {words}
      </Link>
    );
  }
  if (entry.kind === 'household') {
    return (
      <Link to="/households/$householdId" params={{ householdId: entry.id }}>
        {words}
      </Link>
    );
  }
  return null;
}
