import { useId } from 'react';

import type { Choice } from '../codes';

interface Props {
  label: string;
  labelHidden?: boolean;
  choices: readonly Choice[];
  value: string | undefined;
  /** What "nothing chosen" is called; left out when something must be chosen. */
  none?: string;
  isDisabled?: boolean;
  onChange: (code: string | null) => void;
}

/** A choice out of many. The system's own list: it is dense, typed into and scales with the text. */
export function Select({ label, labelHidden = false, choices, value, none, isDisabled, onChange }: Props) {
  const id = useId();
  const unknown = value !== undefined && value !== '' && !choices.some((choice) => choice.code === value);
  return (
    <div className="field">
      <label className={labelHidden ? 'visually-hidden' : 'field-label'} htmlFor={id}>
        {label}
      </label>
      <select
        id={id}
        className="input"
        value={value ?? ''}
        disabled={isDisabled}
        onChange={(event) => onChange(event.target.value === '' ? null : event.target.value)}
      >
        {none !== undefined && <option value="">{none}</option>}
        {unknown && <option value={value}>{value}</option>}
        {choices.map((choice) => (
          <option key={choice.code} value={choice.code}>
            {choice.label}
          </option>
        ))}
      </select>
    </div>
  );
}
