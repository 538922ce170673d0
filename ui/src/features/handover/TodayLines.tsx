import './handover.css';

import { Link } from '@tanstack/react-router';

import type { TodayHandover, TodayView } from '../../bridge';
import { useWords } from '../../i18n';
import { formatDay } from '../../shared/format';
import { displayable } from '../../shared/names';

/** A line each on the first screen: what was offered and answered, whom this worker covers, what happened meanwhile. */
export function TodayLines({ today }: { today: TodayView }) {
  const { t, lang } = useWords();
  if (today.handovers.length + today.covers.length + today.away.length === 0) {
    return null;
  }
  return (
    <ul className="card ho-today" aria-label={t('handover.page')}>
      {today.away.map((away) => (
        <li key={away.id}>
          <Link to="/away/$coverId" params={{ coverId: away.id }}>
            <strong>{t('cover.away')}</strong>{' '}
            {t('cover.awayLine', {
              n: away.count,
              from: formatDay(away.from, lang),
              until: formatDay(away.until, lang),
              coverer: away.coverer.name,
            })}
          </Link>
        </li>
      ))}
      {today.handovers.map((line) => (
        <li key={`${line.direction} ${line.state} ${line.other.id} ${line.on}`}>
          <Line line={line} />
        </li>
      ))}
      {today.covers.map((cover) => (
        <li key={cover.id}>
          <Link to="/handovers">
            {t('cover.mine', { worker: cover.worker.name, n: cover.count, until: formatDay(cover.until, lang) })}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Line({ line }: { line: TodayHandover }) {
  const { t, lang } = useWords();
  const what =
    line.householdId === undefined
      ? t('handover.households', { n: line.count })
      : line.title === undefined || line.title === ''
        ? t('household.unnamed')
        : displayable(line.title).shown;
  const values = { what, name: line.other.name, on: formatDay(line.on, lang) };
  const text = line.direction === 'toMe' ? t('handover.toMe', values) : t(`handover.fromMe.${line.state as 'offered'}`, values);
  return line.householdId === undefined ? (
    <Link to="/handovers">{text}</Link>
  ) : (
    <Link to="/households/$householdId" params={{ householdId: line.householdId }}>
      {text}
    </Link>
  );
}
