import './handover.css';

import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import type { CoverView, HandoverView } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite, useRead, useStatus } from '../../shared/cache';
import { formatDate } from '../../shared/format';
import { displayable } from '../../shared/names';
import { Button, ErrorNote } from '../../shared/ui';
import { AnswerButtons } from './AnswerButtons';
import { CoverDialog } from './CoverDialog';
import { HandoverCard, isForMe } from './HandoverCard';

/** 引き継ぎ・留守番: what concerns this worker, and who covers whom. */
export function Handovers() {
  const { t } = useWords();
  const me = useStatus().data?.worker?.id;
  const list = useRead('handover.list', { mine: true }, ['handovers', 'households'], { keep: true });
  const covers = useRead('cover.list', { open: true }, ['covers'], { keep: true });
  const [starting, setStarting] = useState(false);
  const items = list.data?.items ?? [];
  const forMe = items.filter((handover) => isForMe(handover, me));
  const others = items.filter((handover) => !isForMe(handover, me));
  return (
    <div className="page stack">
      <h1>{t('handover.page')}</h1>
      {list.isError && <ErrorNote error={list.error} />}
      <section className="card stack" aria-labelledby="ho-for-me">
        <h2 id="ho-for-me">{t('handover.forMe')}</h2>
        {forMe.length === 0 && <p className="faint">{t('handover.noneForMe')}</p>}
        {forMe.length > 1 && (
          <div className="stack">
            <p>{t('handover.allOfThem', { n: forMe.length })}</p>
            <AnswerButtons ids={forMe.map((handover) => handover.id)} />
          </div>
        )}
        <List items={forMe} />
      </section>
      {others.length > 0 && (
        <section className="card stack" aria-labelledby="ho-others">
          <h2 id="ho-others">{t('handover.others')}</h2>
          <List items={others} />
        </section>
      )}
      <section className="card stack" aria-labelledby="covers">
        <h2 id="covers">{t('cover.title')}</h2>
        <p className="faint">{t('cover.why')}</p>
        {covers.isError && <ErrorNote error={covers.error} />}
        {covers.data?.items.length === 0 && <p>{t('cover.none')}</p>}
        <ul className="ho-list">
          {covers.data?.items.map((cover) => (
            <li key={cover.id}>
              <Cover cover={cover} />
            </li>
          ))}
        </ul>
        <div className="row">
          <Button onPress={() => setStarting(true)}>{t('cover.start')}</Button>
        </div>
        <CoverDialog isOpen={starting} onClose={() => setStarting(false)} />
      </section>
    </div>
  );
}

function List({ items }: { items: readonly HandoverView[] }) {
  const { t } = useWords();
  return (
    <ul className="ho-list">
      {items.map((handover) => (
        <li key={handover.id}>
          <Link to="/households/$householdId" params={{ householdId: handover.householdId }}>
            {handover.householdName === '' ? t('household.unnamed') : displayable(handover.householdName).shown}
          </Link>
          <HandoverCard handover={handover} />
        </li>
      ))}
    </ul>
  );
}

function Cover({ cover }: { cover: CoverView }) {
  const { t, lang } = useWords();
  const [ending, setEnding] = useState(false);
  const end = async () => {
    setEnding(true);
    await tryWrite('cover.end', { id: cover.id });
    setEnding(false);
  };
  const line = t('cover.line', {
    worker: cover.worker.name,
    coverer: cover.coverer.name,
    from: formatDate(cover.from, lang),
    until: formatDate(cover.until, lang),
    n: cover.householdIds.length,
  });
  return (
    <div className="row row-between">
      <span>{line}</span>
      <Button size="small" isDisabled={ending} aria-label={`${line} ${t('cover.end')}`} onPress={() => void end()}>
        {t('cover.end')}
      </Button>
    </div>
  );
}
