import { Link } from '@tanstack/react-router';

import type { AssessmentView, EvidenceView } from '../../bridge';
import { useWords } from '../../i18n';
import { tryWrite } from '../../shared/cache';
import { formatDay } from '../../shared/format';
import { useHousehold } from '../../shared/household';
import { displayable } from '../../shared/names';
import { Select } from '../../shared/ui';

/** As much of a note as tells it from others in a list, in characters. */
const SHORT = 40;

/** A note in one line: the day and its first words. */
function line(text: string): string {
  const shown = [...displayable(text.replaceAll('\n', ' ')).shown];
  return shown.length > SHORT ? `${shown.slice(0, SHORT).join('')}…` : shown.join('');
}

export function evidenceOf(view: AssessmentView, subject: string, item: string | undefined): EvidenceView[] {
  return view.evidence.filter((entry) => entry.subject === subject && entry.item === item);
}

interface Props {
  view: AssessmentView;
  subject: string;
  item: string;
  readOnly: boolean;
}

/** 根拠: the notes on which an answer rests, one click away from it. */
export function Evidence({ view, subject, item, readOnly }: Props) {
  const { t, lang } = useWords();
  const { view: household, asOf } = useHousehold();
  const cited = evidenceOf(view, subject, item);
  const others = household.notes.filter((note) => cited.every((entry) => entry.noteId !== note.id));
  const cite = (noteId: string, is: boolean) =>
    void tryWrite('assessment.cite', { roundId: view.id, subject, item, noteId, cited: is });
  if (cited.length === 0 && (readOnly || others.length === 0)) {
    return null;
  }
  return (
    <div className="as-evidence">
      {cited.length > 0 && (
        <ul aria-label={t('assessment.evidence')}>
          {cited.map((entry) => (
            <li key={entry.noteId}>
              <Link
                to="/households/$householdId/notes/$noteId"
                params={{ householdId: household.id, noteId: entry.noteId }}
                search={asOf === undefined ? {} : { asOf }}
              >
                {formatDay(entry.occurredAt, lang)} {line(entry.text)}
              </Link>{' '}
              <span className="faint">{entry.author.name}</span>
              {!readOnly && (
                <button
                  type="button"
                  className="link-button"
                  aria-label={t('assessment.uncite', { note: line(entry.text) })}
                  onClick={() => cite(entry.noteId, false)}
                >
                  {t('assessment.uncited')}
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {!readOnly && others.length > 0 && (
        <Select
          label={t('assessment.evidence')}
          choices={others.map((note) => ({ code: note.id, label: `${formatDay(note.occurredAt, lang)} ${line(note.text)}` }))}
          value=""
          none={t('assessment.cite')}
          onChange={(code) => {
            if (code !== null) {
              cite(code, true);
            }
          }}
        />
      )}
    </div>
  );
}
