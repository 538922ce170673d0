import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';

import type { Hit, IntakeView } from '../../bridge';
import { useWords } from '../../i18n';
import { useRead } from '../../shared/cache';
import { displayable } from '../../shared/names';
import { openWindow } from '../../shared/windows';

/** How many stand in the open; the rest wait behind one line. */
const HANDFUL = 4;

/** Earlier contacts and people that may be the same: only a suggestion, nothing waits for it. */
export function Similar({ intake }: { intake: IntakeView }) {
  const { t } = useWords();
  const known = intake.phone !== undefined || intake.callerName !== undefined;
  const found = useRead('intake.similar', { id: intake.id }, [`intake:${intake.id}`, 'intakes', 'households'], {
    enabled: known,
    keep: true,
  }).data;
  const hits = found?.items ?? [];
  const guesses = found?.guesses ?? [];
  if (!known || hits.length + guesses.length === 0) {
    return null;
  }
  return (
    <section className="similar" aria-labelledby={`similar-${intake.id}`}>
      <h3 id={`similar-${intake.id}`}>{t('intake.similar')}</h3>
      <Hits hits={hits} />
      {guesses.length > 0 && (
        <>
          <h4>{t('search.guesses')}</h4>
          <Hits hits={guesses} />
        </>
      )}
    </section>
  );
}

function Hits({ hits }: { hits: Hit[] }) {
  const { t } = useWords();
  const [all, setAll] = useState(false);
  const shown = all ? hits : hits.slice(0, HANDFUL);
  return (
    <>
      <ul className="similar-list">
        {shown.map((hit) => (
          <li key={`${hit.kind} ${hit.id}`}>
            <span className="tag">{t(`search.kind.${hit.kind as 'note'}`)}</span>{' '}
            <Target hit={hit}>{displayable(hit.snippet).shown || t('intake.noName')}</Target>{' '}
            <span className="faint">{displayable(hit.householdName ?? '').shown}</span>
          </li>
        ))}
      </ul>
      {hits.length > shown.length && (
        <button type="button" className="link-button" onClick={() => setAll(true)}>
          {t('today.more', { n: hits.length - shown.length })}
        </button>
      )}
    </>
  );
}

/** Opens the contact, or the person in their household. */
function Target({ hit, children }: { hit: Hit; children: ReactNode }) {
  const leave = () => openWindow(null);
  if (hit.kind === 'intake') {
    return (
      <Link to="/intakes/$intakeId" params={{ intakeId: hit.id }} onClick={leave}>
        {children}
      </Link>
    );
  }
  const householdId = hit.kind === 'household' ? hit.id : hit.householdId;
  if (householdId === undefined) {
    return children;
  }
  return hit.kind === 'member' ? (
    <Link to="/households/$householdId/members" params={{ householdId }} hash={hit.id} onClick={leave}>
      {children}
    </Link>
  ) : (
    <Link to="/households/$householdId" params={{ householdId }} onClick={leave}>
      {children}
    </Link>
  );
}
