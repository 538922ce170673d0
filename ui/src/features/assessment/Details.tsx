import { useState } from 'react';

import type { AnswerView, AssessmentView, ConflictView } from '../../bridge';
import { useWords } from '../../i18n';
import { formatDay, formatTime } from '../../shared/format';
import { imeSafe } from '../../shared/imeSafe';
import { levelItem, type Pack, type PackArea, type PackItem, subjectKind, words } from '../../shared/pack';
import { AutosaveField } from '../../shared/ui';
import { AnswerField } from './AnswerField';
import { Both, type OneItem } from './Both';
import { Evidence } from './Evidence';
import { Relations } from './Relations';
import type { useAnswers } from './useAnswers';

export interface DetailsProps {
  view: AssessmentView;
  pack: Pack;
  area: PackArea;
  subject: string;
  who: string;
  answers: Map<string, AnswerView>;
  conflicts: Map<string, ConflictView>;
  readOnly: boolean;
  answer: ReturnType<typeof useAnswers>['answer'];
  decide: ReturnType<typeof useAnswers>['decide'];
  onLeave: () => void;
}

/** Everything about one cell: who said it, strengths and wishes beside the need, the finer questions. */
export function Details(props: DetailsProps) {
  const { pack, area, subject, who, answers, conflicts, readOnly, onLeave } = props;
  const { t, lang } = useWords();
  const kind = subjectKind(subject);
  const level = levelItem(pack, area.id, subject);
  const items = pack.items.filter(
    (item) => item.area === area.id && item !== level && item.appliesTo.includes(kind),
  );
  const beside = items.filter((item) => item.type !== 'table' && (item.side === 'strength' || item.side === 'wish'));
  // Rows of several columns need the whole width.
  const tables = items.filter((item) => item.type === 'table');
  const finer = items.filter((item) => !beside.includes(item) && !tables.includes(item));
  const question = (item: PackItem) => {
    const own = conflicts.get(`${subject}/${item.id}`);
    return (
      <div key={item.id}>
        {own !== undefined && <Both conflict={own} item={item} {...props} />}
        <AnswerField {...props} item={item} given={answers.get(`${subject}/${item.id}`)} readOnly={readOnly} />
      </div>
    );
  };
  const levelAnswer = level === undefined ? undefined : answers.get(`${subject}/${level.id}`);
  const conflict = level === undefined ? undefined : conflicts.get(`${subject}/${level.id}`);
  return (
    <section
      className="as-panel"
      aria-label={t('assessment.details', { who, area: words(area.label, lang) })}
      onKeyDown={imeSafe((event) => {
        if (event.key === 'Escape') {
          event.preventDefault();
          onLeave();
        }
      })}
    >
      <div className="as-panel-main">
        {level === undefined ? (
          <p className="faint">{t('assessment.notAsked')}</p>
        ) : (
          <>
            {conflict !== undefined && <Both conflict={conflict} item={level} {...props} />}
            <AnswerField {...props} item={level} given={levelAnswer} labelHidden />
            <Beside {...props} item={level} given={levelAnswer} />
            <Evidence view={props.view} subject={subject} item={level.id} readOnly={readOnly} />
          </>
        )}
      </div>
      <div className="as-panel-beside">
        {beside.map((item) => (
          <div className={item.side === 'strength' ? 'as-strength' : 'as-wish'} key={item.id}>
            <AnswerField {...props} item={item} given={answers.get(`${subject}/${item.id}`)} />
          </div>
        ))}
      </div>
      <div className="as-panel-finer">
        {finer.length > 0 && <h3>{t('assessment.finer')}</h3>}
        {finer.map(question)}
      </div>
      <div className="as-panel-wide">
        {tables.map(question)}
        {kind === 'person' && <Relations {...props} />}
      </div>
    </section>
  );
}

/** Who said it, when, from where; a comment, and how sure, on demand. */
function Beside({ view, subject, item, readOnly, given, answer }: OneItem & { given: AnswerView | undefined }) {
  const { t, lang } = useWords();
  const [sure, setSure] = useState(false);
  return (
    <>
      {given !== undefined && (
        <p className="faint">
          {given.author.name} {formatDay(given.at, lang)} {formatTime(given.at)} ・{' '}
          {t(`basis.${given.basis as 'voiced'}`)}
          {given.certainty !== undefined && ` ・ ${given.certainty}`}
        </p>
      )}
      <AutosaveField
        label={t('assessment.comment')}
        readOnly={readOnly}
        value={given?.comment ?? ''}
        version={view.version}
        // A comment alone leaves the answer as it is.
        save={(comment, base) => answer({ subject, item: item.id, value: null, comment }, base)}
      />
      {given?.state === 'answered' && (sure || given.certainty !== undefined) ? (
        <AutosaveField
          label={t('assessment.certainty')}
          readOnly={readOnly}
          value={given.certainty ?? ''}
          version={view.version}
          save={(certainty, base) =>
            answer({ subject, item: item.id, value: given.value, basis: given.basis, certainty }, base)
          }
        />
      ) : (
        given?.state === 'answered' &&
        !readOnly && (
          <button type="button" className="link-button" onClick={() => setSure(true)}>
            {t('assessment.addCertainty')}
          </button>
        )
      )}
    </>
  );
}
