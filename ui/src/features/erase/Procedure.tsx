import { type ReactNode, useState } from 'react';

import type { ProposeErasure } from '../../bridge';
import { useWords } from '../../i18n';
import { cache, useSession, useStatus } from '../../shared/cache';
import { Button, Dialog, ErrorNote, TextField } from '../../shared/ui';
import { SecondSignature } from '../cosign';

/** What an order of erasure is about. */
export type Wish = Pick<ProposeErasure, 'householdId' | 'documents' | 'field'>;

interface Props {
  title: string;
  wish: Wish;
  /** What goes and what stays. */
  children: ReactNode;
  onClose: () => void;
  /** After the signature: nothing of it is shown any more. */
  onGone: () => unknown;
}

/** Who may draw up an order (起案), and who may sign it as well. */
export function useErasing(): 'none' | 'proposes' | 'signs' {
  const status = useStatus().data;
  if (status?.admin === true) {
    return 'signs';
  }
  return status?.role === 'supervisor' ? 'proposes' : 'none';
}

/** The way to erase something (廃棄): why, on what ground, and the second signature. */
export function Procedure({ title, wish, children, onClose, onGone }: Props) {
  const { t } = useWords();
  const signs = useErasing() === 'signs';
  const propose = useSession('erase_propose');
  const sign = useSession('erase_sign');
  const [reason, setReason] = useState('');
  const [basis, setBasis] = useState('');
  const [askedBy, setAskedBy] = useState('');
  /** The order that was drawn up, and of what: a second try signs it and draws up no other. */
  const [drawn, setDrawn] = useState<{ order: string; of: string }>();
  const of = JSON.stringify(wish);
  const order = drawn?.of === of ? drawn.order : undefined;
  const busy = propose.isPending || sign.isPending;
  const said = reason.trim() !== '' && basis.trim() !== '';
  const drawUp = async () => {
    if (order !== undefined) {
      return order;
    }
    const list = await propose.mutateAsync({ ...wish, reason, basis, askedBy });
    const made = list.items.find((it) => it.state === 'proposed')?.id;
    if (made !== undefined) {
      setDrawn({ order: made, of });
    }
    return made;
  };
  const stale = () => void cache.invalidateQueries();
  const proposeOnly = () => void drawUp().then(stale, () => undefined);
  const signIt = async (paperAdminKey: string) => {
    const made = await drawUp();
    if (made !== undefined) {
      await sign.mutateAsync({ id: made, paperAdminKey });
      onClose();
      await onGone();
      stale();
    }
  };
  const askThem = async () => {
    const made = await drawUp();
    stale();
    return made === undefined ? undefined : { act: 'erase', order: made };
  };
  return (
    <Dialog title={title} isOpen wide stays onClose={onClose}>
      <div className="stack">
        {children}
        {/* What was drawn up says what it says. */}
        <TextField label={t('erase.reason')} isReadOnly={order !== undefined} value={reason} onChange={setReason} />
        <TextField label={t('erase.basis')} isReadOnly={order !== undefined} value={basis} onChange={setBasis} />
        <TextField label={t('erase.askedBy')} isReadOnly={order !== undefined} value={askedBy} onChange={setAskedBy} />
        <p className="faint">{t('erase.horizon')}</p>
        {propose.isError && <ErrorNote error={propose.error} />}
        {sign.isError && <ErrorNote error={sign.error} />}
        {order !== undefined && !sign.isPending && <p role="status">{t('erase.proposed')}</p>}
        {signs && (
          <SecondSignature
            label={t('erase.sign')}
            keyLabel={t('erase.paperKey')}
            keyHelp={t('erase.paperKeyHelp')}
            isBusy={busy}
            isDisabled={!said}
            onPaper={signIt}
            {...(wish.field === undefined ? { ask: askThem, onAsked: onClose } : {})}
          />
        )}
        <div className="row">
          <Button look="quiet" isDisabled={busy || !said || order !== undefined} onPress={proposeOnly}>
            {t('erase.propose')}
          </Button>
          <Button look="quiet" isDisabled={busy} onPress={onClose}>
            {order === undefined ? t('common.cancel') : t('devices.close')}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
