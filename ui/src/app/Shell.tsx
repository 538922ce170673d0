import './shell.css';

import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';

import { asErrorView, type NoticeView, run, session, type StatusView } from '../bridge';
import { QuickIntake } from '../features/intake';
import { SearchPalette } from '../features/search';
import { useWords, type Words } from '../i18n';
import { cache, refresh, useRead, useStatus } from '../shared/cache';
import { formatInstant } from '../shared/format';
import { isEditable } from '../shared/imeSafe';
import { useKeys } from '../shared/keys';
import { flushAll, keepAll } from '../shared/pending';
import { showDone, showError } from '../shared/toast';
import { Button, Icon } from '../shared/ui';
import { openWindow, useOpenWindow } from '../shared/windows';
import { setBlank } from './Blank';
import { KeyHelp } from './KeyHelp';

/** The frame of every screen behind the lock: where one is, what is saved, and the keys that work everywhere. */
export function Shell() {
  const { t } = useWords();
  const navigate = useNavigate();
  const status = useStatus().data;
  const open = useOpenWindow();
  const place = useLocation({ select: (location) => location.pathname });
  useEffect(() => {
    const main = document.getElementById('main');
    // A note that gets its address while it is written is still the same page.
    if (main !== null && !isEditable(document.activeElement)) {
      main.scrollTop = 0;
    }
  }, [place]);
  // The first screen has the one search box itself.
  const atHome = useLocation({ select: (location) => location.pathname === '/' });

  const lock = async () => {
    await keepAll();
    try {
      // The window's process takes this page away; without it, the status tells the gate.
      await session('session_lock', {});
      await cache.invalidateQueries({ queryKey: ['session_status'] });
    } catch (error) {
      showError(asErrorView(error));
    }
  };

  useKeys([
    { code: 'KeyK', ctrl: true, whileTyping: true, shown: 'Ctrl+K', label: t('key.search'), run: () => openWindow('search') },
    { code: 'KeyN', shown: 'n', label: t('key.intake'), run: () => openWindow('intake') },
    { code: 'KeyZ', ctrl: true, shown: 'Ctrl+Z', label: t('key.undo'), run: () => void step('undo') },
    { code: 'KeyZ', ctrl: true, shift: true, shown: 'Ctrl+Shift+Z', label: t('key.redo'), run: () => void step('redo') },
    { code: 'Period', ctrl: true, whileTyping: true, shown: 'Ctrl+.', label: t('key.hide'), run: () => setBlank(true) },
    { code: 'KeyL', ctrl: true, whileTyping: true, shown: 'Ctrl+L', label: t('key.lock'), run: () => void lock() },
    { code: 'Slash', shift: true, shown: '?', label: t('key.help'), run: () => openWindow('keys') },
  ], 'shell');

  const step = async (operation: 'undo' | 'redo') => {
    await flushAll();
    try {
      const { value, touched } = await run(operation, {});
      refresh([...touched, 'status']);
      const word = (value.op ?? '').replace('.', '_') as OperationWord;
      showDone(
        value.op === undefined
          ? t(`${operation}.nothing`)
          : t(`${operation}.done`, { what: t(`op.${word}`, { defaultValue: value.op }) }),
      );
    } catch (error) {
      showError(asErrorView(error));
    }
  };

  if (status === undefined) {
    return null;
  }
  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={(event) => skipToMain(event.nativeEvent)}>
        {t('shell.skip')}
      </a>
      <nav className="rail" aria-label={t('shell.nav')}>
        <p className="rail-brand" lang="ja">
          まるごと
        </p>
        <Place to="/" icon="today" label={t('nav.today')} />
        <Place to="/intakes" icon="intake" label={t('nav.intakes')} />
        <Place to="/households" icon="household" label={t('nav.households')} />
        <TwoViewsPlace />
        <Place to="/exchange" icon="exchange" label={t('nav.exchange')} />
        <Place to="/settings" icon="settings" label={t('nav.settings')} />
      </nav>
      <div className="frame">
        <header className="top">
          {!atHome && (
            <button type="button" className="top-search" onClick={() => openWindow('search')}>
              <Icon name="search" size={18} />
              <span className="grow">{t('shell.search')}</span>
              <kbd>Ctrl+K</kbd>
            </button>
          )}
          <StatusPill status={status} />
          <span className="top-who">
            {status.worker?.name} <span className="faint">{status.officeName}</span>
          </span>
          <Button look="quiet" size="small" aria-label={t('key.help')} onPress={() => openWindow('keys')}>
            <Icon name="help" />
          </Button>
          <Button look="quiet" size="small" aria-label={t('shell.hide')} onPress={() => setBlank(true)}>
            <Icon name="hide" size={18} />
            <span className="top-word">{t('shell.hide')}</span>
          </Button>
          <Button look="quiet" size="small" aria-label={t('shell.lock')} onPress={() => void lock()}>
            <Icon name="lock" size={18} />
            <span className="top-word">{t('shell.lock')}</span>
          </Button>
        </header>
        {status.demo && (
          <aside className="banner" aria-label={t('banner.demo')}>
            <strong>{t('banner.demo')}</strong>
            <span>{t('banner.demoWhy')}</span>
          </aside>
        )}
        {!status.officeConfirmed && (
          <aside className="banner" aria-label={t('banner.unconfirmed')}>
            <strong>{t('banner.unconfirmed')}</strong>
            <span>{t('banner.unconfirmedWhy')}</span>
            <Link to="/settings">{t('banner.unconfirmedDo')}</Link>
          </aside>
        )}
        {status.notices.map((notice) => (
          <Notice key={notice.code} notice={notice} />
        ))}
        <main className="main" id="main" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <SearchPalette purpose={open === 'visit' ? 'visit' : 'any'} isOpen={open === 'search' || open === 'visit'} onClose={() => openWindow(null)} />
      <KeyHelp isOpen={open === 'keys'} onClose={() => openWindow(null)} />
      <QuickIntake
        isOpen={open === 'intake'}
        onClose={() => openWindow(null)}
        onOpenHousehold={(householdId) => {
          openWindow(null);
          void navigate({ to: '/households/$householdId', params: { householdId } });
        }}
      />
    </div>
  );
}

