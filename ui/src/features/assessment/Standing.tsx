import './standing.css';

import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import type { AssessmentView } from '../../bridge';
import { useWords } from '../../i18n';
import { answerWords } from '../../shared/answerWords';
import { useRead } from '../../shared/cache';
import { formatDate } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { displayable, fullName } from '../../shared/names';
import { type Pack, usePack, words } from '../../shared/pack';
import { PersonName } from '../../shared/ui';
import { GLYPHS, STATE_GLYPHS } from './glyphs';
import { areasInUse, type Fact, factsOf, labelOf, levelOf } from './standing';

/** How many lines stand in the open. */
const HANDFUL = 5;

/** What the newest round says: concerns, strengths and wishes as they were told, and the table at a glance. No sums. */
export function Standing() {
  const { t, lang } = useWords();
  const { view, asOf } = useHousehold();
  const newest = view.rounds.find((round) => round.pack.id === 'marugoto-household');
  const id = newest?.id ?? '';
  const round = useRead(
    'assessment.get',
    asOf === undefined ? { roundId: id } : { roundId: id, asOf },
    [`round:${id}`, `household:${view.id}`],
    { enabled: newest !== undefined, keep: true },
  ).data;
  const pack = usePack(newest?.pack);
  if (newest === undefined || round === undefined || round.id !== id || pack === undefined) {
    return null;
  }
  const present = view.members.filter((member) => member.leftOn === undefined);
  const rows = [...present.map((member) => member.id), 'household'];
  const facts = factsOf(round, pack, rows);
  const link = {
    to: '/households/$householdId/rounds/$roundId' as const,
    params: { householdId: view.id, roundId: id },
    search: asOf === undefined ? {} : { asOf },
  };
  return (
    <section className="card hh-wide" aria-labelledby="standing">
      <div className="hh-section-head">
        <h2 id="standing">{t('standing.title')}</h2>
        <span>
          <span className="faint">
            {t('assessment.round', { n: newest.number })} {formatDate(newest.at, lang)}
          </span>{' '}
          <Link {...link}>{t('standing.open')}</Link>
        </span>
      </div>
      <div className="standing-sides">
        <Side label={t('standing.concerns')} none={t('standing.noConcerns')} facts={facts.concerns} pack={pack} />
        <Side label={t('standing.strengths')} none={t('standing.none')} facts={facts.strengths} pack={pack} />
        <Side label={t('standing.wishes')} none={t('standing.none')} facts={facts.wishes} pack={pack} />
      </div>
      <Glance round={round} pack={pack} rows={rows} />
    </section>
  );
}

interface SideProps {
  label: string;
  none: string;
  facts: readonly Fact[];
  pack: Pack;
}

function Side({ label, none, facts, pack }: SideProps) {
  const { t, lang } = useWords();
  const { view } = useHousehold();
  const [all, setAll] = useState(false);
  const shown = all ? facts : facts.slice(0, HANDFUL);
  const nameOf = (subject: string) => {
    const member = view.members.find((entry) => entry.id === subject);
    return member === undefined ? t('assessment.whole') : member.unnamed ? t('member.unnamed') : fullName(member);
  };
  return (
    <div role="group" aria-label={label}>
      <h3 className="standing-label">{label}</h3>
      <ul className="standing-list">
        {shown.map((fact) => (
          <li key={`${fact.subject}/${fact.item.id}`}>
            <span className={fact.item.type === 'scale' ? 'faint' : 'faint standing-above'}>
              {displayable(nameOf(fact.subject)).shown} {words(labelOf(pack, fact), lang)}
            </span>{' '}
            <span className="standing-said">
              {displayable(answerWords(pack, fact.item, fact.answer.value, lang)).shown}
            </span>
            {fact.answer.twoViews && <span className="tag tag-two">{t('twoViews.name')}</span>}
          </li>
        ))}
      </ul>
      {facts.length === 0 && <p className="faint">{none}</p>}
      {facts.length > shown.length && (
        <button type="button" className="link-button" onClick={() => setAll(true)}>
          {t('today.more', { n: facts.length - shown.length })}
        </button>
      )}
    </div>
  );
}

/** The table at a glance: one mark for each answer, hatched where nobody asked yet. */
function Glance({ round, pack, rows }: { round: AssessmentView; pack: Pack; rows: readonly string[] }) {
  const { t, lang } = useWords();
  const { view } = useHousehold();
  const areas = areasInUse(round, pack, rows);
  return (
    <div className="standing-scroll" tabIndex={0} role="region" aria-label={t('standing.glance')}>
      <table className="standing-table" style={{ minWidth: `${8 + 4.5 * areas.length}rem` }}>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">{t('assessment.who')}</span>
            </th>
            {areas.map((area) => (
              <th scope="col" key={area.id}>
                {words(area.label, lang)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const member = view.members.find((entry) => entry.id === row);
            return (
              <tr key={row}>
                <th scope="row">{member === undefined ? t('assessment.whole') : <PersonName person={member} />}</th>
                {areas.map((area) => {
                  const { item, level, state, value, two } = levelOf(round, pack, area.id, row);
                  const said =
                    state === 'answered' ? answerWords(pack, item, value, lang) : t(`state.${state as 'unasked'}`);
                  const look = two ? 'as-two' : level >= 0 ? `as-level-${level}` : `as-${state}`;
                  return item === undefined ? (
                    <td key={area.id} />
                  ) : (
                    <td key={area.id} className={look} title={said}>
                      <span aria-hidden="true">{level >= 0 ? GLYPHS[level] : STATE_GLYPHS[state]}</span>
                      <span className="visually-hidden">
                        {said}
                        {two && ` ${t('twoViews.name')}`}
                      </span>
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
