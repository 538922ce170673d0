import './today.css';

import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';

import type { TodayItem } from '../../bridge';
import { useWords } from '../../i18n';
import { useRead } from '../../shared/cache';
import { formatDate, formatDay, formatTime } from '../../shared/format';
import { useKeys } from '../../shared/keys';
import { Button, ErrorNote, Icon } from '../../shared/ui';
import { openWindow } from '../../shared/windows';
import { TodayLines } from '../handover';
import { TodayOffers } from '../kin';
import { Alerts } from '../restricted';
import { DraftMemo } from './DraftMemo';
import { hasMemoDraft, QuickMemo } from './QuickMemo';

/** How many drafts stand in the open; the rest wait behind one line. Due things are never folded. */
const HANDFUL = 5;

/** The calm first screen: one search box, three buttons, three lists. */
export function Today() {
  const { t, lang } = useWords();
  const today = useRead('today.get', {}, ['today', 'restricted', 'covers', 'households']);
  const [memoOpen, setMemoOpen] = useState(hasMemoDraft);
  const [all, setAll] = useState(false);
  const memo = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    if (memoOpen) {
      memo.current?.focus();
    }
  }, [memoOpen]);

  useKeys([
    { code: 'KeyM', shown: 'm', label: t('key.memo'), run: () => setMemoOpen(true) },
    { code: 'KeyV', shown: 'v', label: t('key.visit'), run: () => openWindow('visit') },
    { code: 'Slash', shown: '/', label: t('key.search'), run: () => openWindow('search') },
  ]);

  const drafts = today.data?.drafts ?? [];
  const shown = all ? drafts : drafts.slice(0, HANDFUL);
  return (
    <div className="today">
      <h1 className="today-date">
        {today.data === undefined ? t('nav.today') : `${t('nav.today')} ${formatDate(today.data.date, lang)}`}
      </h1>
      <button type="button" className="today-search" onClick={() => openWindow('search')}>
        <Icon name="search" />
        <span className="grow">{t('today.search')}</span>
        <kbd>Ctrl+K</kbd>
      </button>
      <div className="today-actions">
        <Button look="main" size="large" onPress={() => openWindow('intake')}>
          <Icon name="phone" /> {t('today.intake')}
        </Button>
        <Button size="large" onPress={() => setMemoOpen(true)}>
          <Icon name="memo" /> {t('today.memo')}
        </Button>
        <Button size="large" onPress={() => openWindow('visit')}>
          <Icon name="walk" /> {t('today.visit')}
        </Button>
      </div>
      {memoOpen && <QuickMemo areaRef={memo} onClose={() => setMemoOpen(false)} />}
      {today.isError && <ErrorNote error={today.error} />}
      {today.data !== undefined && <TodayLines today={today.data} />}
      <TodayOffers />
      <Alerts alerts={today.data?.local.alerts ?? []} />
      {today.data !== undefined && (
        <div className="today-lists">
          <List title={t('today.visits')} items={today.data.visits} empty={t('today.noVisits')} />
          <List title={t('today.due')} items={today.data.due} empty={t('today.noDue')} />
          <section className="card today-list" aria-labelledby="drafts">
            <h2 id="drafts">
              {t('today.drafts')} {drafts.length > 0 && <small>{t('today.count', { n: drafts.length })}</small>}
            </h2>
            {drafts.length === 0 && <p className="today-empty">{t('today.noDrafts')}</p>}
            <ul>
              {shown.map((item) => (
                <li className="today-item" key={item.id}>
                  {item.kind === 'memo' ? <DraftMemo item={item} /> : <Line item={item} />}
                </li>
              ))}
            </ul>
            {drafts.length > shown.length && (
              <button type="button" className="link-button today-more" onClick={() => setAll(true)}>
                {t('today.more', { n: drafts.length - shown.length })}
              </button>
            )}
          </section>
        </div>
      )}
    </div>
  );
}

function List({ title, items, empty }: { title: string; items: TodayItem[]; empty: string }) {
  const { t } = useWords();
  return (
    <section className="card today-list" aria-label={title}>
      <h2>
        {title} {items.length > 0 && <small>{t('today.count', { n: items.length })}</small>}
      </h2>
      {items.length === 0 && <p className="today-empty">{empty}</p>}
      <ul>
        {items.map((item) => (
          <li className="today-item" key={`${item.kind} ${item.id}`}>
            <Line item={item} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Line({ item }: { item: TodayItem }) {
  const { t, lang } = useWords();
  const content = (
    <>
      <span className="today-title">{item.title === '' ? t(`today.untitled.${item.kind as 'household'}`) : item.title}</span>
      <span className={item.overdue ? 'today-when today-overdue' : 'today-when'}>
        {item.overdue && t('today.overdue')} {formatDay(item.when, lang)} {formatTime(item.when)}
      </span>
      {item.coveringFor !== undefined && (
        <span className="today-what">{t('cover.for', { name: item.coveringFor.name })}</span>
      )}
      {item.what !== undefined && item.what !== '' && <span className="today-what">{item.what}</span>}
    </>
  );
  if (item.kind === 'intake') {
    return (
      <Link className="today-link" to="/intakes/$intakeId" params={{ intakeId: item.id }}>
        {content}
      </Link>
    );
  }
  if (item.kind === 'note' && item.householdId !== undefined) {
    return (
      <Link
        className="today-link"
        to="/households/$householdId/notes/$noteId"
        params={{ householdId: item.householdId, noteId: item.id }}
      >
        {content}
      </Link>
    );
  }
  return (
    <Link className="today-link" to="/households/$householdId" params={{ householdId: item.householdId ?? item.id }}>
      {content}
    </Link>
  );
}
