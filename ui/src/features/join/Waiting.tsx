import { useState } from 'react';

import type { RecoverySheet, StatusView } from '../../bridge';
import { useWords } from '../../i18n';
import { useSession } from '../../shared/cache';
import { Button, ErrorNote, Front, Words } from '../../shared/ui';
import { EnterWithShares } from '../escrow';

interface Props {
  status: StatusView;
  onEntered: (sheet: RecoverySheet) => void;
}

/** The second half of joining: this laptop's words are read out, then the approval file is taken. */
export function Waiting({ status, onEntered }: Props) {
  const { t } = useWords();
  const [hasShares, setHasShares] = useState(false);
  const accept = useSession('device_accept');
  const lock = useSession('session_lock');
  const nextStore = useSession('session_next_store');
  if (hasShares) {
    return (
      <Front narrow>
        <EnterWithShares onBack={() => setHasShares(false)} onEntered={onEntered} />
      </Front>
    );
  }
  return (
    <Front>
      <div className="front-card">
        <h1>{t('waiting.title')}</h1>
        <ol className="stack">
          <li className="stack">
            <p>{t('waiting.step1')}</p>
            <Words words={status.deviceWords ?? []} label={t('waiting.deviceWords')} />
          </li>
          <li>{t('waiting.step2')}</li>
          <li>{t('waiting.step3')}</li>
        </ol>
        {accept.isError && <ErrorNote error={accept.error} />}
        <div className="row row-between">
          <div className="row">
            {status.storeCount > 1 && <Button onPress={() => nextStore.mutate({})}>{t('unlock.nextStore')}</Button>}
            <Button onPress={() => lock.mutate({})}>{t('waiting.later')}</Button>
          </div>
          <Button look="main" size="large" isDisabled={accept.isPending} onPress={() => accept.mutate({})}>
            {t('waiting.accept')}
          </Button>
        </div>
        <div className="row">
          <button type="button" className="link-button" onClick={() => setHasShares(true)}>
            {t('waiting.useShares')}
          </button>
        </div>
      </div>
    </Front>
  );
}
