import './household-list.css';

import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';

import { asErrorView, type HouseholdRow, run } from '../../bridge';
import { useWords } from '../../i18n';
import { useCodeLabel, useCodes } from '../../shared/codes';
import { formatDate } from '../../shared/format';
import { imeSafe } from '../../shared/imeSafe';
import { useKeys } from '../../shared/keys';
import { displayable } from '../../shared/names';
import { useTeams } from '../../shared/teams';
import { Button, ErrorNote, Select } from '../../shared/ui';
import { useEnterOnAnswer } from '../../shared/useEnterOnAnswer';
import { RestrictedLines } from '../restricted';
import { RestrictedHousehold } from '../restricted';
import { ChooseBar } from './ChooseBar';
import { Nearby } from './Nearby';
import { NewHousehold } from './NewHousehold';
import { Peek } from './Peek';
import { SavedViews } from './SavedViews';

const ROW_REM = 2.5;

/** Every household that this worker may see, found by kanji, kana or romaji. */
export function HouseholdList() {
  const { t, lang } = useWords();
  const navigate = useNavigate();
  const stages = useCodes('stage');
  const stageLabel = useCodeLabel('stage');
  const flagLabel = useCodeLabel('flag');
  const [text, setText] = useState('');
  const [query, setQuery] = useState('');
  const [stage, setStage] = useState<string | undefined>(undefined);
  const teams = useTeams();
  const [team, setTeam] = useState<string | undefined>(undefined);
  const [at, setAt] = useState(0);
  const [peeking, setPeeking] = useState(false);
  /** The households chosen to be handed over; null while nothing is being chosen. */
  const [chosen, setChosen] = useState<ReadonlySet<string> | null>(null);
  const filter = useRef<HTMLInputElement>(null);
  const scroll = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const timer = setTimeout(() => setQuery(text.trim()), 60);
    return () => clearTimeout(timer);
  }, [text]);

  const list = useInfiniteQuery({
    queryKey: ['household.list', 'pages', query, stage, team],
    queryFn: async ({ pageParam }) =>
      (
        await run('household.list', {
          limit: 200,
          ...(query === '' ? {} : { query }),
          ...(stage === undefined ? {} : { stage }),
          ...(team === undefined ? {} : { team }),
          ...(pageParam === '' ? {} : { cursor: pageParam }),
        })
      ).value,
    initialPageParam: '',
    getNextPageParam: (page) => page.cursor,
    placeholderData: (before) => before,
    meta: { tags: ['households'] },
  });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_REM * rem,
    overscan: 12,
    initialRect: { width: 1000, height: 600 },
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = list;
  useEffect(() => {
    if (last >= rows.length - 40 && hasNextPage && !isFetchingNextPage) {
      void fetchNextPage();
    }
  }, [last, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  const open = (row: HouseholdRow | undefined) => {
    if (row !== undefined && chosen !== null) {
      const next = new Set(chosen);
      if (!next.delete(row.id)) {
        next.add(row.id);
      }
      setChosen(next);
    } else if (row !== undefined) {
      void navigate({ to: '/households/$householdId', params: { householdId: row.id } });
    }
  };
  const isAnswered = query === text.trim() && list.isSuccess && !list.isPlaceholderData;
  const enter = useEnterOnAnswer(text, isAnswered, () => open(rows[at]));
  const go = (next: number) => {
    const bounded = Math.max(0, Math.min(rows.length - 1, next));
    setAt(bounded);
    virtual.scrollToIndex(bounded);
  };
  const own = teams.filter((it) => it.own && it.readable);
  useKeys([
    { code: 'Slash', shown: '/', label: t('key.filter'), run: () => filter.current?.focus() },
    { code: 'ArrowDown', shown: '↓ ↑', label: t('key.rows'), run: () => scroll.current?.focus() },
  ]);
  const arrows = (event: React.KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12 };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      go(at + step);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      enter();
    } else if (event.code === 'Space' && event.currentTarget === scroll.current) {
      event.preventDefault();
      if (chosen === null) {
        setPeeking(!peeking);
      } else {
        open(rows[at]);
      }
    } else if (event.key === 'Escape' && peeking) {
      event.preventDefault();
      setPeeking(false);
    }
  };
  const filters = { ...(query === '' ? {} : { query }), ...(stage === undefined ? {} : { stage }) };
  const nothing = list.data !== undefined && rows.length === 0;

  return (
    <div className="hl">
      <RestrictedLines />
      <div className="row row-between">
        <h1>{t('nav.households')}</h1>
        <div className="row">
          <div className="hl-filter">
            <label className="visually-hidden" htmlFor="household-filter">
              {t('list.filter')}
            </label>
            <input
              id="household-filter"
              ref={filter}
              className="input"
              type="search"
              value={text}
              placeholder={t('list.filterHint')}
              autoComplete="off"
              onChange={(event) => {
                setText(event.target.value);
                setAt(0);
              }}
              onKeyDown={imeSafe(arrows)}
            />
          </div>
          <Select
            label={t('household.stage')}
            labelHidden
            choices={stages}
            value={stage}
            none={t('list.allStages')}
            onChange={(code) => setStage(code ?? undefined)}
          />
          {own.length > 0 && (
            <Select
              label={t('teams.one')}
              labelHidden
              choices={own.map((it) => ({ code: it.id, label: it.name }))}
              value={team}
              none={t('teams.all')}
              onChange={(id) => setTeam(id ?? undefined)}
            />
          )}
          <Link className="button" to="/handovers">
            {t('handover.page')}
          </Link>
          <Button isDisabled={chosen !== null} onPress={() => setChosen(new Set())}>
            {t('handover.pick')}
          </Button>
          <RestrictedHousehold />
          <NewHousehold
            team={team}
            onMade={(householdId) => void navigate({ to: '/households/$householdId', params: { householdId } })}
          />
        </div>
      </div>
      <SavedViews
        now={filters}
        onTake={(view) => {
          setText(view.query ?? '');
          setQuery(view.query ?? '');
          setStage(view.stage);
          setAt(0);
        }}
      />
      {chosen !== null && <ChooseBar chosen={chosen} onChange={setChosen} />}
      {list.isError && <ErrorNote error={asErrorView(list.error)} />}
      <div className={nothing && query !== '' ? 'hl-body hl-body-empty' : 'hl-body'}>
        <div
          className="hl-grid"
          ref={scroll}
          role="grid"
          tabIndex={0}
          aria-label={t('nav.households')}
          aria-multiselectable={chosen !== null}
          aria-rowcount={hasNextPage ? -1 : rows.length + 1}
          aria-activedescendant={rows[at] === undefined ? undefined : `hl-${rows[at].id}`}
          onKeyDown={imeSafe(arrows)}
        >
          <div className="hl-row hl-head" role="row">
            <span role="columnheader">{t('list.name')}</span>
            <span role="columnheader">{t('list.members')}</span>
            <span role="columnheader">{t('household.stage')}</span>
            <span role="columnheader">{t('household.lead')}</span>
            <span role="columnheader">{t('list.lastContact')}</span>
            <span role="columnheader">{t('household.nextOn')}</span>
            <span role="columnheader">{t('intake.area')}</span>
            <span role="columnheader">{t('list.mind')}</span>
          </div>
          <div className="hl-space" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
            {items.map((item) => {
              const row = rows[item.index];
              if (row === undefined) {
                return null;
              }
              return (
                <div
                  key={row.id}
                  id={`hl-${row.id}`}
                  className={chosen !== null && item.index === at ? 'hl-row hl-row-here' : 'hl-row'}
                  role="row"
                  aria-rowindex={item.index + 2}
                  aria-selected={chosen === null ? item.index === at : chosen.has(row.id)}
                  style={{ transform: `translateY(${item.start}px)` }}
                  onClick={() => {
                    setAt(item.index);
                    open(row);
                  }}
                >
                  <span role="gridcell" className="hl-name">
                    {chosen !== null && <span aria-hidden="true">{chosen.has(row.id) ? '☑ ' : '☐ '}</span>}
                    {row.name === '' ? t('household.unnamed') : displayable(row.name).shown}
                    {own.length > 1 && row.team !== undefined && (
                      <>
                        {' '}
                        <span className="tag">{row.team.name}</span>
                      </>
                    )}
                  </span>
                  <span role="gridcell" title={row.members.join('、')}>
                    {row.members.map((name) => (name === '' ? t('member.unnamed') : displayable(name).shown)).join('、')}
                  </span>
                  <span role="gridcell">{stageLabel(row.stage)}</span>
                  <span role="gridcell">{row.leadWorker?.name ?? '—'}</span>
                  <span role="gridcell">
                    {row.lastContactAt === undefined ? '—' : formatDate(row.lastContactAt, lang)}
                  </span>
                  <span role="gridcell">{row.nextOn === undefined ? '—' : formatDate(row.nextOn, lang)}</span>
                  <span role="gridcell" title={row.areaId}>
                    {row.areaId ?? '—'}
                  </span>
                  <span role="gridcell" className="hl-flags" title={row.flags.map(flagLabel).join('、')}>
                    {row.conflictCount > 0 && (
                      <span className="tag tag-two">{t('twoViews.short', { n: row.conflictCount })}</span>
                    )}
                    {row.flags.map((flag) => (
                      <span className="tag tag-care" key={flag}>
                        {flagLabel(flag)}
                      </span>
                    ))}
                  </span>
                </div>
              );
            })}
          </div>
          {nothing && (
            <p className="empty" role="row">
              <span role="gridcell">{query === '' ? t('list.empty') : t('list.none', { text: query })}</span>
            </p>
          )}
        </div>
        {peeking && rows[at] !== undefined && <Peek id={rows[at].id} onClose={() => setPeeking(false)} />}
      </div>
      {nothing && query !== '' && <Nearby query={query} stage={stage} />}
    </div>
  );
}