type NoticeWord = 'cosign' | 'escrowUsed' | 'newDevice' | 'forked' | 'newer' | 'frozen' | 'removed';

/** Something that everybody is told. */
function Notice({ notice }: { notice: NoticeView }) {
  const { t } = useWords();
  const word = notice.code as NoticeWord;
  const said = t(`notice.${word}`, { who: notice.who.join('、') });
  return (
    <aside className="banner" aria-label={said}>
      <strong>{said}</strong>
      <span>{t(`notice.${word}Why`)}</span>
      {word === 'escrowUsed' && (
        <Link to="/settings" className="link-button">
          {t('notice.escrowUsedGo')}
        </Link>
      )}
      {word === 'cosign' && (
        <Link to="/exchange" search={{ to: 'cosign' }} className="link-button">
          {t('notice.cosignGo')}
        </Link>
      )}
      {notice.dismissible && (
        <Button
          look="quiet"
          size="small"
          onPress={() => void session('notices_read', {}).then(() => cache.invalidateQueries({ queryKey: ['session_status'] }))}
        >
          {t('notice.read')}
        </Button>
      )}
    </aside>
  );
}

type OperationWord = keyof Words['op'];

/** The route is in the address's hash, so a plain anchor would leave the page. */
function skipToMain(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

interface PlaceProps {
  to: '/' | '/intakes' | '/households' | '/two-views' | '/exchange' | '/settings';
  icon: 'today' | 'intake' | 'household' | 'twoViews' | 'exchange' | 'settings';
  label: string;
  count?: number;
}

function Place({ to, icon, label, count = 0 }: PlaceProps) {
  return (
    <Link to={to} className="place" activeProps={{ className: 'place place-here' }} activeOptions={{ exact: to === '/' }}>
      <Icon name={icon} size={22} />
      <span>
        {label}
        {count > 0 && <span className="place-count">{count}</span>}
      </span>
    </Link>
  );
}

function TwoViewsPlace() {
  const { t } = useWords();
  const conflicts = useRead('conflict.list', {}, ['conflicts']).data;
  return <Place to="/two-views" icon="twoViews" label={t('nav.twoViews')} count={conflicts?.items.length ?? 0} />;
}

/** Always in sight, in plain words: what is on this disk, and what has not left it. */
function StatusPill({ status }: { status: StatusView }) {
  const { t, lang } = useWords();
  const since = status.unsentSince === undefined ? undefined : formatInstant(status.unsentSince, lang);
  return (
    <Link to="/exchange" className="pill" title={since === undefined ? undefined : t('status.since', { since })}>
      <span className="pill-saved">✓ {t('status.saved')}</span>
      <span>{status.unsent > 0 ? t('status.unsent', { n: status.unsent }) : t('status.sent')}</span>
    </Link>
  );
}
