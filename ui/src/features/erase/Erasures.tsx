import { useQuery } from '@tanstack/react-query';

import { type ErasureView, session } from '../../bridge';
import { useWords } from '../../i18n';
import { cache, useSession } from '../../shared/cache';
import { formatDate, formatInstant } from '../../shared/format';
import { Button, ErrorNote } from '../../shared/ui';
import { useFieldLabel } from '../../shared/useFieldLabel';
import { SecondSignature, useCosigns } from '../cosign';
import { Left } from './Left';

/** The register of erasures (廃棄簿), and what had not arrived when a case went. */
export function Erasures() {
  const { t, lang } = useWords();
  const save = useSession('attachment_save');
  const list = useQuery({
    queryKey: ['erase_list'],
    queryFn: () => session('erase_list', {}),
    meta: { tags: ['erasures', 'status'] },
  }).data;
  if (list === undefined) {
    return null;
  }
  return (
    <section className="card stack ex-wide" aria-labelledby="ex-erasures">
      <h2 id="ex-erasures">{t('erase.register')}</h2>
      <p className="faint">{t('erase.registerWhy')}</p>
      {list.items.length === 0 && <p>{t('erase.none')}</p>}
      <ul className="ex-list">
        {list.items.map((it) => (
          <Entry key={it.id} it={it} admin={list.admin} />
        ))}
      </ul>
      <Left left={list.left} />
      {list.offered.length > 0 && (
        <section className="stack">
          <h3>{t('erase.offered')}</h3>
          <p className="faint">{t('erase.offeredWhy')}</p>
          {save.isError && <ErrorNote error={save.error} />}
          {list.offered.map((it) => (
            <blockquote key={it.id}>
              <p style={{ whiteSpace: 'pre-wrap' }}>{it.text}</p>
              {it.files.map((file) => (
                <Button key={file.id} size="small" onPress={() => save.mutate({ id: file.id, suggested: file.name })}>
                  {t('erase.offeredFile', { name: file.name })}
                </Button>
              ))}
              <p className="faint">{t('erase.offeredBy', { name: it.by, at: formatInstant(it.at, lang) })}</p>
            </blockquote>
          ))}
        </section>
      )}
    </section>
  );
}

function Entry({ it, admin }: { it: ErasureView; admin: boolean }) {
  const { t, lang } = useWords();
  const fieldLabel = useFieldLabel();
  const sign = useSession('erase_sign');
  const cancel = useSession('erase_cancel');
  const late = useSession('erase_late');
  const own = useCosigns()?.own;
  const isAsked = own?.acts.some((act) => act.order === it.id) === true;
  const stale = { onSuccess: () => void cache.invalidateQueries() };
  const busy = sign.isPending || cancel.isPending;
  const at = formatInstant(it.at, lang);
  const states: Record<string, string> = {
    proposed: t('erase.stateProposed'),
    hidden: t('erase.stateHidden', { days: it.daysLeft ?? 0 }),
    erased: t('erase.stateErased', { at: it.erasedAt === undefined ? '' : formatInstant(it.erasedAt, lang) }),
    cancelled: t('erase.stateCancelled'),
  };
  const whats: Record<string, string> = {
    household: t('erase.household'),
    documents: t('erase.documents'),
    field: t('erase.field'),
    late: t('erase.late'),
  };
  const waiting = it.keys?.nowhere === undefined ? [...(it.keys?.waiting ?? []), ...(it.keys?.teams ?? [])] : [];
  const fields = it.fields.map((path) => fieldLabel(path)).join('、');
  return (
    <li className="ex-device">
      <div className="stack">
        <div>
          <strong>{it.name ?? whats[it.what]}</strong>{' '}
          <span>{states[it.state]}</span>
          <p className="faint">
            {it.askedBy === '' ? t('erase.whenNobody', { at }) : t('erase.when', { at, who: it.askedBy })}
          </p>
          <p>
            {t('erase.reasonIs', { reason: it.reason })}
            <br />
            {t('erase.basisIs', { basis: it.basis })}
            {fields !== '' && (
              <>
                <br />
                {t('erase.fieldIs', { name: fields })}
              </>
            )}
          </p>
          {it.signedBy !== undefined && (
            <p>{it.withPaper ? t('erase.signedBy', { name: it.signedBy }) : t('erase.signedByTwo', { name: it.signedBy, other: it.signedWith ?? '' })}</p>
          )}
          {it.keys?.nowhere !== undefined ? (
            <p>{t('erase.nowhere', { on: formatInstant(it.keys.nowhere, lang) })}</p>
          ) : (
            // A note or a field lies under the key of a case that lives on: no renewal of keys closes kept records of it.
            it.horizon !== undefined && (
              <p>{t(it.keys !== undefined ? 'erase.horizonIs' : 'erase.horizonOfPart', { on: formatDate(it.horizon, lang) })}</p>
            )
          )}
          {waiting.length > 0 && <p className="faint">{t('erase.keysWait', { names: waiting.join('、') })}</p>}
          {it.unsent > 0 && <p>{t('erase.unsent', { n: it.unsent })}</p>}
          <p className="faint">
            {t('erase.count', { n: it.records })}　{t('erase.order')} <span className="ex-id">{it.id.slice(0, 16)}</span>
          </p>
        </div>
        {it.late > 0 && (
          <>
            <p>{t('erase.lateCame', { n: it.late })}</p>
            {admin && (
              <div className="row">
                <Button size="small" isDisabled={late.isPending} onPress={() => late.mutate({ id: it.id }, stale)}>
                  {t('erase.lateDraw')}
                </Button>
              </div>
            )}
            {late.isError && <ErrorNote error={late.error} />}
          </>
        )}
        {sign.isError && <ErrorNote error={sign.error} />}
        {cancel.isError && <ErrorNote error={cancel.error} />}
        {isAsked && <p role="status">{t('cosign.isAsked', { name: own.name })}</p>}
        {admin && it.state === 'proposed' && !isAsked && (
          <SecondSignature
            label={t('erase.sign')}
            keyLabel={t('erase.paperKey')}
            keyHelp={t('erase.paperKeyHelp')}
            isBusy={busy}
            onPaper={(paperAdminKey) => sign.mutateAsync({ id: it.id, paperAdminKey }, stale)}
            {...(it.what === 'field' ? {} : { ask: () => Promise.resolve({ act: 'erase', order: it.id }) })}
          />
        )}
      </div>
      {admin && (it.state === 'hidden' || it.state === 'proposed') && (
        <div className="row">
          <Button isDisabled={busy} onPress={() => cancel.mutate({ id: it.id }, stale)}>
            {it.state === 'hidden' ? t('erase.cancel') : t('erase.withdraw')}
          </Button>
        </div>
      )}
    </li>
  );
}
