import { Link } from '@tanstack/react-router';

import { useWords } from '../../i18n';
import { useRead } from '../../shared/cache';
import { useCodeLabel } from '../../shared/codes';
import { displayable } from '../../shared/names';

/** Where nothing fits: households of other stages (closed ones too), and names that only sound alike. */
export function Nearby({ query, stage }: { query: string; stage: string | undefined }) {
  const { t } = useWords();
  const stageLabel = useCodeLabel('stage');
  const other = useRead('household.list', { query, limit: 20 }, ['households'], { enabled: stage !== undefined }).data;
  const guesses = useRead('search', { text: query, limit: 1 }, ['search']).data?.guesses ?? [];
  const elsewhere = stage === undefined ? [] : (other?.items ?? []);
  const seen = new Set<string>();
  const alike = guesses.flatMap((hit) => {
    const household = hit.kind === 'household' ? hit.id : hit.householdId;
    if (household === undefined || seen.has(household)) {
      return [];
    }
    seen.add(household);
    return [{ ...hit, household }];
  });
  if (elsewhere.length + alike.length === 0) {
    return null;
  }
  return (
    <div className="hl-nearby">
      {elsewhere.length > 0 && (
        <section className="card" aria-labelledby="hl-elsewhere">
          <h2 id="hl-elsewhere">{t('list.elsewhere')}</h2>
          <ul className="line-list">
            {elsewhere.map((row) => (
              <li key={row.id}>
                <Link to="/households/$householdId" params={{ householdId: row.id }}>
                  {row.name === '' ? t('household.unnamed') : displayable(row.name).shown}
                </Link>{' '}
                <span className="tag">{stageLabel(row.stage)}</span>{' '}
                <span className="faint">{displayable(row.members.join('、')).shown}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {alike.length > 0 && (
        <section className="card" aria-labelledby="hl-alike">
          <h2 id="hl-alike">{t('search.guesses')}</h2>
          <ul className="line-list">
            {alike.map((hit) => (
              <li key={hit.id}>
                <Link to="/households/$householdId" params={{ householdId: hit.household }}>
                  {displayable(hit.snippet).shown}
                </Link>{' '}
                <span className="faint">{displayable(hit.householdName ?? '').shown}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
