import { useId, useState } from 'react';

import { useWords } from '../../i18n';
import { formatTime, offsetOf } from '../format';
import { readTime } from '../readTime';
import { DateField } from './DateField';

interface Props {
  label: string;
  /** RFC 3339 at the office's offset; undefined while nothing is there yet. */
  instant: string | undefined;
  placeholder?: string;
  onChange: (instant: string) => void;
}

/** When something happened: a date in any writing, a time. */
export function WhenFields({ label, instant, placeholder, onChange }: Props) {
  const { t } = useWords();
  const id = useId();
  const day = instant?.slice(0, 10) ?? '';
  const time = instant === undefined ? '' : formatTime(instant);
  const [typedTime, setTypedTime] = useState<string | null>(null);
  const offset = instant === undefined ? '+09:00' : offsetOf(instant);
  const put = (nextDay: string, nextTime: string) =>
    onChange(`${nextDay}T${nextTime === '' ? '12:00' : nextTime}:00${offset}`);
  return (
    <>
      <DateField
        label={label}
        value={day}
        {...(placeholder === undefined ? {} : { placeholder })}
        onCommit={(_, iso) => iso !== undefined && put(iso, time)}
      />
      <div className="field">
        <label className="field-label" htmlFor={id}>
          {t('note.time')}
        </label>
        <input
          id={id}
          className="input"
          value={typedTime ?? time}
          inputMode="numeric"
          placeholder="10:15"
          onChange={(event) => setTypedTime(event.target.value)}
          onBlur={() => {
            const read = readTime(typedTime ?? '');
            if (read !== undefined && read !== time && day !== '') {
              put(day, read);
            }
            setTypedTime(null);
          }}
        />
      </div>
    </>
  );
}
