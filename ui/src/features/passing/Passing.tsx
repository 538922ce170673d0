import { useQuery } from '@tanstack/react-query';

import { type PassView, session } from '../../bridge';
import { useWords } from '../../i18n';
import { cache, useSession } from '../../shared/cache';
import { formatInstant } from '../../shared/format';
import { Button, ErrorNote, Words } from '../../shared/ui';
import { SecondSignature } from '../cosign';
import { Give } from './Give';
import { Take } from './Take';

/** ほかの事業所への引き継ぎ: cases go to another office, come from one, and the proof that they are gone. */
export function Passing() {
  const { t } = useWords();
  const list = useQuery({
    queryKey: ['pass_list'],
    queryFn: () => session('pass_list', {}),
    meta: { tags: ['passes', 'erasures', 'status'] },
  }).data;
  return (
    <section className="card stack ex-wide" aria-labelledby="ex-passing">
      <h2 id="ex-passing">{t('passing.title')}</h2>
      <p className="faint">{t('passing.lead')}</p>
      <Give waiting={list?.items.filter((it) => it.state === 'passed').map((it) => it.to) ?? []} />
      {list !== undefined && list.items.length > 0 && (
        <ul className="ex-list" aria-label={t('passing.made')}>
          {list.items.map((it) => (
            <Entry key={it.id} it={it} />
          ))}
        </ul>
      )}
      <Take />
      <Check />
    </section>
  );
}

/** What this laptop passed on, and the next step of it. */
function Entry({ it }: { it: PassView }) {
  const { t, lang } = useWords();
  const receipt = useSession('pass_receipt');
  const erase = useSession('pass_erase');
  const proof = useSession('pass_proof');
  const stale = { onSuccess: () => void cache.invalidateQueries() };
  const at = (text: string | undefined) => (text === undefined ? '' : formatInstant(text, lang));
  const states: Record<string, string> = {
    passed: t('passing.statePassed'),
    arrived: t('passing.stateArrived', { at: at(it.arrivedAt) }),
    erasing: t('passing.stateErasing'),
    erased: t('passing.stateErased', { at: at(it.erasedAt) }),
  };
  return (
    <li className="ex-device">
      <div className="stack">
        <div>
          <strong>{t('passing.to', { office: it.to })}</strong> <span>{states[it.state]}</span>
          <p className="faint">
            {t('passing.when', { at: at(it.at), n: it.households, intakes: it.intakes, records: it.records })}
            {it.restricted > 0 && t('passing.withRestricted', { n: it.restricted })}
          </p>
          <p>{t('erase.reasonIs', { reason: it.reason })}</p>
        </div>
        {it.state === 'passed' && (
          <div className="row">
            <Button isDisabled={receipt.isPending} onPress={() => receipt.mutate({}, stale)}>
              {t('passing.takeReceipt')}
            </Button>
          </div>
        )}
        {it.state === 'arrived' && (
          <>
            <p>{t('passing.eraseMeans')}</p>
            <SecondSignature
              label={t('passing.erase')}
              keyLabel={t('erase.paperKey')}
              keyHelp={t('passing.paperKeyHelp')}
              isBusy={erase.isPending}
              onPaper={(paperAdminKey) => erase.mutateAsync({ id: it.id, paperAdminKey }, stale)}
              ask={() => Promise.resolve({ act: 'passErase', pass: it.id })}
            />
          </>
        )}
        {it.state === 'erased' && (
          <div className="row">
            <Button isDisabled={proof.isPending} onPress={() => proof.mutate({ id: it.id })}>
              {t('passing.proof')}
            </Button>
          </div>
        )}
        {receipt.isError && <ErrorNote error={receipt.error} />}
        {erase.isError && <ErrorNote error={erase.error} />}
        {proof.isError && <ErrorNote error={proof.error} />}
        {proof.data !== undefined && proof.data !== null && (
          <p className="ex-result" role="status">
            {t('passing.proofSaved', { file: proof.data.file })}
          </p>
        )}
      </div>
    </li>
  );
}

/** Anybody's proof, checked. */
function Check() {
  const { t, lang } = useWords();
  const check = useSession('pass_check');
  const view = check.data;
  return (
    <div className="stack">
      <h3>{t('passing.checkTitle')}</h3>
      <p className="faint">{t('passing.checkWhy')}</p>
      <div className="row">
        <Button look="quiet" isDisabled={check.isPending} onPress={() => check.mutate({})}>
          {t('passing.check')}
        </Button>
      </div>
      {check.isError && <ErrorNote error={check.error} />}
      {view !== undefined && view !== null && (
        <div className="ex-result stack" role="status">
          <p>
            <strong>{t('passing.holds', { from: view.from, to: view.to })}</strong>
          </p>
          <p>{t('passing.holdsWhat', { n: view.households, records: view.records, orders: view.orders })}</p>
          <p>
            {t('passing.holdsWhen', {
              passed: formatInstant(view.passedAt, lang),
              arrived: formatInstant(view.arrivedAt, lang),
              erased: formatInstant(view.erasedAt, lang),
            })}
          </p>
          <Words words={view.words} label={t('passing.wordsOf', { office: view.from })} />
        </div>
      )}
    </div>
  );
}
