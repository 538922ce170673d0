import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { session } from '../../bridge';
import { useWords } from '../../i18n';
import { useSession } from '../../shared/cache';
import { formatInstant } from '../../shared/format';
import { Button, ErrorNote, TextField } from '../../shared/ui';
import { MakeShares } from './MakeShares';

/** The office's escrow (預かり鍵): who holds a share, whether it was used, and an administrator's way to a new one. */
export function Escrow() {
  const { t, lang } = useWords();
  const [isMaking, setMaking] = useState(false);
  const state = useQuery({ queryKey: ['escrow_state'], queryFn: () => session('escrow_state', {}), meta: { tags: ['escrow', 'status'] } });
  const view = state.data;
  return (
    <section className="card stack" aria-labelledby="set-escrow">
      <h2 id="set-escrow">{t('escrow.title')}</h2>
      <p className="faint">{t('escrow.lead')}</p>
      {view !== undefined && (
        <>
          {view.set === undefined ? (
            <p>{t('escrow.none')}</p>
          ) : (
            <p>
              {t('escrow.inForce', { set: view.set })}
              {view.holders.length > 0 && ` ${t('escrow.heldBy', { holders: view.holders.join('、') })}`}
            </p>
          )}
          {view.set !== undefined && <p className="faint">{t(reach(view.unreached), { n: view.unreached ?? 0 })}</p>}
          {view.used.map((used) => (
            <p key={`${used.name}-${used.at ?? ''}`}>
              <span className="tag tag-care">{t('escrow.used')}</span>{' '}
              {used.at === undefined
                ? t('escrow.usedBy', { name: used.name })
                : t('escrow.usedLine', { name: used.name, at: formatInstant(used.at, lang) })}
            </p>
          ))}
          {view.admin && (
            <div className="row">
              <Button onPress={() => setMaking(true)}>{t(view.set === undefined ? 'escrow.make' : 'escrow.makeNew')}</Button>
            </div>
          )}
          {view.set !== undefined && <CheckShare />}
        </>
      )}
      {state.isError && <p role="alert">{t('escrow.unread')}</p>}
      {isMaking && (
        <MakeShares
          onClose={() => {
            setMaking(false);
            void state.refetch();
          }}
        />
      )}
    </section>
  );
}

/** What the key opens beside the laptops themselves. */
function reach(unreached: number | undefined) {
  if (unreached === undefined) {
    return 'escrow.reachesLaptops';
  }
  return unreached === 0 ? 'escrow.reachesHub' : 'escrow.reachesSome';
}

type Standing = 'inForce' | 'earlier' | 'unknown';

/** A holder looks whether the paper in their hand still counts. */
function CheckShare() {
  const { t } = useWords();
  const check = useSession('escrow_check');
  const [share, setShare] = useState('');
  const [isOpen, setOpen] = useState(false);
  if (!isOpen) {
    return (
      <div className="row">
        <Button look="quiet" size="small" onPress={() => setOpen(true)}>
          {t('escrow.check')}
        </Button>
      </div>
    );
  }
  return (
    <div className="stack">
      <TextField label={t('escrow.checkLabel')} help={t('escrow.shareHelp')} rows={3} value={share} onChange={setShare} />
      {check.isError && <ErrorNote error={check.error} />}
      {check.data !== undefined && (
        <p role="status">{t(`escrow.is.${check.data.standing as Standing}`, { index: check.data.index })}</p>
      )}
      <div className="row">
        <Button
          isDisabled={share.trim() === '' || check.isPending}
          onPress={() => check.mutate({ share }, { onSuccess: () => setShare('') })}
        >
          {t('escrow.checkNow')}
        </Button>
      </div>
    </div>
  );
}
