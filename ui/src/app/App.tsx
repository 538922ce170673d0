import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { I18nProvider } from 'react-aria-components';

import { asErrorView, type RecoverySheet as Sheet, session } from '../bridge';
import { FirstRun, RecoverySheet } from '../features/first-run';
import { Waiting } from '../features/join';
import { Restored } from '../features/restored';
import { Renew, Unlock, Wiped } from '../features/unlock';
import { setLang, useWords } from '../i18n';
import { cache, useStatus } from '../shared/cache';
import { listenToKeys } from '../shared/imeSafe';
import { dispatchKey } from '../shared/keys';
import { ErrorNote } from '../shared/ui';
import { openWindow } from '../shared/windows';
import { Blank } from './Blank';
import { router } from './router';
import { Toasts } from './Toasts';

/** Least time between two reports that somebody is here. */
const ACTIVITY_MS = 10_000;

export function App() {
  return (
    <QueryClientProvider client={cache}>
      <Localised />
    </QueryClientProvider>
  );
}

function Localised() {
  const { lang } = useWords();
  return (
    <I18nProvider locale={lang === 'ja' ? 'ja-JP' : 'en-GB'}>
      <Gate />
      <Toasts />
      <Blank />
    </I18nProvider>
  );
}

/** The one place that decides whether somebody is in front of the lock or behind it. */
function Gate() {
  const status = useStatus();
  const [sheet, setSheet] = useState<Sheet | null>(null);
  const state = status.data?.state;
  const lang = status.data?.lang;

  // Before anything is painted, so that the lock too speaks the worker's language at once.
  useLayoutEffect(() => {
    if (lang !== undefined) {
      setLang(lang);
    }
  }, [lang]);

  // The address of one store means nothing in another.
  const store = status.data?.storeNumber;
  const before = useRef(store);
  useEffect(() => {
    if (before.current !== undefined && before.current !== store) {
      void router.navigate({ to: '/' });
    }
    before.current = store;
  }, [store]);

  usePainted(status.isFetched);
  useActivity();

  useEffect(() => listenToKeys(dispatchKey), []);

  // What was read while the store was open must not outlive it. In front of a restored one nothing was read but how to exchange.
  useEffect(() => {
    if (state !== undefined && state !== 'open' && state !== 'restored') {
      openWindow(null);
      cache.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session_status' });
    }
  }, [state]);

  if (status.isError) {
    return (
      <main className="page">
        <ErrorNote error={asErrorView(status.error)} />
      </main>
    );
  }
  if (status.data === undefined) {
    return null;
  }
  if (sheet !== null) {
    return <RecoverySheet sheet={sheet} onDone={() => setSheet(null)} />;
  }
  switch (status.data.state) {
    case 'none':
      return (
        <FirstRun
          status={status.data}
          onFounded={setSheet}
          renderRestore={(onBack) => <Renew from="backup" replaces={false} onBack={onBack} />}
        />
      );
    case 'waiting':
      return <Waiting status={status.data} onEntered={setSheet} />;
    case 'wiped':
      return <Wiped status={status.data} />;
    case 'restored':
      return <Restored status={status.data} />;
    case 'open':
      return <RouterProvider router={router} />;
    default:
      return <Unlock status={status.data} />;
  }
}

/** Reports the first painted screen once: two frames, laid out and shown. */
function usePainted(ready: boolean): void {
  useEffect(() => {
    if (ready) {
      requestAnimationFrame(() => requestAnimationFrame(() => void session('session_painted', {}).catch(() => null)));
    }
  }, [ready]);
}

/** Keeps the idle clock of the core from running out while somebody works. */
function useActivity(): void {
  useEffect(() => {
    let last = 0;
    const report = (event: Event) => {
      if (event.timeStamp - last >= ACTIVITY_MS || last === 0) {
        last = event.timeStamp;
        session('session_activity', {}).catch(() => null);
      }
    };
    const events = ['keydown', 'pointerdown', 'wheel'];
    events.forEach((name) => window.addEventListener(name, report, { passive: true, capture: true }));
    return () => events.forEach((name) => window.removeEventListener(name, report, { capture: true }));
  }, []);
}
