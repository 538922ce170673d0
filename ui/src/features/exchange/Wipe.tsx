import { useState } from 'react';

import { useWords } from '../../i18n';
import { Button, TextField } from '../../shared/ui';

/** Orders a lost laptop to destroy its records: a reason, the second signature, and no way back. */
export function Wipe({ isBusy, onWipe }: { isBusy: boolean; onWipe: (reason: string, paperKey: string) => void }) {
  const { t } = useWords();
  const [reason, setReason] = useState('');
  const [paperKey, setPaperKey] = useState('');
  return (
    <section className="stack">
      <h3>{t('rescue.wipeHead')}</h3>
      <p className="faint">{t('rescue.wipeWhy')}</p>
      <TextField label={t('rescue.reason')} value={reason} onChange={setReason} />
      <TextField label={t('rescue.paperKey')} value={paperKey} onChange={setPaperKey} />
      <div className="row">
        <Button
          isDisabled={isBusy || reason.trim() === '' || paperKey.trim() === ''}
          onPress={() => onWipe(reason, paperKey)}
        >
          {t('rescue.wipe')}
        </Button>
      </div>
    </section>
  );
}
