import { useState } from 'react';

import type { AssessmentView } from '../../bridge';
import { useWords } from '../../i18n';
import { useRead } from '../../shared/cache';
import { formatDate } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { type Pack, usePack } from '../../shared/pack';
import { DateField, ErrorNote, Select } from '../../shared/ui';

/** A round as it stood at another time, in the words of its own pack. */
export interface Earlier {
  view: AssessmentView;
  pack: Pack;
}

/** Which other time is looked at beside this one. */
interface Chosen {
  roundId: string;
  asOf?: string;
}

const DAY = 'day';

/** What a round is compared with: another round of the same sheet, or the same one on a past day. */
export function useCompare() {
  const [chosen, setChosen] = useState<Chosen | undefined>();
  const other = useRead('assessment.get', chosen ?? { roundId: '' }, [`round:${chosen?.roundId ?? ''}`], {
    enabled: chosen !== undefined,
  });
  const pack = usePack(chosen === undefined ? undefined : other.data?.pack);
  const earlier: Earlier | undefined =
    chosen === undefined || other.data === undefined || pack === undefined ? undefined : { view: other.data, pack };
  return { chosen, setChosen, earlier, error: chosen !== undefined && other.isError ? other.error : undefined };
}

interface Props {
  view: AssessmentView;
  compare: ReturnType<typeof useCompare>;
}

/** くらべる: chooses the other time. */
export function Compare({ view, compare }: Props) {
  const { t, lang } = useWords();
  const { view: household, asOf } = useHousehold();
  const { chosen, setChosen } = compare;
  const [asksDay, setAsksDay] = useState(false);
  const [day, setDay] = useState('');
  const same = household.rounds.filter((round) => round.pack.id === view.pack.id);
  const rounds = same.filter((round) => round.id !== view.id);
  /** The round that was under way on a day, as it stood then. */
  const on = (day: string): Chosen | undefined => {
    const begun = same.filter((round) => round.at.slice(0, 10) <= day).sort((a, b) => a.at.localeCompare(b.at));
    const last = begun.at(-1);
    return last === undefined ? undefined : { roundId: last.id, asOf: day };
  };
  const choices = [
    ...rounds.map((round) => ({
      code: round.id,
      label: `${t('assessment.round', { n: round.number })} ${formatDate(round.at, lang)}`,
    })),
    { code: DAY, label: t('assessment.compareDay') },
  ];
  return (
    <div className="as-compare">
      <Select
        label={t('assessment.compare')}
        choices={choices}
        value={asksDay ? DAY : (chosen?.roundId ?? '')}
        none={t('assessment.compareNone')}
        onChange={(code) => {
          setAsksDay(code === DAY);
          setChosen(
            code === null || code === DAY ? undefined : { roundId: code, ...(asOf === undefined ? {} : { asOf }) },
          );
        }}
      />
      {asksDay && (
        <DateField
          label={t('assessment.compareOn')}
          value={day}
          onCommit={(text, iso) => {
            setDay(text);
            setChosen(iso === undefined ? undefined : on(iso));
          }}
        />
      )}
      {asksDay && day !== '' && chosen === undefined && <p className="faint">{t('assessment.compareNothing')}</p>}
      {compare.error !== undefined && <ErrorNote error={compare.error} />}
    </div>
  );
}
