import { useState } from 'react';

import { asErrorView, run } from '../../bridge';
import { useWords } from '../../i18n';
import { useStatus } from '../../shared/cache';
import { showError } from '../../shared/toast';
import { Button } from '../../shared/ui';
import { OfferDialog } from '../handover';

interface Props {
  chosen: ReadonlySet<string>;
  /** Null: nothing is being chosen any more. */
  onChange: (chosen: ReadonlySet<string> | null) => void;
}

/** Several households pass on at once, as in April. */
export function ChooseBar({ chosen, onChange }: Props) {
  const { t } = useWords();
  const me = useStatus().data?.worker?.id;
  const [offering, setOffering] = useState(false);
  const [looking, setLooking] = useState(false);
  /** All that this worker leads, on whatever page of the list; closed ones need nobody. */
  const mine = async () => {
    setLooking(true);
    try {
      const own = new Set(chosen);
      let cursor: string | undefined;
      do {
        const { value: page } = await run('household.list', { limit: 500, ...(cursor === undefined ? {} : { cursor }) });
        for (const row of page.items) {
          if (row.leadWorker?.id === me && row.stage !== 'closed') {
            own.add(row.id);
          }
        }
        cursor = page.cursor;
      } while (cursor !== undefined);
      onChange(own);
    } catch (error) {
      showError(asErrorView(error));
    }
    setLooking(false);
  };
  return (
    <div className="row" role="group" aria-label={t('handover.pick')}>
      <span aria-live="polite">{t('handover.chosen', { n: chosen.size })}</span>
      <Button isDisabled={looking} onPress={() => void mine()}>
        {t('handover.allMine')}
      </Button>
      <Button look="main" isDisabled={chosen.size === 0} onPress={() => setOffering(true)}>
        {t('handover.offerChosen')}
      </Button>
      <Button look="quiet" onPress={() => onChange(null)}>
        {t('common.cancel')}
      </Button>
      <OfferDialog
        households={[...chosen].map((id) => ({ id }))}
        isOpen={offering}
        onClose={() => setOffering(false)}
        onDone={() => onChange(null)}
      />
    </div>
  );
}
