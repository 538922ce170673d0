import './handover.css';

import { useState } from 'react';

import { useWords } from '../../i18n';
import { tryWrite } from '../../shared/cache';
import { readDay } from '../../shared/readDay';
import { showDone } from '../../shared/toast';
import { Button, DateField, Dialog, Select, TextField } from '../../shared/ui';
import { useWorkers } from '../../shared/workers';

interface Props {
  /** One household with its words, or several that pass on with the words they have. */
  households: readonly { id: string; summary?: string; promise?: string }[];
  /** Who leads now, where it is one and the same: not offered as the next one. */
  lead?: string | undefined;
  isOpen: boolean;
  onClose: () => void;
  onDone?: () => void;
}

/** Names the next lead worker and what is passed on. Nothing changes before that worker has accepted. */
export function OfferDialog({ isOpen, ...rest }: Props) {
  const { t } = useWords();
  return (
    <Dialog title={t('handover.offer')} isOpen={isOpen} wide stays onClose={rest.onClose}>
      <Form {...rest} />
    </Dialog>
  );
}

function Form({ households, lead, onClose, onDone }: Omit<Props, 'isOpen'>) {
  const { t } = useWords();
  const workers = useWorkers().filter((worker) => worker.code !== lead);
  const only = households.length === 1 ? households[0] : undefined;
  const [to, setTo] = useState<string | null>(null);
  const [on, setOn] = useState('');
  /** The day does not read as one: nothing is offered for another day than was meant. */
  const [isUnclear, setUnclear] = useState(false);
  const [summary, setSummary] = useState(only?.summary ?? '');
  const [promise, setPromise] = useState(only?.promise ?? '');
  const [avoid, setAvoid] = useState('');
  const [sending, setSending] = useState(false);

  const offer = async () => {
    if (to === null) {
      return;
    }
    setSending(true);
    const day = await readDay(on, 'future');
    setUnclear(!day.isClear);
    if (!day.isClear) {
      setSending(false);
      return;
    }
    const offered = await tryWrite('handover.offer', {
      toWorkerId: to,
      ...(day.iso === undefined ? {} : { on: day.iso }),
      households: households.map(({ id }) =>
        only === undefined ? { householdId: id } : { householdId: id, summary, promise, avoid },
      ),
    });
    setSending(false);
    if (offered !== undefined) {
      showDone(t('handover.offered', { n: offered.items.length }));
      onClose();
      onDone?.();
    }
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void offer();
      }}
    >
      <p className="faint">{t('handover.offerWhy')}</p>
      <div className="ho-pair">
        <Select label={t('handover.to')} none={t('handover.choose')} choices={workers} value={to ?? undefined} onChange={setTo} />
        <div>
          <DateField label={t('handover.on')} direction="future" value={on} placeholder={t('handover.onHint')} onChange={setOn} />
          {isUnclear && (
            <p role="alert" className="field-error">
              {t('date.needDay')}
            </p>
          )}
        </div>
      </div>
      {only === undefined ? (
        <p>{t('handover.many', { n: households.length })}</p>
      ) : (
        <>
          <TextField label={t('household.summary')} help={t('handover.summaryHelp')} rows={3} value={summary} onChange={setSummary} />
          <TextField label={t('household.promise')} rows={2} value={promise} onChange={setPromise} />
          <TextField label={t('handover.avoid')} help={t('handover.avoidHelp')} rows={2} value={avoid} onChange={setAvoid} />
        </>
      )}
      <div className="row row-end">
        <Button onPress={onClose}>{t('common.cancel')}</Button>
        <Button type="submit" look="main" isDisabled={to === null || sending}>
          {t('handover.offerDo')}
        </Button>
      </div>
    </form>
  );
}
