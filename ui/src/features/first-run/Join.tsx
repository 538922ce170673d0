import { useState } from 'react';

import type { RecoverySheet } from '../../bridge';
import { useWords } from '../../i18n';
import { useSession } from '../../shared/cache';
import { Button, ErrorNote, Front, TextField } from '../../shared/ui';
import { PassphraseChoice } from './PassphraseChoice';

interface Props {
  onBack: () => void;
  onRequested: (sheet: RecoverySheet) => void;
}

/** The first half of joining: a request file. The waiting screen takes over from there. */
export function Join({ onBack, onRequested }: Props) {
  const { t } = useWords();
  const [worker, setWorker] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const request = useSession('device_request');
  return (
    <Front>
      <form
        className="front-card"
        onSubmit={(event) => {
          event.preventDefault();
          // The sheet is shown once and must come through even when this screen is gone by then.
          request.mutateAsync({ worker, passphrase }).then(
            (made) => made !== null && onRequested(made.sheet),
            () => undefined,
          );
        }}
      >
        <h1>{t('join.title')}</h1>
        <p>{t('join.lead')}</p>
        <TextField label={t('found.worker')} value={worker} onChange={setWorker} autoFocus />
        <PassphraseChoice value={passphrase} onChange={setPassphrase} />
        {request.isError && <ErrorNote error={request.error} />}
        <div className="row row-between">
          <Button onPress={onBack}>{t('common.back')}</Button>
          <Button
            type="submit"
            look="main"
            size="large"
            isDisabled={worker.trim() === '' || passphrase === '' || request.isPending}
          >
            {t('join.saveRequest')}
          </Button>
        </div>
      </form>
    </Front>
  );
}
