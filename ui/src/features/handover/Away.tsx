import './handover.css';

import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import type { AwayItem } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite, useRead } from '../../shared/cache';
import { formatDate, formatInstant } from '../../shared/format';
import { displayable } from '../../shared/names';
import { Button, ErrorNote } from '../../shared/ui';
import { useFieldLabel } from '../../shared/useFieldLabel';

/** 留守中にあったこと: what others wrote in the covered households, household by household, until it is read. */
export function Away({ id }: { id: string }) {
  const { t, lang } = useWords();
  const navigate = useNavigate();
  const [sending, setSending] = useState(false);
  const away = useRead('cover.away', { id }, ['covers', 'households']);
  const view = away.data;
  if (view === undefined) {
    return <div className="page">{away.isError && <ErrorNote error={away.error} />}</div>;
  }
  const read = async () => {
    setSending(true);
    const done = await tryWrite('cover.read', { id });
    setSending(false);
    if (done !== undefined) {
      void navigate({ to: '/' });
    }
  };
  return (
    <div className="page stack">
      <h1>{t('cover.away')}</h1>
      <p>
        {t('cover.line', {
          worker: view.cover.worker.name,
          coverer: view.cover.coverer.name,
          from: formatDate(view.cover.from, lang),
          until: formatDate(view.cover.until, lang),
          n: view.cover.householdIds.length,
        })}
      </p>
      {view.households.length === 0 && <p>{t('cover.nothing')}</p>}
      {view.households.map((household) => (
        <section className="card stack" key={household.id} aria-label={household.name}>
          <h2>
            <Link to="/households/$householdId" params={{ householdId: household.id }}>
              {household.name === '' ? t('household.unnamed') : displayable(household.name).shown}
            </Link>
          </h2>
          <ul className="ho-list">
            {household.items.map((item) => (
              <li key={`${item.id} ${item.author.id}`}>
                <Item item={item} householdId={household.id} />
              </li>
            ))}
          </ul>
        </section>
      ))}
      {view.unread && (
        <div className="row">
          <Button look="main" isDisabled={sending} onPress={() => void read()}>
            {t('cover.read')}
          </Button>
        </div>
      )}
    </div>
  );
}

function Item({ item, householdId }: { item: AwayItem; householdId: string }) {
  const { t, lang } = useWords();
  const field = useFieldLabel();
  const kind = t(`restricted.kind.${item.kind as 'note'}`);
  // An answer's path names the pack's item; how many were given says more here.
  const answers = item.fields.filter((path) => path.startsWith('answers/')).length;
  const changed = item.fields.filter((path) => path !== 'statements' && !/^(answers|comments)\//.test(path)).map(field);
  const what = [
    ...(answers > 0 ? [t('cover.answers', { n: answers })] : []),
    ...(item.new ? [] : [...new Set(changed)]),
  ].join('、');
  const head = (
    <>
      {formatInstant(item.at, lang)} {item.author.name} <span className="tag">{kind}</span>{' '}
      {item.new && <span className="faint">{t('cover.new')} </span>}
      {item.title !== undefined && item.title !== '' ? displayable(item.title).shown : what}
    </>
  );
  if (item.kind === 'note') {
    return (
      <Link to="/households/$householdId/notes/$noteId" params={{ householdId, noteId: item.id }}>
        {head}
      </Link>
    );
  }
  if (item.kind === 'round') {
    return (
      <Link to="/households/$householdId/rounds/$roundId" params={{ householdId, roundId: item.id }}>
        {head}
      </Link>
    );
  }
  return <span>{head}</span>;
}
