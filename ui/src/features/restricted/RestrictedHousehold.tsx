import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { useWords } from '../../i18n';
import { tryWrite, useStatus } from '../../shared/cache';
import { Button, Dialog, Icon, TextField, ToggleChips } from '../../shared/ui';
import { useWorkers } from '../../shared/workers';

interface Props {
  /** The household whose further records are to be restricted; none for a new family. */
  continues?: { id: string; name: string };
}

/**
 * 限定した世帯: only those who are named can read it or tell that it is there. One that colleagues have already cannot
 * be hidden; its further records can, in a restricted household that is shown together with it to its readers.
 */
export function RestrictedHousehold({ continues }: Props) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  return (
    <>
      {continues === undefined ? (
        <Button aria-label={t('restricted.newHousehold')} onPress={() => setOpen(true)}>
          <Icon name="lock" size={18} /> {t('restricted.newShort')}
        </Button>
      ) : (
        <Button size="small" onPress={() => setOpen(true)}>
          {t('restricted.continueHousehold')}
        </Button>
      )}
      <Dialog
        title={continues === undefined ? t('restricted.newHousehold') : t('restricted.continueHousehold')}
        isOpen={open}
        wide
        stays
        onClose={() => setOpen(false)}
      >
        <Form continues={continues} onClose={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Form({ continues, onClose }: { continues: Props['continues']; onClose: () => void }) {
  const { t } = useWords();
  const navigate = useNavigate();
  const me = useStatus().data?.worker?.id;
  const others = useWorkers().filter((worker) => worker.code !== me);
  const [name, setName] = useState(continues?.name ?? '');
  const [readers, setReaders] = useState<string[]>([]);
  const [reason, setReason] = useState('');
  const [sending, setSending] = useState(false);
  const make = async () => {
    setSending(true);
    const made = await tryWrite('household.create', { name, restrictTo: readers, reason });
    // In the restricted record, where only its readers see it.
    if (made !== undefined && continues !== undefined) {
      await tryWrite('link.make', { kind: 'same_household', a: made.id, b: continues.id });
    }
    setSending(false);
    if (made !== undefined) {
      onClose();
      void navigate({ to: '/households/$householdId', params: { householdId: made.id } });
    }
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      <p>{continues === undefined ? t('restricted.newHouseholdWhy') : t('restricted.continueWhy')}</p>
      <TextField label={t('household.name')} value={name} onChange={setName} />
      <ToggleChips label={t('restricted.chooseWho')} choices={others} value={readers} onChange={setReaders} />
      <TextField label={t('restricted.why')} help={t('restricted.reasonHelp')} value={reason} onChange={setReason} />
      <div className="row row-end">
        <Button onPress={onClose}>{t('common.cancel')}</Button>
        <Button type="submit" look="main" isDisabled={sending || readers.length === 0 || reason.trim() === ''}>
          {t('restricted.make')}
        </Button>
      </div>
    </form>
  );
}
