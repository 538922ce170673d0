import './household.css';

import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { run } from '../../bridge';
import { useWords } from '../../i18n';
import { useRead } from '../../shared/cache';
import { formatDate } from '../../shared/format';
import { HouseholdContext } from '../../shared/household';
import { useKeys } from '../../shared/keys';
import { Button, DateField, Dialog, ErrorNote } from '../../shared/ui';
import { CoverLines, TeamBanners } from '../handover';
import { Storyboard } from './Storyboard';

/** The frame of every page of one household: who they are stays in sight, today or as of a past day. */
export function Household({ id, asOf }: { id: string; asOf: string | undefined }) {
  const { t, lang } = useWords();
  const navigate = useNavigate();
  const [choosing, setChoosing] = useState(false);
  const household = useRead('household.get', asOf === undefined ? { id } : { id, asOf }, [`household:${id}`, 'links', 'restricted'], {
    keep: true,
  });
  const view = household.data;
  const latest = view?.rounds.find((round) => round.pack.id === 'marugoto-household');
  const params = { householdId: id };
  const search = asOf === undefined ? {} : { asOf };
  const table = () =>
    latest === undefined
      ? navigate({ to: '/households/$householdId/rounds', params, search })
      : navigate({ to: '/households/$householdId/rounds/$roundId', params: { ...params, roundId: latest.id }, search });

  useKeys(
    [
      {
        code: 'KeyN',
        shown: 'n',
        label: t('key.note'),
        run: () => void navigate({ to: '/households/$householdId/notes/$noteId', params: { ...params, noteId: 'new' } }),
      },
      { code: 'KeyG', shown: 'g', label: t('key.overview'), run: () => void navigate({ to: '/households/$householdId', params, search }) },
      { code: 'KeyA', shown: 'a', label: t('key.table'), run: () => void table() },
      { code: 'KeyT', shown: 't', label: t('key.timeline'), run: () => void navigate({ to: '/households/$householdId/notes', params, search }) },
      { code: 'KeyP', shown: 'p', label: t('key.past'), run: () => setChoosing(true) },
    ],
    'frame',
  );

  if (household.isError) {
    return (
      <div className="page">
        <ErrorNote error={household.error} />
      </div>
    );
  }
  if (view === undefined) {
    return null;
  }
  const readOnly = asOf !== undefined || view.local.movedTo !== undefined;
  return (
    <HouseholdContext value={{ view, asOf, readOnly }}>
      <div className="hh">
        {asOf !== undefined && (
          <div className="banner banner-past" role="note">
            <strong>{t('past.banner', { date: formatDate(asOf, lang) })}</strong>
            <span>{t('past.readOnly')}</span>
            <Link to="." params={params} search={{}}>
              {t('past.back')}
            </Link>
          </div>
        )}
        {asOf === undefined && <TeamBanners view={view} />}
        {asOf === undefined && <CoverLines covers={view.covers} />}
        <div className="hh-body">
          <Storyboard />
          <div className="hh-content">
            <div className="hh-bar">
              <nav className="hh-tabs" aria-label={t('household.tabs')}>
                <Tab to="/households/$householdId" label={t('household.overview')} exact />
                {latest === undefined ? (
                  <Tab to="/households/$householdId/rounds" label={t('household.table')} />
                ) : (
                  <Link
                    className="hh-tab"
                    activeProps={{ className: 'hh-tab hh-tab-here' }}
                    to="/households/$householdId/rounds/$roundId"
                    params={{ ...params, roundId: latest.id }}
                    search={search}
                  >
                    {t('household.table')}
                  </Link>
                )}
                <Tab to="/households/$householdId/notes" label={t('household.timeline')} />
                <Tab to="/households/$householdId/members" label={t('household.members')} />
                {view.conflicts.length > 0 && (
                  <Tab
                    to="/households/$householdId/two-views"
                    label={`${t('nav.twoViews')} ${view.conflicts.length}`}
                  />
                )}
                <Tab to="/households/$householdId/history" label={t('household.history')} />
                <Tab to="/households/$householdId/access" label={t('restricted.access.tab')} />
              </nav>
              <div className="hh-actions">
                <Button look="quiet" size="small" onPress={() => setChoosing(true)}>
                  {t('past.look')}
                </Button>
                {!readOnly && (
                  <Link
                    className="button button-main button-small"
                    to="/households/$householdId/notes/$noteId"
                    params={{ ...params, noteId: 'new' }}
                  >
                    {t('note.new')} <kbd>n</kbd>
                  </Link>
                )}
              </div>
            </div>
            <div className="hh-page">
              <Outlet />
            </div>
          </div>
        </div>
      </div>
      <PastDialog
        isOpen={choosing}
        onClose={() => setChoosing(false)}
        onChoose={(day) => {
          setChoosing(false);
          void navigate({ to: '.', params, search: { asOf: day } });
        }}
      />
    </HouseholdContext>
  );

  function Tab({ to, label, exact = false }: { to: TabTarget; label: string; exact?: boolean }) {
    return (
      <Link
        className="hh-tab"
        activeProps={{ className: 'hh-tab hh-tab-here' }}
        activeOptions={{ exact, includeSearch: false }}
        to={to}
        params={params}
        search={search}
      >
        {label}
      </Link>
    );
  }
}

type TabTarget =
  | '/households/$householdId'
  | '/households/$householdId/rounds'
  | '/households/$householdId/notes'
  | '/households/$householdId/members'
  | '/households/$householdId/two-views'
  | '/households/$householdId/history'
  | '/households/$householdId/access';

interface PastProps {
  isOpen: boolean;
  onClose: () => void;
  onChoose: (day: string) => void;
}

/** Asks for the past day to look at. */
function PastDialog({ isOpen, onClose, onChoose }: PastProps) {
  const { t } = useWords();
  const [text, setText] = useState('');
  const show = async () => {
    const { value: read } = await run('date.read', { text });
    if (read.precision === 'day' && read.iso !== undefined) {
      onChoose(read.iso);
    }
  };
  return (
    <Dialog title={t('past.look')} isOpen={isOpen} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void show();
        }}
      >
        <p>{t('past.why')}</p>
        <DateField label={t('past.day')} value={text} autoFocus placeholder={t('past.example')} onChange={setText} />
        <div className="row row-end">
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" look="main" isDisabled={text.trim() === ''}>
            {t('past.show')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
