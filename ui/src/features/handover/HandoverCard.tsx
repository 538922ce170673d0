import type { HandoverView } from '../../bridge';
import { useWords } from '../../i18n';
import { useStatus } from '../../shared/cache';
import { formatDate, formatInstant } from '../../shared/format';
import { displayable } from '../../shared/names';
import { AnswerButtons } from './AnswerButtons';

/** Whether it waits for this worker's answer. */
export function isForMe(handover: HandoverView, me: string | undefined): boolean {
  return handover.to.id === me && (handover.state === 'offered' || handover.state === 'both');
}

/** One hand-over: who to whom from when, the words, and what was answered. Two answers stand beside each other. */
export function HandoverCard({ handover, readOnly = false }: { handover: HandoverView; readOnly?: boolean }) {
  const { t, lang } = useWords();
  const me = useStatus().data?.worker?.id;
  const words = [
    [t('household.summary'), handover.summary],
    [t('household.promise'), handover.promise],
    [t('handover.avoid'), handover.avoid],
  ] as const;
  return (
    <div className="ho-card stack">
      <p>
        <span className={handover.state === 'offered' || handover.state === 'both' ? 'tag tag-two' : 'tag'}>
          {t(`handover.state.${handover.state as 'offered'}`)}
        </span>{' '}
        <strong>
          {t('handover.fromTo', { from: (handover.from ?? handover.author).name, to: handover.to.name })}
        </strong>{' '}
        {t('handover.from', { on: formatDate(handover.on, lang) })}{' '}
        <span className="faint">{t('common.by', { name: handover.author.name, at: formatInstant(handover.at, lang) })}</span>
      </p>
      <dl className="ho-words">
        {words.map(([label, text]) =>
          text === undefined ? null : (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{displayable(text).shown}</dd>
            </div>
          ),
        )}
      </dl>
      {handover.answers.map((said) => (
        <p key={`${said.at} ${said.answer}`}>
          {t(`handover.answer.${said.answer as 'accepted'}`, { name: said.author.name, at: formatInstant(said.at, lang) })}
          {said.reason !== undefined && ` ${displayable(said.reason).shown}`}
        </p>
      ))}
      {!readOnly && isForMe(handover, me) && <AnswerButtons ids={[handover.id]} />}
    </div>
  );
}
