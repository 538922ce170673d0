import './handover.css';

import type { HouseholdView } from '../../bridge';
import { useWords } from '../../i18n';
import { formatInstant } from '../../shared/format';
import { displayable } from '../../shared/names';

/** Above a household's pages: that it went to a team which this laptop is not in, and what came late from the team before. */
export function TeamBanners({ view }: { view: HouseholdView }) {
  const { t, lang } = useWords();
  const to = view.local.movedTo;
  return (
    <>
      {to !== undefined && (
        <p className="banner" role="note">
          <strong>{to.name === '' ? t('teamMove.goneToOffice') : t('teamMove.gone', { team: to.name })}</strong>{' '}
          {t('teamMove.goneMeans')}{' '}
          {view.local.movePending && t('teamMove.pending')}
        </p>
      )}
      {to === undefined &&
        view.late.map((words) => (
          <p className="banner" role="note" key={words.author.id}>
            {t('teamMove.lateWords', {
              name: words.author.name,
              n: words.changes,
              at: formatInstant(words.at, lang),
            })}
          </p>
        ))}
    </>
  );
}

/** From team to team, newest first. */
export function TeamMoves({ view }: { view: HouseholdView }) {
  const { t, lang } = useWords();
  if (view.teamMoves.length === 0) {
    return null;
  }
  return (
    <ul className="ho-list" aria-label={t('teamMove.past')}>
      {view.teamMoves.map((move) => (
        <li key={`${move.at} ${move.to?.id ?? ''}`}>
          <strong>
            {t('teamMove.fromTo', {
              from: move.from?.name ?? t('teamMove.office'),
              to: move.to?.name ?? t('teamMove.office'),
            })}
          </strong>{' '}
          <span className="faint">{t('common.by', { name: move.author.name, at: formatInstant(move.at, lang) })}</span>
          <p>{displayable(move.reason).shown}</p>
        </li>
      ))}
    </ul>
  );
}
