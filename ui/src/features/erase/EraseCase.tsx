import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { useWords } from '../../i18n';
import { cache, useSession, useStatus } from '../../shared/cache';
import { useHousehold } from '../../shared/household';
import { Button, Dialog, ErrorNote, TextField } from '../../shared/ui';

/** An administrator's way to erase a household (廃棄): why, on what ground, and the second signature. */
export function EraseCase() {
  const { t } = useWords();
  const { view, asOf } = useHousehold();
  const status = useStatus().data;
  const [isOpen, setOpen] = useState(false);
  if (asOf !== undefined || (status?.admin !== true && status?.role !== 'supervisor')) {
    return null;
  }
  return (
    <section className="row">
      <Button look="quiet" size="small" onPress={() => setOpen(true)}>
        {t('erase.open')}
      </Button>
      {isOpen && (
        <Procedure id={view.id} name={view.name} signs={status.admin === true} onClose={() => setOpen(false)} />
      )}
    </section>
  );
}

interface Props {
  id: string;
  name: string;
  /** Whether this device may sign, or only propose. */
  signs: boolean;
  onClose: () => void;
}

function Procedure({ id, name, signs, onClose }: Props) {
  const { t } = useWords();
  const navigate = useNavigate();
  const propose = useSession('erase_propose');
  const sign = useSession('erase_sign');
  const [reason, setReason] = useState('');
  const [basis, setBasis] = useState('');
  const [askedBy, setAskedBy] = useState('');
  const [paperAdminKey, setPaperKey] = useState('');
  /** The order that was drawn up: a second try signs it and draws up no other. */
  const [order, setOrder] = useState<string>();
  const busy = propose.isPending || sign.isPending;
  const said = reason.trim() !== '' && basis.trim() !== '';
  const drawUp = async () => {
    if (order !== undefined) {
      return order;
    }
    const list = await propose.mutateAsync({ householdId: id, documents: [], reason, basis, askedBy });
    const drawn = list.items.find((it) => it.state === 'proposed')?.id;
    setOrder(drawn);
    return drawn;
  };
  const stale = () => void cache.invalidateQueries();
  const proposeOnly = () => void drawUp().then(stale, () => undefined);
  const signIt = async () => {
    const drawn = await drawUp();
    if (drawn !== undefined) {
      await sign.mutateAsync({ id: drawn, paperAdminKey });
      onClose();
      // Its page has nothing to show any more.
      await navigate({ to: '/households' });
      stale();
    }
  };
  return (
    <Dialog title={t('erase.title', { name })} isOpen wide onClose={onClose}>
      <div className="stack">
        <p>{t('erase.why')}</p>
        <p className="faint">{t('erase.restricted')}</p>
        <TextField label={t('erase.reason')} value={reason} onChange={setReason} />
        <TextField label={t('erase.basis')} value={basis} onChange={setBasis} />
        <TextField label={t('erase.askedBy')} value={askedBy} onChange={setAskedBy} />
        <p className="faint">{t('erase.horizon')}</p>
        {signs && (
          <TextField
            label={t('erase.paperKey')}
            help={t('erase.paperKeyHelp')}
            value={paperAdminKey}
            onChange={setPaperKey}
          />
        )}
        {propose.isError && <ErrorNote error={propose.error} />}
        {sign.isError && <ErrorNote error={sign.error} />}
        {order !== undefined && !sign.isError && <p role="status">{t('erase.proposed')}</p>}
        <div className="row">
          {signs && (
            <Button
              isDisabled={busy || !said || paperAdminKey.trim() === ''}
              onPress={() => void signIt().catch(() => undefined)}
            >
              {t('erase.sign')}
            </Button>
          )}
          <Button look="quiet" isDisabled={busy || !said || order !== undefined} onPress={proposeOnly}>
            {t('erase.propose')}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
