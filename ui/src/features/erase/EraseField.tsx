import { useState } from 'react';

import { useWords } from '../../i18n';
import { showDone } from '../../shared/toast';
import { Button } from '../../shared/ui';
import { Procedure, useErasing } from './Procedure';

interface Props {
  documentId: string;
  /** As the history names it, `fields/address`. */
  path: string;
  /** What it is called on the screen. */
  label: string;
}

/** What was written into one field goes, with all its past (消す一項目). */
export function EraseField({ documentId, path, label }: Props) {
  const { t } = useWords();
  const erasing = useErasing();
  const [isOpen, setOpen] = useState(false);
  if (erasing === 'none') {
    return null;
  }
  return (
    <>
      <Button look="quiet" size="small" aria-label={t('erase.fieldOf', { name: label })} onPress={() => setOpen(true)}>
        {t('erase.fieldOpen')}
      </Button>
      {isOpen && (
        <Procedure
          title={t('erase.fieldTitle', { name: label })}
          wish={{ documents: [documentId], field: path }}
          onClose={() => setOpen(false)}
          onGone={() => showDone(t('erase.fieldGone', { name: label }))}
        >
          <FieldWords />
        </Procedure>
      )}
    </>
  );
}

/** What goes with a field, and what does not. */
export function FieldWords() {
  const { t } = useWords();
  return (
    <>
      <p>{t('erase.fieldWhy')}</p>
      <p className="faint">{t('erase.fieldCopies')}</p>
    </>
  );
}
