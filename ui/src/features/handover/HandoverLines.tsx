import './handover.css';

import { useState } from 'react';

import { useWords } from '../../i18n';
import { useHousehold } from '../../shared/household';
import { Button } from '../../shared/ui';
import { HandoverCard } from './HandoverCard';
import { OfferDialog } from './OfferDialog';

/** On a household's page: its hand-overs, what waits first, and the way to offer one. */
export function HandoverLines() {
  const { t } = useWords();
  const { view, asOf } = useHousehold();
  const [offering, setOffering] = useState(false);
  const [all, setAll] = useState(false);
  const waits = view.handovers.filter((handover) => handover.state === 'offered' || handover.state === 'both');
  const shown = all ? view.handovers : view.handovers.slice(0, Math.max(1, waits.length));
  const readOnly = asOf !== undefined;
  if (readOnly && view.handovers.length === 0) {
    return null;
  }
  return (
    <section className="card hh-wide" aria-labelledby="handovers">
      <div className="hh-section-head">
        <h2 id="handovers">{t('handover.title')}</h2>
        {!readOnly && (
          <Button size="small" look="quiet" onPress={() => setOffering(true)}>
            {t('handover.offer')}
          </Button>
        )}
      </div>
      {shown.map((handover) => (
        <HandoverCard key={handover.id} handover={handover} readOnly={readOnly} />
      ))}
      {view.handovers.length > shown.length && (
        <button type="button" className="link-button" onClick={() => setAll(true)}>
          {t('today.more', { n: view.handovers.length - shown.length })}
        </button>
      )}
      <OfferDialog
        households={[
          {
            id: view.id,
            ...(view.summary === undefined ? {} : { summary: view.summary }),
            ...(view.promise === undefined ? {} : { promise: view.promise }),
          },
        ]}
        lead={view.leadWorker?.id}
        isOpen={offering}
        onClose={() => setOffering(false)}
      />
    </section>
  );
}
