import { useState } from 'react';

import { useWords } from '../../i18n';
import { tryWrite } from '../../shared/cache';
import { Button, Dialog, TextField } from '../../shared/ui';

interface Props {
  /** The record by its id. */
  record: { id: string } | null;
  onClose: () => void;
}

/** Asks why, and opens a restricted record until the program is locked. */
export function OpenDialog({ record, onClose }: Props) {
  const { t } = useWords();
  const [reason, setReason] = useState('');
  const open = async () => {
    if (record !== null && (await tryWrite('restricted.open', { id: record.id, reason })) !== undefined) {
      setReason('');
      onClose();
    }
  };
  return (
    <Dialog title={t('restricted.openTitle')} isOpen={record !== null} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void open();
        }}
      >
        <TextField
          label={t('restricted.reason')}
          help={t('restricted.openReasonHelp')}
          autoFocus
          value={reason}
          onChange={setReason}
        />
        <div className="row row-end">
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" look="main" isDisabled={reason.trim() === ''}>
            {t('restricted.open')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
