import { Link, useNavigate } from '@tanstack/react-router';

import { useWords } from '../../i18n';
import { tryWrite } from '../../shared/cache';
import { formatDate } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { usePacks, words } from '../../shared/pack';
import { Button } from '../../shared/ui';

/** The rounds of this household, newest first. */
export function RoundLines() {
  const { t, lang } = useWords();
  const { view, asOf } = useHousehold();
  const packs = usePacks();
  if (view.rounds.length === 0) {
    return <p className="faint">{t('household.noRounds')}</p>;
  }
  return (
    <ul className="line-list">
      {view.rounds.map((round) => {
        const pack = packs.find((entry) => entry.id === round.pack.id);
        return (
          <li key={round.id}>
            <Link
              to="/households/$householdId/rounds/$roundId"
              params={{ householdId: view.id, roundId: round.id }}
              search={asOf === undefined ? {} : { asOf }}
            >
              {pack === undefined ? round.pack.id : words(pack.title, lang)} {t('assessment.round', { n: round.number })}
            </Link>{' '}
            {round.label}{' '}
            <span className="faint">
              {formatDate(round.at, lang)} {round.author.name}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** All rounds, and a new one of any pack. */
export function Rounds() {
  const { t, lang } = useWords();
  const { view, asOf } = useHousehold();
  const navigate = useNavigate();
  const packs = usePacks();
  const start = async (pack: string) => {
    const round = await tryWrite('assessment.start', { householdId: view.id, pack });
    if (round !== undefined) {
      void navigate({
        to: '/households/$householdId/rounds/$roundId',
        params: { householdId: view.id, roundId: round.id },
      });
    }
  };
  return (
    <div className="hh-inner">
      <section className="card" aria-label={t('household.rounds')}>
        <h2>{t('household.rounds')}</h2>
        <RoundLines />
      </section>
      {asOf === undefined && (
        <section className="card stack" aria-labelledby="start-round">
          <h2 id="start-round">{t('assessment.start')}</h2>
          <p className="faint">{t('assessment.startWhy')}</p>
          {packs.map((pack) => (
            <Button key={pack.id} onPress={() => void start(pack.id)}>
              {words(pack.title, lang)}
            </Button>
          ))}
        </section>
      )}
    </div>
  );
}
