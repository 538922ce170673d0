import { useState } from 'react';

import { asErrorView, type ErrorView } from '../../bridge';
import { useWords } from '../../i18n';
import { useStatus, write } from '../../shared/cache';
import { readDay } from '../../shared/readDay';
import { showDone } from '../../shared/toast';
import { Button, DateField, Dialog, ErrorNote, Select } from '../../shared/ui';
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
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  /** A day does not read as one: no cover begins or ends on another than was meant. */
  const [isUnclear, setUnclear] = useState(false);
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<ErrorView>();
  const absent = away ?? me;
  const start = async (readableOnly: boolean) => {
    if (coverer === null) {
      return;
    }
    setSending(true);
    setError(undefined);
    const [first, last] = [await readDay(from, 'future'), await readDay(until, 'future')];
    const isRead = first.isClear && last.iso !== undefined;
    setUnclear(!isRead);
    if (!isRead || last.iso === undefined) {
      setSending(false);
      return;
    }
    const started = await write('cover.start', {
      ...(absent === undefined ? {} : { workerId: absent }),
      covererId: coverer,
      ...(first.iso === undefined ? {} : { from: first.iso }),
      until: last.iso,
      ...(readableOnly ? { readableOnly } : {}),
    }).catch((reason: unknown) => setError(asErrorView(reason)));
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
        void start(false);
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
            setError(undefined);
          }}
        />
      )}
      <Select
        label={t('cover.coverer')}
        none={t('handover.choose')}
        choices={workers.filter((worker) => worker.code !== absent)}
        value={coverer ?? undefined}
        onChange={(code) => {
          setCoverer(code);
          setError(undefined);
        }}
      />
      <DateField label={t('cover.from')} direction="future" value={from} placeholder={t('handover.onHint')} onChange={setFrom} />
      <DateField label={t('cover.until')} direction="future" value={until} onChange={setUntil} />
      {isUnclear && (
        <p role="alert" className="field-error">
          {t('date.needDay')}
        </p>
      )}
      {error !== undefined && <ErrorNote error={error} />}
      {error?.code === 'coverer_not_in_team' && (
        <div className="stack">
          <div className="row">
            <Button isDisabled={sending} onPress={() => void start(true)}>
              {t('cover.onlyReadable', { name: workers.find((worker) => worker.code === coverer)?.label ?? '' })}
            </Button>
          </div>
          <p className="faint">{t('cover.rest')}</p>
        </div>
      )}
      <div className="row row-end">
        <Button onPress={onClose}>{t('common.cancel')}</Button>
        <Button type="submit" look="main" isDisabled={coverer === null || until.trim() === '' || sending}>
          {t('cover.startDo')}
        </Button>
      </div>
    </form>
  );
}
