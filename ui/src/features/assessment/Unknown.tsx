import type { AssessmentView } from '../../bridge';
import { useWords } from '../../i18n';
import { formatInstant } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { displayable, fullName } from '../../shared/names';
import { type Pack, words } from '../../shared/pack';
import { valueText } from '../../shared/valueText';

/** A round of a form that this program does not know: its answers as they were given, to be read alone. */
export function Unknown({ view, pack }: { view: AssessmentView; pack: Pack | undefined }) {
  const { t, lang } = useWords();
  const { view: household } = useHousehold();
  const whom = (id: string) => {
    const member = household.members.find((one) => one.id === id);
    return member === undefined ? id : member.unnamed ? t('member.unnamed') : displayable(fullName(member)).shown;
  };
  const named = (subject: string) =>
    subject === 'household' ? t('assessment.whole') : subject.split('>').map(whom).join(' → ');
  const label = (id: string) => {
    const item = pack?.items.find((one) => one.id === id);
    return item === undefined ? id : words(item.label, lang);
  };
  return (
    <div className="hh-inner">
      <p className="card hh-wide" role="note">
        {t('assessment.unknownPack', { id: view.pack.id, version: view.pack.version })}
      </p>
      {view.subjects.map((subject) => (
        <section className="card hh-wide" key={subject.subject} aria-label={named(subject.subject)}>
          <h3>{named(subject.subject)}</h3>
          <ul className="line-list">
            {subject.answers.map((answer) => (
              <li key={answer.item}>
                {label(answer.item)}: {answer.state === 'answered' ? valueText(answer.value) : t(`state.${answer.state as 'unasked'}`)} {answer.comment}{' '}
                <span className="faint">
                  {answer.author.name} {formatInstant(answer.at, lang)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
