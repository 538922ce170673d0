import { useState } from 'react';

import type { SyncView, WaitingView } from '../../bridge';
import { useWords } from '../../i18n';
import { cache, useSession } from '../../shared/cache';
import { formatInstant } from '../../shared/format';
import { flushAll } from '../../shared/pending';
import { Button, ErrorNote, TextField } from '../../shared/ui';
import { Authority } from './Ways';

/** The hub of the office (中継サーバー): exchanging at once, and what is known to have arrived. Offline is normal here. */
export function Hub({ waiting, admin }: { waiting: WaitingView; admin: boolean }) {
  const { t, lang } = useWords();
  const sync = useSession('hub_sync');
  const { hub } = waiting;
  // What went wrong is over once a later exchange went well, also one that nobody asked for.
  const isOver = waiting.lastSyncAt !== undefined && Date.parse(waiting.lastSyncAt) > sync.submittedAt;
  return (
    <section className="card stack ex-wide" aria-labelledby="ex-hub">
      <h2 id="ex-hub">{t('exchange.hub')}</h2>
      {hub === undefined ? (
        <>
          <p className="faint">{t('exchange.hubNone')}</p>
          <Join admin={admin} />
          <Authority waiting={waiting} />
        </>
      ) : (
        <>
          <p className="faint">{t('exchange.hubWhy')}</p>
          <p>{t('exchange.hubAt', { url: hub.url })}</p>
          <div className="row">
            <Button
              look="main"
              isDisabled={sync.isPending}
              onPress={() =>
                void flushAll().then(() => sync.mutate({}, { onSuccess: () => void cache.invalidateQueries() }))
              }
            >
              {sync.isPending ? t('exchange.hubSyncing') : t('exchange.hubSync')}
            </Button>
            <span className="faint">
              {t('exchange.lastSync', {
                at: waiting.lastSyncAt === undefined ? t('exchange.never') : formatInstant(waiting.lastSyncAt, lang),
              })}
            </span>
          </div>
          {sync.isError && !isOver && <ErrorNote error={sync.error} />}
          {sync.data !== undefined && <Synced view={sync.data} />}
          {waiting.hubRestoredAt !== undefined && (
            <p role="status">
              <span className="faint">{formatInstant(waiting.hubRestoredAt, lang)}</span> {t('exchange.hubRestored')}
            </p>
          )}
          <p>
            {waiting.unconfirmed > 0
              ? t('exchange.unconfirmed', { n: waiting.unconfirmed })
              : t('exchange.confirmedAll')}
          </p>
          <Authority waiting={waiting} />
        </>
      )}
    </section>
  );
}

function Synced({ view }: { view: SyncView }) {
  const { t } = useWords();
  const full = view.leftOut.some((code) => code === 'day_is_full' || code === 'office_is_full');
  return (
    <div className="ex-result" role="status">
      <p>
        <strong>{t('exchange.hubSynced', { n: view.new, sent: view.sent })}</strong>
      </p>
      {view.confirmed > 0 && <p>{t('exchange.hubConfirmed', { n: view.confirmed })}</p>}
      {view.held > 0 && <p>{t('exchange.held', { n: view.held })}</p>}
      {view.refused.length > 0 && <p>{t('exchange.refused', { n: view.refused.length })}</p>}
      {view.leftOut.length > 0 && <p>{full ? t('exchange.hubFull') : t('exchange.hubLeftOut')}</p>}
    </div>
  );
}

/** An administrator joins with a code, once; another laptop needs the address only. */
function Join({ admin }: { admin: boolean }) {
  const { t } = useWords();
  const join = useSession('hub_join');
  const sync = useSession('hub_sync');
  const [url, setUrl] = useState('https://');
  const [code, setCode] = useState('');
  const pending = join.isPending || sync.isPending;
  const error = join.error ?? sync.error;
  const onSuccess = () => void cache.invalidateQueries();
  const connect = () => {
    join.reset();
    sync.reset();
    if (code.trim() === '') {
      sync.mutate({ url }, { onSuccess });
    } else {
      join.mutate({ url, code }, { onSuccess });
    }
  };
  return (
    <>
      <TextField label={t('exchange.hubUrl')} value={url} onChange={setUrl} />
      {admin && (
        <TextField label={t('exchange.hubCode')} help={t('exchange.hubCodeWhy')} value={code} onChange={setCode} />
      )}
      <div className="row">
        <Button isDisabled={pending} onPress={connect}>
          {pending ? t('exchange.hubJoining') : t('exchange.hubJoin')}
        </Button>
      </div>
      {error !== null && <ErrorNote error={error} />}
    </>
  );
}
