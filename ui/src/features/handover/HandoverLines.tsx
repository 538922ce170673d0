import './handover.css';

import { useState } from 'react';

import { useWords } from '../../i18n';
import { useStatus } from '../../shared/cache';
import { useHousehold } from '../../shared/household';
import { useTeams } from '../../shared/teams';
import { Button } from '../../shared/ui';
import { HandoverCard } from './HandoverCard';
import { OfferDialog } from './OfferDialog';
import { TeamDialog } from './TeamDialog';
import { TeamMoves } from './TeamLines';

/** On a household's page: its hand-overs, what waits first, and the way to offer one. */
export function HandoverLines() {
  const { t } = useWords();
  const { view, readOnly } = useHousehold();
  const [offering, setOffering] = useState(false);
  const [moving, setMoving] = useState(false);
  const [all, setAll] = useState(false);
  const status = useStatus().data;
  const teams = useTeams();
  const waits = view.handovers.filter((handover) => handover.state === 'offered' || handover.state === 'both');
  const shown = all ? view.handovers : view.handovers.slice(0, Math.max(1, waits.length));
  // Who else asks is told whom to ask instead of being offered what will be refused.
  const movesTeams = !readOnly && teams.length > 0 && (status?.admin === true || status?.role === 'supervisor');
  if (readOnly && view.handovers.length === 0 && view.teamMoves.length === 0) {
    return null;
  }
  return (
    <section className="card hh-wide" aria-labelledby="handovers">
      <div className="hh-section-head">
        <h2 id="handovers">{t('handover.title')}</h2>
        {!readOnly && (
          <div className="row">
            {movesTeams && (
              <Button size="small" look="quiet" onPress={() => setMoving(true)}>
                {t('teamMove.title')}
              </Button>
            )}
            <Button size="small" look="quiet" onPress={() => setOffering(true)}>
              {t('handover.offer')}
            </Button>
          </div>
        )}
      </div>
      <TeamMoves view={view} />
      {shown.map((handover) => (
        <HandoverCard key={handover.id} handover={handover} readOnly={readOnly} />
      ))}
      {view.handovers.length > shown.length && (
        <button type="button" className="link-button" onClick={() => setAll(true)}>
          {t('today.more', { n: view.handovers.length - shown.length })}
        </button>
      )}
      <TeamDialog householdId={view.id} team={view.team} isOpen={moving} onClose={() => setMoving(false)} />
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
