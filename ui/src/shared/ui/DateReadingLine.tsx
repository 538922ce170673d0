import { useEffect, useState } from 'react';

import type { DateReading } from '../../bridge';
import { useWords } from '../../i18n';
import { useRead } from '../cache';
import { useAge } from '../useAge';

/** How a date text reads, as it is typed. */
export function useDateReading(text: string, direction: 'past' | 'future'): DateReading | undefined {
  const [asked, setAsked] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), 120);
    return () => clearTimeout(timer);
  }, [text]);
  const reading = useRead('date.read', { text: asked, direction }, [], { enabled: asked.trim() !== '' });
  return asked.trim() === '' ? undefined : reading.data;
}

interface LineProps {
  reading: DateReading | undefined;
  id?: string;
  /** For dates of birth. */
  withAge?: boolean;
  /** Takes the day that a text may mean though it does not read as one. */
  onTake?: (iso: string) => void;
}

export function DateReadingLine({ reading, id, withAge = false, onTake }: LineProps) {
  const { t, lang } = useWords();
  const years = useAge();
  if (reading === undefined) {
    return <p className="date-reading" id={id} />;
  }
  if (reading.problem !== undefined) {
    const hint = (lang === 'ja' ? reading.hintJa : reading.hintEn) ?? t('date.problem');
    const { offer } = reading;
    return (
      <>
        <p className="date-reading date-problem" id={id} role="status">
          {hint}
        </p>
        {offer !== undefined && onTake !== undefined && (
          // The field keeps the keyboard, so that it does not hand over the text that is about to go.
          <button
            type="button"
            className="link-button"
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => onTake(offer)}
          >
            {t('date.take', { date: lang === 'ja' ? reading.ja : reading.en })}
          </button>
        )}
      </>
    );
  }
  const age = !withAge || reading.age === undefined ? '' : years(reading.age);
  return (
    <p className="date-reading" id={id} role="status">
      {lang === 'ja' ? reading.ja : reading.en} {age}
    </p>
  );
}
