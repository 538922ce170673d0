import './audit.css';

import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { asErrorView, type AuditBook, type AuditItem, type ListAudit, run } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite, useRead, useSession } from '../../shared/cache';
import { formatInstant } from '../../shared/format';
import { showDone } from '../../shared/toast';
import { Button, Chips, DateField, ErrorNote, Select, TextField } from '../../shared/ui';

const ACTS = [
  'open',
  'write',
  'breakGlass',
  'grant',
  'export',
  'import',
  'print',
  'backup',
  'restore',
  'device',
  'search',
  'list',
  'lookAtLog',
  'exportLog',
  'unlock',
  'passphrase',
] as const;

const PAGE = 100;

/** Who opened and did what, when (閲覧・操作の記録): one's own for everybody, the office's for auditors. */
export function Audit() {
  const { t } = useWords();
  const books = useRead('audit.books', {}, ['audit']);
  const [wish, setWish] = useState<ListAudit>({ onlyRecords: true });
  const others = (books.data?.items ?? []).some((book) => !book.own);
  return (
    <div className="page stack">
      <div className="page-head">
        <h1>{t('audit.title')}</h1>
        <Link to="/settings">{t('audit.back')}</Link>
      </div>
      <p>{t('audit.notAppraisal')}</p>
      {books.isError && <ErrorNote error={books.error} />}
      {books.data !== undefined && <Books books={books.data.items} />}
      <section className="card stack" aria-labelledby="audit-list">
        <h2 id="audit-list">{others ? t('audit.ofOffice') : t('audit.ofMine')}</h2>
        <Filters wish={wish} onChange={setWish} books={books.data?.items ?? []} />
        <Entries wish={wish} />
      </section>
      <Handing readers={books.data?.readers.map((reader) => reader.name) ?? []} waiting={books.data?.waiting ?? 0} handedIn={books.data?.handedIn === true} />
      <Exporting wish={wish} />
    </div>
  );
}

/** The logs that are not whole; nothing is said of those that are. */
function Books({ books }: { books: readonly AuditBook[] }) {
  const { t } = useWords();
  const broken = books.filter((book) => book.faults.length > 0);
  if (broken.length === 0) {
    return books.length > 0 ? <p className="faint">{t('audit.whole')}</p> : null;
  }
  return (
    <ul role="alert">
      {broken.map((book) => (
        <li key={`${book.device} ${String(book.restricted)}`}>
          {t('audit.broken', {
            name: book.worker.name,
            what: book.faults.map((fault) => t(`audit.fault.${fault}` as 'audit.fault.missing')).join('、'),
          })}
        </li>
      ))}
    </ul>
  );
}

interface FiltersProps {
  wish: ListAudit;
  onChange: (wish: ListAudit) => void;
  books: readonly AuditBook[];
}

function Filters({ wish, onChange, books }: FiltersProps) {
  const { t } = useWords();
  const [text, setText] = useState('');
  const put = (part: Partial<Record<keyof ListAudit, unknown>>) => {
    const next = { ...wish, ...part } as Record<string, unknown>;
    for (const key of Object.keys(next)) {
      if (next[key] === null || next[key] === undefined || next[key] === '') {
        delete next[key];
      }
    }
    onChange(next as ListAudit);
  };
  const devices = books.filter((book) => !book.restricted);
  return (
    <>
      <form
        className="audit-filters"
        onSubmit={(event) => {
          event.preventDefault();
          put({ text });
        }}
      >
        <TextField label={t('audit.name')} value={text} onChange={setText} onBlur={() => put({ text })} />
        {devices.length > 1 && (
          <Select
            label={t('audit.staff')}
            none={t('audit.everybody')}
            choices={devices.map((book) => ({ code: book.device, label: book.worker.name }))}
            value={wish.device}
            onChange={(device) => put({ device })}
          />
        )}
        <Select
          label={t('audit.kind')}
          none={t('audit.everything')}
          choices={ACTS.map((act) => ({ code: act, label: t(`audit.act.${act}`) }))}
          value={wish.act}
          onChange={(act) => put({ act, onlyRecords: act === null ? true : null })}
        />
        <DateField label={t('audit.from')} value={wish.from ?? ''} onCommit={(text, iso) => put({ from: text === '' ? null : iso })} />
        <DateField label={t('audit.to')} value={wish.to ?? ''} onCommit={(text, iso) => put({ to: text === '' ? null : iso })} />
      </form>
      {wish.act === undefined && (
        <Chips
          label={t('audit.lists')}
          choices={[
            { code: 'without', label: t('audit.withoutLists') },
            { code: 'with', label: t('audit.withLists') },
          ]}
          value={wish.onlyRecords === true ? 'without' : 'with'}
          onChange={(code) => code !== null && put({ onlyRecords: code === 'without' ? true : null })}
        />
      )}
    </>
  );
}

