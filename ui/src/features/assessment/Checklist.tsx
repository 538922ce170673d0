import { useState } from 'react';

import type { AssessmentView } from '../../bridge';
import { useWords } from '../../i18n';
import { answerWords, heldAnswer } from '../../shared/answerWords';
import { formatInstant } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { fullName } from '../../shared/names';
import { type Pack, words } from '../../shared/pack';
import { Button, Chips } from '../../shared/ui';
import { AnswerField } from './AnswerField';
import { useAnswers } from './useAnswers';

interface Props {
  view: AssessmentView;
  pack: Pack;
  readOnly: boolean;
}

/** A form of questions about one member, with what the form itself counts. */
export function Checklist({ view, pack, readOnly }: Props) {
  const { t, lang } = useWords();
  const { view: household } = useHousehold();
  const { answer, decide } = useAnswers(view);
  const members = household.members
    .filter((member) => member.leftOn === undefined || view.subjects.some((subject) => subject.subject === member.id))
    .map((member) => ({ code: member.id, label: member.unnamed ? t('member.unnamed') : fullName(member) }));
  const [chosen, setChosen] = useState<string | undefined>(view.subjects[0]?.subject);
  const subject = chosen ?? members[0]?.code;
  if (subject === undefined) {
    return <p className="empty">{t('checklist.noMember')}</p>;
  }
  const own = view.subjects.find((entry) => entry.subject === subject);
  return (
    <div className="cl">
      <div className="cl-who">
        <Chips label={t('checklist.who')} choices={members} value={subject} onChange={(code) => setChosen(code ?? subject)} />
      </div>
      <div className="cl-body">
        <div className="cl-questions" key={subject}>
          {pack.areas.map((area) => (
            <section className="card" key={area.id} aria-label={words(area.label, lang)}>
              <h3>{words(area.label, lang)}</h3>
              <ol className="cl-list">
                {pack.items
                  .filter((item) => item.area === area.id)
                  .map((item) => {
                    const conflict = view.conflicts.find(
                      (entry) =>
                        entry.path === `answers/${subject}/${item.id}`,
                    );
                    return (
                      <li key={item.id}>
                        <span className="cl-number">{pack.items.indexOf(item) + 1}</span>
                        <div className="grow">
                          <AnswerField
                            view={view}
                            pack={pack}
                            subject={subject}
                            item={item}
                            given={own?.answers.find((entry) => entry.item === item.id)}
                            readOnly={readOnly}
                            answer={answer}
                          />
                          {conflict !== undefined && (
                            <div className="as-decide">
                              <strong>{t('twoViews.name')}</strong>
                              {conflict.values.map((held, index) => (
                                <div className="as-decide-line" key={`${held.at} ${index}`}>
                                  <span>{answerWords(pack, item, heldAnswer(held.value).value, lang)}</span>
                                  <span className="faint">
                                    {held.author.name} {formatInstant(held.at, lang)}
                                  </span>
                                  <Button size="small" isDisabled={readOnly} onPress={() => void decide(conflict, held.value)}>
                                    {t('twoViews.take')}
                                  </Button>
                                </div>
                              ))}
                            </div>
                          )}
                        </div>
                      </li>
                    );
                  })}
              </ol>
            </section>
          ))}
        </div>
        <aside className="card cl-scores" aria-label={t('checklist.scores')}>
          <h3>{t('checklist.scores')}</h3>
          <p className="faint">{t('checklist.scoresWhy')}</p>
          <dl>
            {(pack.scores ?? []).map((score) => {
              const value = own?.scores?.[score.id];
              return (
                <div key={score.id} className={score.result === 'decision' ? 'cl-decision' : ''}>
                  <dt>{words(score.label, lang)}</dt>
                  <dd>
                    {value === true
                      ? t('checklist.yes')
                      : value === false
                        ? t('checklist.no')
                        : typeof value === 'number'
                          ? t('checklist.points', { n: value })
                          : t('checklist.undecided')}
                  </dd>
                </div>
              );
            })}
          </dl>
        </aside>
      </div>
    </div>
  );
}
