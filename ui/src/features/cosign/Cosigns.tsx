import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';

import { type CosignAct, type CosignView, session } from '../../bridge';
import { useWords } from '../../i18n';
import { cache, useSession } from '../../shared/cache';
import { formatInstant } from '../../shared/format';
import { Button, ErrorNote } from '../../shared/ui';
import { useArrival } from '../../shared/useArrival';
import { useCosigns } from './useCosigns';

/** What waits for a second signature (署名の依頼): what colleagues ask of this device, and what it asked for. */
export function Cosigns() {
  const { t } = useWords();
  const { to } = useSearch({ strict: false });
  const list = useCosigns();
  const isThere = list !== undefined && (list.own !== undefined || list.waiting.length > 0);
  const heading = useArrival(to === 'cosign' && isThere);
  if (!isThere) {
    return null;
  }
  return (
    <section className="card stack ex-wide" aria-labelledby="ex-cosigns">
      <h2 id="ex-cosigns" tabIndex={-1} ref={heading}>
        {t('cosign.title')}
      </h2>
      {list.waiting.map((it) => (
        <Waiting key={it.id} it={it} />
      ))}
      {list.own !== undefined && <Own it={list.own} />}
    </section>
  );
}

function Waiting({ it }: { it: CosignView }) {
  const { t } = useWords();
  const answer = useSession('cosign_answer');
  const [isSure, setSure] = useState(false);
  const run = (sign: boolean) => answer.mutate({ id: it.id, sign }, { onSuccess: () => void cache.invalidateQueries() });
  const isSeen = it.acts.every((act) => act.seen);
  return (
    <section className="stack" aria-label={t('cosign.fromWho', { name: it.name })}>
      <h3>{t('cosign.fromWho', { name: it.name })}</h3>
      <Acts acts={it.acts} />
      {!isSeen && <p role="status">{t('cosign.unseen')}</p>}
      {answer.isError && <ErrorNote error={answer.error} />}
      {isSure ? (
        <div className="stack" role="group" aria-label={t('cosign.sign')}>
          <p role="alert">{t('cosign.signSure', { name: it.name })}</p>
          <div className="row">
            <Button autoFocus onPress={() => setSure(false)}>
              {t('common.cancel')}
            </Button>
            <Button isDisabled={answer.isPending} onPress={() => run(true)}>
              {t('cosign.signDo')}
            </Button>
          </div>
        </div>
      ) : (
        <div className="row">
          <Button look="main" isDisabled={!isSeen || answer.isPending} onPress={() => setSure(true)}>
            {t('cosign.sign')}
          </Button>
          <Button look="quiet" isDisabled={answer.isPending} onPress={() => run(false)}>
            {t('cosign.decline')}
          </Button>
        </div>
      )}
    </section>
  );
}

function Own({ it }: { it: CosignView }) {
  const { t, lang } = useWords();
  const withdraw = useSession('cosign_withdraw');
  const take = (act?: string) =>
    withdraw.mutate(act === undefined ? {} : { act }, { onSuccess: () => void cache.invalidateQueries() });
  const states: Record<string, string> = {
    waiting: t('cosign.stateWaiting'),
    declined: t('cosign.stateDeclined', { name: it.name }),
    signed: t('cosign.stateSigned'),
    void: t('cosign.stateVoid'),
  };
  const heading = t('cosign.toWho', { name: it.name, at: it.at === undefined ? '' : formatInstant(it.at, lang) });
  return (
    <section className="stack" aria-label={heading}>
      <h3>{heading}</h3>
      <p role="status">{states[it.state]}</p>
      <Acts
        acts={it.acts}
        more={(act) =>
          it.acts.length > 1 && (
            <Button look="quiet" size="small" isDisabled={withdraw.isPending} onPress={() => take(act.id)}>
              {t('cosign.withdrawOne')}
            </Button>
          )
        }
      />
      {withdraw.isError && <ErrorNote error={withdraw.error} />}
      <div className="row">
        <Button isDisabled={withdraw.isPending} onPress={() => take()}>
          {t('cosign.withdraw')}
        </Button>
      </div>
    </section>
  );
}

function Acts({ acts, more }: { acts: CosignAct[]; more?: (act: CosignAct) => ReactNode }) {
  return (
    <ul className="ex-list">
      {acts.map((act) => (
        <li className="ex-device" key={act.id}>
          <Act act={act} />
          {more?.(act)}
        </li>
      ))}
    </ul>
  );
}

/** What an act does, in words. */
function Act({ act }: { act: CosignAct }) {
  const { t } = useWords();
  const name = act.name === undefined || act.name === '' ? t('devices.unknown') : act.name;
  const words: Record<string, string> = {
    revoke: t('cosign.revoke', { name }),
    wipe: t('cosign.wipe', { name }),
    addAdmin: t('cosign.addAdmin', { name }),
    removeAdmin: t('cosign.removeAdmin', { name }),
    escrow: t('cosign.escrow', { names: act.holders.join('、') }),
    backupDays: t('cosign.backupDays', { n: act.days ?? 0 }),
    unknown: t('cosign.unknown'),
  };
  return (
    <div>
      {act.order === undefined ? <strong>{words[act.act]}</strong> : <Erasing order={act.order} />}
      {act.act === 'revoke' && <p className="faint">{t('cosign.cutAsAsked')}</p>}
      {act.device !== undefined && <p className="faint ex-id">{act.device}</p>}
      {act.reason !== undefined && <p>{t('erase.reasonIs', { reason: act.reason })}</p>}
    </div>
  );
}

/** What an order of erasure says, where it is here. */
function Erasing({ order }: { order: string }) {
  const { t } = useWords();
  const list = useQuery({
    queryKey: ['erase_list', 'cosign'],
    queryFn: () => session('erase_list', {}),
    meta: { tags: ['erasures', 'status'] },
  }).data;
  const it = list?.items.find((one) => one.id === order);
  if (it === undefined) {
    return <strong>{t('cosign.eraseUnseen')}</strong>;
  }
  return (
    <>
      <strong>{t('cosign.erase', { what: it.name ?? t('cosign.records') })}</strong>
      <p>
        {t('erase.reasonIs', { reason: it.reason })}
        <br />
        {t('erase.basisIs', { basis: it.basis })}
      </p>
      <p className="faint">
        {t('erase.count', { n: it.records })}　{t('erase.order')} <span className="ex-id">{it.id.slice(0, 16)}</span>
      </p>
    </>
  );
}
