import './exchange.css';

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { type ExportBundle, type ExportView, type ImportView, session } from '../../bridge';
import { useWords } from '../../i18n';
import { cache, refresh, useSession, useStatus } from '../../shared/cache';
import { formatBytes, formatInstant } from '../../shared/format';
import { flushAll } from '../../shared/pending';
import { Button, ErrorNote } from '../../shared/ui';
import { Cosigns } from '../cosign';
import { Erasures } from '../erase';
import { Passing } from '../passing';
import { Approve } from './Approve';
import { CarryOut } from './CarryOut';
import { Devices } from './Devices';
import { Hub } from './Hub';
import { Lan } from './Lan';
import { Register } from './Register';
import { Rescue } from './Rescue';
import { SetAside } from './SetAside';
import { Teams } from './Teams';
import { Folder } from './Ways';

/** Exchange without a network: what waits, a file to carry out, a file to take in, the devices of the office. */
export function Exchange() {
  const { t, lang } = useWords();
  const status = useStatus().data;
  const waiting = useQuery({
    queryKey: ['bundle_waiting'],
    queryFn: () => session('bundle_waiting', {}),
    meta: { tags: ['status'] },
    staleTime: 0,
  }).data;
  const exporting = useSession('bundle_export');
  const importing = useSession('bundle_import');
  const [carry, setCarry] = useState<ExportBundle>({});
  const after = (view: ExportView | null) => {
    refresh(['status', 'carryouts']);
    // The next file has a medium and a purpose of its own. A closed dialog wrote nothing.
    if (view !== null) {
      setCarry({});
    }
  };
  const instant = (at: string | undefined) => (at === undefined ? t('exchange.never') : formatInstant(at, lang));

  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('exchange.title')}</h1>
        <span className="faint">{t('exchange.lastMerged', { at: instant(status?.lastMergedAt) })}</span>
      </div>
      {status?.standing !== undefined && <Rescue standing={status.standing} />}
      <div className="ex-grid">
        <section className="card stack" aria-labelledby="ex-out">
          <h2 id="ex-out">{t('exchange.out')}</h2>
          {waiting !== undefined && (
            <p role="status">
              <span className="ex-big">
                {waiting.unsentChanges > 0 ? t('status.unsent', { n: waiting.unsentChanges }) : t('status.sent')}
              </span>
              <br />
              {waiting.since !== undefined && waiting.unsentChanges > 0 && (
                <span className="faint">{t('status.since', { since: instant(waiting.since) })}</span>
              )}
            </p>
          )}
          <p className="faint">{t('exchange.outWhy')}</p>
          <div className="row">
            <Button
              look="main"
              isDisabled={exporting.isPending}
              onPress={() => void flushAll().then(() => exporting.mutate(carry, { onSuccess: after, onError: () => refresh(['carryouts']) }))}
            >
              {exporting.isPending ? t('exchange.writing') : t('exchange.export')}
            </Button>
          </div>
          <CarryOut value={carry} onChange={setCarry} />
          {exporting.isError && <ErrorNote error={exporting.error} />}
          {exporting.data !== undefined && exporting.data !== null && <Exported view={exporting.data} />}
          <p className="faint">{t('exchange.lastExport', { at: instant(waiting?.lastExportAt) })}</p>
        </section>
        <section className="card stack" aria-labelledby="ex-in">
          <h2 id="ex-in">{t('exchange.in')}</h2>
          <p className="faint">{t('exchange.inWhy')}</p>
          <div className="row">
            <Button
              look="main"
              isDisabled={importing.isPending}
              onPress={() =>
                importing.mutate(
                  {},
                  {
                    onSuccess: () => void cache.invalidateQueries(),
                  },
                )
              }
            >
              {importing.isPending ? t('exchange.reading') : t('exchange.import')}
            </Button>
          </div>
          {importing.isError && <ErrorNote error={importing.error} />}
          {importing.data !== undefined && importing.data !== null && <Imported view={importing.data} />}
          {waiting !== undefined && waiting.held > 0 && <p>{t('exchange.held', { n: waiting.held })}</p>}
          {waiting !== undefined && waiting.missing > 0 && <p>{t('exchange.missing', { n: waiting.missing })}</p>}
          {waiting !== undefined && waiting.quarantined > 0 && (
            <p>{t('exchange.quarantined', { n: waiting.quarantined })}</p>
          )}
          <p className="faint">{t('exchange.lastImport', { at: instant(waiting?.lastImportAt) })}</p>
        </section>
        {waiting !== undefined && status?.demo !== true && <Hub waiting={waiting} admin={status?.admin === true} />}
        {waiting !== undefined && status?.demo !== true && <Folder waiting={waiting} />}
        {status?.demo !== true && <Lan />}
        <Register />
        <Erasures />
        {status?.admin === true && <Approve />}
        {status?.admin === true && status.demo !== true && <Passing />}
        <SetAside />
        <Cosigns />
        <Devices />
        <Teams />
      </div>
    </div>
  );
}

function Exported({ view }: { view: ExportView }) {
  const { t } = useWords();
  return (
    <div className="ex-result" role="status">
      <p>
        <strong>{t('exchange.exported', { file: view.file })}</strong>
      </p>
      <p>
        {t('exchange.exportedMore', { records: view.records, size: formatBytes(view.bytes), sent: view.newlySent })}
      </p>
      {!view.complete && <p>{t('exchange.exportedOnlyNew')}</p>}
    </div>
  );
}

function Imported({ view }: { view: ImportView }) {
  const { t } = useWords();
  return (
    <div className="ex-result" role="status">
      <p>
        <strong>
          {view.new > 0
            ? t('exchange.imported', { n: view.new })
            : view.refused.length > 0
              ? t('exchange.importedNone')
              : view.known > 0
              ? t('exchange.importedKnown')
              : t('exchange.importedNothing')}
        </strong>
        {view.from !== undefined && view.from.name !== '' && ` ${t('exchange.importedFrom', { name: view.from.name })}`}
      </p>
      {view.rescue === true && <p>{t('rescue.came')}</p>}
      {view.known > 0 && view.new > 0 && <p>{t('exchange.known', { n: view.known })}</p>}
      {view.held > 0 && <p>{t('exchange.held', { n: view.held })}</p>}
      {view.missing > 0 && <p>{t('exchange.importedMissing', { n: view.missing })}</p>}
      {view.refused.length > 0 && <p>{t('exchange.refused', { n: view.refused.length })}</p>}
      {view.conflicts > 0 && (
        <p>
          <Link to="/two-views">{t('exchange.conflicts', { n: view.conflicts })}</Link>
        </p>
      )}
    </div>
  );
}
