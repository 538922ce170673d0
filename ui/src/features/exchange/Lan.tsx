import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { type LanView, session, type SyncView } from '../../bridge';
import { useWords } from '../../i18n';
import { cache, useSession } from '../../shared/cache';
import { formatBytes } from '../../shared/format';
import { flushAll } from '../../shared/pending';
import { Button, ErrorNote, TextField } from '../../shared/ui';

/** A colleague in the same place: one laptop opens for a while, the other goes there. No network beyond the room. */
export function Lan() {
  const { t } = useWords();
  const view = useQuery({
    queryKey: ['lan_status'],
    queryFn: () => session('lan_status', {}),
    refetchInterval: (query) => (query.state.data?.number === undefined ? false : 1000),
    staleTime: 0,
  }).data;
  return (
    <section className="card stack ex-wide" aria-labelledby="ex-lan">
      <h2 id="ex-lan">{t('exchange.lan')}</h2>
      <p className="faint">{t('exchange.lanWhy')}</p>
      <div className="ex-grid">
        <Open view={view} />
        <Visit />
      </div>
    </section>
  );
}

function Open({ view }: { view: LanView | undefined }) {
  const { t } = useWords();
  const open = useSession('lan_open');
  const close = useSession('lan_close');
  const shown = (answer: LanView) => cache.setQueryData(['lan_status'], answer);
  return (
    <div className="stack">
      <h3>{t('exchange.lanOpen')}</h3>
      {view?.number === undefined ? (
        <>
          <p className="faint">{t('exchange.lanOpenWhy')}</p>
          <div className="row">
            <Button
              isDisabled={open.isPending}
              onPress={() => void flushAll().then(() => open.mutate({}, { onSuccess: shown }))}
            >
              {open.isPending ? t('exchange.lanOpening') : t('exchange.lanOpenNow')}
            </Button>
          </div>
          {open.isError && <ErrorNote error={open.error} />}
          {view?.ended !== undefined && view.ended !== '' && (
            <p role="status">{view.ended === 'idle' ? t('exchange.lanIdle') : t('exchange.lanEnded')}</p>
          )}
        </>
      ) : (
        <>
          <div className="ex-result" role="status">
            <p>{t('exchange.lanIsOpen')}</p>
            <p className="ex-number">{t('exchange.lanNumber', { number: view.number })}</p>
            {view.addresses.length > 0 && (
              <p className="faint">{t('exchange.lanAddress', { address: view.addresses.join(t('exchange.lanOr')) })}</p>
            )}
            <p className="faint">{t('exchange.lanUntil', { minutes: view.minutes })}</p>
          </div>
          <div className="row">
            <Button isDisabled={close.isPending} onPress={() => close.mutate({}, { onSuccess: shown })}>
              {t('exchange.lanClose')}
            </Button>
          </div>
        </>
      )}
      {view !== undefined && view.guests.length > 0 && (
        <ul className="ex-list" role="status">
          {view.guests.map((guest) => (
            <li key={guest.device}>
              {guest.equal
                ? t('exchange.lanGuestEqual', { name: guest.name, n: guest.new })
                : t('exchange.lanGuest', { name: guest.name, n: guest.new })}{' '}
              <Files sent={guest.filesSent} received={guest.filesReceived} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Visit() {
  const { t } = useWords();
  const find = useSession('lan_find');
  const sync = useSession('lan_sync');
  const [address, setAddress] = useState('');
  const visit = (to: string) =>
    void flushAll().then(() => sync.mutate({ address: to }, { onSuccess: () => void cache.invalidateQueries() }));
  return (
    <div className="stack">
      <h3>{t('exchange.lanVisit')}</h3>
      <p className="faint">{t('exchange.lanVisitWhy')}</p>
      <div className="row">
        <Button isDisabled={find.isPending || sync.isPending} onPress={() => find.mutate({})}>
          {find.isPending ? t('exchange.lanFinding') : t('exchange.lanFind')}
        </Button>
      </div>
      {find.isError && <ErrorNote error={find.error} />}
      {find.data !== undefined && !find.isPending && (
        find.data.length === 0 ? (
          <p role="status">{t('exchange.lanNobody')}</p>
        ) : (
          <ul className="ex-list row" aria-label={t('exchange.lanFound')}>
            {find.data.map((found) => (
              <li key={found.number}>
                <Button isDisabled={sync.isPending} onPress={() => visit(found.addresses[0] ?? found.number)}>
                  {t('exchange.lanTo', { number: found.number })}
                </Button>
              </li>
            ))}
          </ul>
        )
      )}
      <TextField
        label={t('exchange.lanTyped')}
        help={t('exchange.lanTypedWhy')}
        value={address}
        onChange={setAddress}
      />
      <div className="row">
        <Button isDisabled={address.trim() === '' || sync.isPending} onPress={() => visit(address)}>
          {sync.isPending ? t('exchange.hubSyncing') : t('exchange.lanGo')}
        </Button>
      </div>
      {sync.isError && <ErrorNote error={sync.error} />}
      {sync.data !== undefined && !sync.isPending && <Exchanged view={sync.data} />}
    </div>
  );
}

function Exchanged({ view }: { view: SyncView }) {
  const { t } = useWords();
  return (
    <div className="ex-result" role="status">
      <p>
        <strong>{t('exchange.lanDone', { name: view.colleague ?? '', n: view.new, sent: view.sent })}</strong>
      </p>
      {view.filesSent + view.filesReceived > 0 && (
        <p>
          <Files sent={view.filesSent} received={view.filesReceived} />
        </p>
      )}
      <p>{t('exchange.lanNotOffice')}</p>
      {view.held > 0 && <p>{t('exchange.held', { n: view.held })}</p>}
      {view.refused.length > 0 && <p>{t('exchange.refused', { n: view.refused.length })}</p>}
      {view.leftOut.length > 0 && <p>{t('exchange.lanLeftOut')}</p>}
    </div>
  );
}

/** How much of attachments went each way, where anything did. */
function Files({ sent, received }: { sent: number; received: number }) {
  const { t } = useWords();
  const parts = [
    ...(received > 0 ? [t('exchange.lanFilesCame', { size: formatBytes(received) })] : []),
    ...(sent > 0 ? [t('exchange.lanFilesGone', { size: formatBytes(sent) })] : []),
  ];
  return <>{parts.join(' ')}</>;
}
