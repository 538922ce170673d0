import { useState } from 'react';

import { useWords } from '../../i18n';
import { TextField } from '../../shared/ui';
import { SecondSignature } from '../cosign';

interface Props {
  device: string;
  isBusy: boolean;
  onWipe: (reason: string, paperKey: string) => Promise<unknown>;
  onAsked: () => void;
}

/** Orders a lost laptop to destroy its records: a reason, the second signature, and no way back. */
export function Wipe({ device, isBusy, onWipe, onAsked }: Props) {
  const { t } = useWords();
  const [reason, setReason] = useState('');
  return (
    <section className="stack">
      <h3>{t('rescue.wipeHead')}</h3>
      <p className="faint">{t('rescue.wipeWhy')}</p>
      <TextField label={t('rescue.reason')} value={reason} onChange={setReason} />
      <SecondSignature
        label={t('rescue.wipe')}
        keyLabel={t('rescue.paperKey')}
        isBusy={isBusy}
        isDisabled={reason.trim() === ''}
        onPaper={(key) => onWipe(reason, key)}
        ask={() => Promise.resolve({ act: 'wipe', device, reason })}
        onAsked={onAsked}
      />
    </section>
  );
}
