import { useState } from 'react';

import { useWords } from '../../i18n';
import { tryWrite, useStatus } from '../../shared/cache';
import { showDone } from '../../shared/toast';
import { Button, DateField, Dialog, Select } from '../../shared/ui';
import { useWorkers } from '../../shared/workers';

interface Props {
  isOpen: boolean;
  onClose: () => void;
}

/** One step: who is away, who covers, until when. All households of the one who is away go along. */
export function CoverDialog({ isOpen, onClose }: Props) {
  const { t } = useWords();
  return (
    <Dialog title={t('cover.start')} isOpen={isOpen} onClose={onClose}>
      <Form onClose={onClose} />
    </Dialog>
  );
}

function Form({ onClose }: { onClose: () => void }) {
  const { t } = useWords();
  const status = useStatus().data;
  const workers = useWorkers();
  const me = status?.worker?.id;
  const forOthers = status?.admin === true || status?.role === 'supervisor';
  const [away, setAway] = useState<string | undefined>(undefined);
  const [coverer, setCoverer] = useState<string | null>(null);
  const [from, setFrom] = useState<string | undefined>(undefined);
  const [until, setUntil] = useState<string | undefined>(undefined);
  const [sending, setSending] = useState(false);
  const absent = away ?? me;
  const start = async () => {
    if (coverer === null || until === undefined) {
      return;
    }
    setSending(true);
    const started = await tryWrite('cover.start', {
      ...(absent === undefined ? {} : { workerId: absent }),
      covererId: coverer,
      ...(from === undefined ? {} : { from }),
      until,
    });
    setSending(false);
    if (started !== undefined) {
      showDone(t('cover.started', { n: started.householdIds.length }));
      onClose();
    }
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <p className="faint">{t('cover.startWhy')}</p>
      {forOthers && (
        <Select
          label={t('cover.who')}
          choices={workers}
          value={absent}
          onChange={(code) => {
            setAway(code ?? undefined);
            setCoverer(null);
          }}
        />
      )}
      <Select
        label={t('cover.coverer')}
        none={t('handover.choose')}
        choices={workers.filter((worker) => worker.code !== absent)}
        value={coverer ?? undefined}
        onChange={setCoverer}
      />
      <DateField label={t('cover.from')} direction="future" value={from ?? ''} placeholder={t('handover.onHint')} onCommit={(_, iso) => setFrom(iso)} />
      <DateField label={t('cover.until')} direction="future" value={until ?? ''} onCommit={(_, iso) => setUntil(iso)} />
      <div className="row row-end">
        <Button onPress={onClose}>{t('common.cancel')}</Button>
        <Button type="submit" look="main" isDisabled={coverer === null || until === undefined || sending}>
          {t('cover.startDo')}
        </Button>
      </div>
    </form>
  );
}
