import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { useWords } from '../../i18n';
import { useHousehold } from '../../shared/household';
import { Button } from '../../shared/ui';
import { Procedure, useErasing } from './Procedure';

/** The way to erase a household whose term is over (廃棄). */
export function EraseCase() {
  const { t } = useWords();
  const { view, asOf } = useHousehold();
  const navigate = useNavigate();
  const erasing = useErasing();
  const [isOpen, setOpen] = useState(false);
  if (asOf !== undefined || erasing === 'none') {
    return null;
  }
  return (
    <section className="row">
      <Button look="quiet" size="small" onPress={() => setOpen(true)}>
        {t('erase.open')}
      </Button>
      {isOpen && (
        <Procedure
          title={t('erase.title', { name: view.name })}
          wish={{ householdId: view.id, documents: [] }}
          onClose={() => setOpen(false)}
          // Its page has nothing to show any more.
          onGone={() => navigate({ to: '/households' })}
        >
          <p>{t('erase.why')}</p>
          <p className="faint">{t('erase.restricted')}</p>
        </Procedure>
      )}
    </section>
  );
}