function Entries({ wish }: { wish: ListAudit }) {
  const { t, lang } = useWords();
  const pages = useInfiniteQuery({
    queryKey: ['audit.list', wish],
    queryFn: async ({ pageParam }) =>
      (await run('audit.list', { ...wish, limit: PAGE, ...(pageParam > 0 ? { after: pageParam } : {}) })).value,
    initialPageParam: 0,
    getNextPageParam: (last) => last.next,
    meta: { tags: ['audit'] },
    staleTime: 0,
  });
  if (pages.isError) {
    return <ErrorNote error={asErrorView(pages.error)} />;
  }
  const items = (pages.data?.pages ?? []).flatMap((page) => page.items);
  if (pages.data !== undefined && items.length === 0) {
    return <p>{t('audit.none')}</p>;
  }
  return (
    <>
      <div className="audit-scroll">
        <table className="audit-table">
          <thead>
            <tr>
              <th scope="col">{t('audit.when')}</th>
              <th scope="col">{t('audit.who')}</th>
              <th scope="col">{t('audit.what')}</th>
              <th scope="col">{t('audit.record.title')}</th>
              <th scope="col">{t('audit.reason')}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <tr key={`${item.device} ${String(item.restricted)} ${item.seq} ${item.at}`}>
                <td className="audit-when">{formatInstant(item.at, lang)}</td>
                <td>{item.worker.name}</td>
                <td>
                  {item.act === 'device' || item.detail === 'escrowEnter'
                    ? t(`audit.did.${item.detail}` as 'audit.did.approve', { defaultValue: t('audit.act.device') })
                    : t(`audit.act.${item.act}` as 'audit.act.open')}
                </td>
                <td>
                  <Record item={item} />
                </td>
                <td>{item.reason ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {pages.hasNextPage && (
        <div className="row">
          <Button isDisabled={pages.isFetchingNextPage} onPress={() => void pages.fetchNextPage()}>
            {t('audit.more')}
          </Button>
        </div>
      )}
    </>
  );
}

/** What an entry was about: names where this laptop knows them, a number where it does not. */
function Record({ item }: { item: AuditItem }) {
  const { t } = useWords();
  const kind = item.kind === '' ? '' : t(`audit.record.${item.kind}` as 'audit.record.note');
  const isFile = ['export', 'import', 'backup', 'exportLog'].includes(item.act);
  const named = [item.household, item.about].filter((name) => name !== undefined && name !== item.household);
  const known = item.household !== undefined || named.length > 0;
  return (
    <>
      {item.restricted && <span className="tag">{t('audit.restricted')} </span>}
      {item.household !== undefined && item.householdId !== undefined && (
        <>
          <Link to="/households/$householdId" params={{ householdId: item.householdId }}>
            {item.household}
          </Link>{' '}
        </>
      )}
      {named.map((name) => `${name ?? ''} `)}
      {kind !== t('audit.record.household') || item.household === undefined ? kind : ''}
      {!known && item.number !== undefined && <span className="faint"> {t('audit.number', { n: item.number })}</span>}
      {isFile && item.detail}
    </>
  );
}

/** To whom this laptop's log goes, and handing today's in before the day is over. */
function Handing({ readers, waiting, handedIn }: { readers: readonly string[]; waiting: number; handedIn: boolean }) {
  const { t } = useWords();
  return (
    <section className="card stack" aria-labelledby="audit-hand">
      <h2 id="audit-hand">{t('audit.handing')}</h2>
      <p>{readers.length === 0 ? t('audit.noReaders') : t('audit.readers', { names: readers.join('、') })}</p>
      <p className="faint">{t('audit.waiting', { n: waiting })}</p>
      <div className="row">
        <Button isDisabled={handedIn || readers.length === 0} onPress={() => void tryWrite('audit.handIn', {})}>
          {handedIn ? t('audit.handedIn') : t('audit.handIn')}
        </Button>
      </div>
    </section>
  );
}

function Exporting({ wish }: { wish: ListAudit }) {
  const { t } = useWords();
  const whole = useSession('audit_export');
  const table = useSession('audit_table');
  const done = (view: { file: string; entries: number } | null) => {
    if (view !== null) {
      showDone(t('audit.exported', { file: view.file, n: view.entries }));
    }
  };
  return (
    <section className="card stack" aria-labelledby="audit-export">
      <h2 id="audit-export">{t('audit.export')}</h2>
      <p className="faint">{t('audit.exportWhy')}</p>
      {whole.isError && <ErrorNote error={whole.error} />}
      {table.isError && <ErrorNote error={table.error} />}
      <div className="row">
        <Button isDisabled={whole.isPending} onPress={() => whole.mutate({}, { onSuccess: done })}>
          {t('audit.exportWhole')}
        </Button>
        <Button isDisabled={table.isPending} onPress={() => table.mutate(wish, { onSuccess: done })}>
          {t('audit.exportTable')}
        </Button>
      </div>
    </section>
  );
}
