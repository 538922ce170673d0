import { useEffect, useId, useState } from 'react';

import { run } from '../../bridge';
import { dateStep, shiftDate } from '../dateText';
import { imeSafe, isPlainEnter } from '../imeSafe';
import { DateReadingLine, useDateReading } from './DateReadingLine';

interface Props {
  label: string;
  labelHidden?: boolean;
  /** The text as it was typed, or an ISO date. */
  value: string;
  direction?: 'past' | 'future';
  placeholder?: string;
  readOnly?: boolean;
  autoFocus?: boolean;
  /** Says the age beside the reading; for dates of birth. */
  withAge?: boolean;
  /** Every letter. */
  onChange?: (text: string) => void;
  /** On leaving the field and on Enter, when the text changed. `iso` where the text names a full date. */
  onCommit?: (text: string, iso: string | undefined) => void;
}

/** One box for a date in any form that people write; its reading stands below while they type. */
export function DateField({
  label,
  labelHidden = false,
  value: given,
  direction = 'past',
  placeholder,
  readOnly = false,
  autoFocus = false,
  withAge = false,
  onChange,
  onCommit,
}: Props) {
  const id = useId();
  const value = asWritten(given);
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const reading = useDateReading(text, direction);
  const type = (next: string) => {
    setText(next);
    onChange?.(next);
  };
  const commit = async (text: string) => {
    if (text === value || onCommit === undefined) {
      return;
    }
    // The reading on the screen may be one letter behind.
    const read = text.trim() === '' ? undefined : (await run('date.read', { text, direction })).value;
    onCommit(text, read?.precision === 'day' ? read.iso : undefined);
  };
  const take = (iso: string) => {
    const day = asWritten(iso);
    type(day);
    void commit(day);
  };
  return (
    <div
      className="field"
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) {
          void commit(text);
        }
      }}
    >
      <label className={labelHidden ? 'visually-hidden' : 'field-label'} htmlFor={id}>
        {label}
      </label>
      <input
        id={id}
        className="input"
        value={text}
        readOnly={readOnly}
        autoFocus={autoFocus}
        placeholder={placeholder}
        autoComplete="off"
        aria-describedby={`${id}-reading`}
        onChange={(event) => type(event.target.value)}
        onKeyDown={imeSafe((event) => {
          const step = readOnly ? undefined : dateStep(event.key);
          if (isPlainEnter(event)) {
            void commit(text);
          } else if (step !== undefined && reading?.precision === 'day' && reading.iso !== undefined) {
            event.preventDefault();
            type(shiftDate(reading.iso, step));
          }
        })}
      />
      <DateReadingLine id={`${id}-reading`} reading={reading} withAge={withAge} {...(readOnly ? {} : { onTake: take })} />
    </div>
  );
}

/** A full ISO date as people write it; any other text as it was typed. */
function asWritten(value: string): string {
  return /^\d{4}-\d\d-\d\d$/.test(value) ? value.replaceAll('-', '/') : value;
}
