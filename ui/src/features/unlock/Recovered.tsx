import type { RecoverView } from '../../bridge';
import { useWords } from '../../i18n';

/** Kinds of documents in the order in which a worker thinks of them. */
const KINDS = ['case', 'person', 'note', 'round', 'intake', 'memo', 'attachment', 'link', 'handover', 'cover', 'carryout', 'settings'] as const;
/** Kinds of what the journal names, the ones of a worker's own first. */
const PARTS = ['change', 'record', 'audit_entry', 'directory_op', 'roster_op', 'keybox', 'vault_key', 'own', 'unknown'] as const;

const sum = (counted: { [key: string]: number | bigint | undefined }) =>
  Object.values(counted).reduce<number>((total, n) => total + Number(n ?? 0), 0);

/** What was saved of a damaged store, and what is missing. */
export function Recovered({ view }: { view: RecoverView }) {
  const { t } = useWords();
  const kinds = KINDS.filter((kind) => Number(view.saved[kind] ?? 0) > 0);
  const missing = PARTS.filter((part) => Number(view.missing[part] ?? 0) > 0);
  const unreadable = sum(view.unreadable);
  const commits = Number(view.commitsMissing);
  const isWhole = missing.length === 0 && unreadable === 0 && commits === 0 && Number(view.refused) === 0 && view.journalWhole;
  return (
    <div role="status" className="stack">
      <h2>{t('renew.saved')}</h2>
      {kinds.length === 0 ? (
        <p>{t('renew.savedClosed', { n: Number(view.changes) })}</p>
      ) : (
        <ul className="renew-list">
          {kinds.map((kind) => (
            <li key={kind}>{t('renew.count', { what: t(`renew.kind.${kind}`), n: Number(view.saved[kind] ?? 0) })}</li>
          ))}
        </ul>
      )}
      <h2>{t('renew.missing')}</h2>
      {isWhole ? (
        <p>{t('renew.missingNone')}</p>
      ) : (
        <ul className="renew-list">
          {missing.map((part) => (
            <li key={part}>{t('renew.count', { what: t(`renew.part.${part}`), n: Number(view.missing[part] ?? 0) })}</li>
          ))}
          {commits > 0 && <li>{t('renew.commits', { n: commits })}</li>}
          {Number(view.refused) > 0 && <li>{t('renew.refused', { n: Number(view.refused) })}</li>}
          {unreadable > 0 && <li>{t('renew.unreadable', { n: unreadable })}</li>}
          {!view.journalWhole && <li>{t('renew.journal')}</li>}
        </ul>
      )}
      {!isWhole && <p className="faint">{t('renew.missingWhy')}</p>}
    </div>
  );
}
