import './restored.css';

import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { session, type StatusView, type WaitingView } from '../../bridge';
import { useWords } from '../../i18n';
import { cache, useSession } from '../../shared/cache';
import { formatInstant } from '../../shared/format';
import { Button, ErrorNote, Front, TextField } from '../../shared/ui';
import { Folder, Hub, Lan } from '../exchange';

const again = () => void cache.invalidateQueries();

/**
 * In front of a store that came from a backup: its office may have erased since what is still in it. Whoever was heard opens
 * it; whoever hears nobody opens it with a reason.
 */
export function Restored({ status }: { status: StatusView }) {
  const { t, lang } = useWords();
  const lock = useSession('session_lock');
  const waiting = useQuery({
    queryKey: ['bundle_waiting'],
    queryFn: () => session('bundle_waiting', {}),
    meta: { tags: ['status'] },
    staleTime: 0,
  }).data;
  return (
    <Front>
      <div className="page restored">
        <h1>{t('restored.title')}</h1>
        <p>{t('restored.why')}</p>
        {status.restoredAt !== undefined && (
          <p className="faint">{t('restored.at', { at: formatInstant(status.restoredAt, lang) })}</p>
        )}
        <div className="ex-grid">
          {waiting !== undefined && (waiting.hub === undefined ? <Hub waiting={waiting} admin={false} /> : <Ask waiting={waiting} />)}
          <TakeIn />
          <Unchecked />
          {waiting !== undefined && <Folder waiting={waiting} />}
          <Lan />
        </div>
        <div className="row">
          <Button look="quiet" isDisabled={lock.isPending} onPress={() => lock.mutate({})}>
            {t('restored.later')}
          </Button>
        </div>
      </div>
    </Front>
  );
}

/** The hub is asked at once, and again when somebody says so, or reads its answer in the other language. */
function Ask({ waiting }: { waiting: WaitingView }) {
  const { t, lang } = useWords();
  const sync = useSession('hub_sync');
  const { mutate } = sync;
  useEffect(() => mutate({}, { onSuccess: again }), [mutate, lang]);
  return (
    <section className="card stack ex-wide" aria-labelledby="restored-hub">
      <h2 id="restored-hub">{t('exchange.hub')}</h2>
      <p className="faint">{t('exchange.hubAt', { url: waiting.hub?.url ?? '' })}</p>
      {sync.isPending && <p role="status">{t('restored.asking')}</p>}
      {sync.isError && <ErrorNote error={sync.error} />}
      {sync.isError && (
        <div className="row">
          <Button look="main" onPress={() => sync.mutate({}, { onSuccess: again })}>
            {t('restored.askAgain')}
          </Button>
        </div>
      )}
    </section>
  );
}

/** A colleague's file. One from before the backup cannot know what was erased since. */
function TakeIn() {
  const { t } = useWords();
  const importing = useSession('bundle_import');
  const came = importing.data;
  return (
    <section className="card stack" aria-labelledby="restored-file">
      <h2 id="restored-file">{t('restored.file')}</h2>
      <p className="faint">{t('restored.fileWhy')}</p>
      <div className="row">
        <Button isDisabled={importing.isPending} onPress={() => importing.mutate({}, { onSuccess: again })}>
          {importing.isPending ? t('exchange.reading') : t('exchange.import')}
        </Button>
      </div>
      {importing.isError && <ErrorNote error={importing.error} />}
      {came !== undefined && came !== null && (
        <p role="status">{came.missing > 0 ? t('exchange.importedMissing', { n: came.missing }) : t('restored.fileOlder')}</p>
      )}
    </section>
  );
}

/** The one clear way on for whoever can hear nobody. */
function Unchecked() {
  const { t } = useWords();
  const open = useSession('session_open_unchecked');
  const [reason, setReason] = useState('');
  return (
    <section className="card stack" aria-labelledby="restored-unchecked">
      <h2 id="restored-unchecked">{t('restored.unchecked')}</h2>
      <p>{t('restored.uncheckedWhy')}</p>
      <TextField label={t('restored.reason')} help={t('restored.reasonWhy')} value={reason} onChange={setReason} />
      {open.isError && <ErrorNote error={open.error} />}
      <div className="row">
        <Button isDisabled={open.isPending || reason.trim() === ''} onPress={() => open.mutate({ reason }, { onSuccess: again })}>
          {t('restored.unchecked')}
        </Button>
      </div>
    </section>
  );
}
