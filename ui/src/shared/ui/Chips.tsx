import { Label, ToggleButton, ToggleButtonGroup } from 'react-aria-components';

import type { Choice } from '../codes';

interface OneProps {
  label: string;
  labelHidden?: boolean;
  choices: readonly Choice[];
  value: string | undefined;
  isDisabled?: boolean;
  /** The chosen code; null when the chosen one was taken back. */
  onChange: (code: string | null) => void;
}

/** One out of a few, all in sight; the chosen one can be taken back. */
export function Chips({ label, labelHidden = false, choices, value, isDisabled, onChange }: OneProps) {
  return (
    <div className="field">
      <Label className={labelHidden ? 'visually-hidden' : 'field-label'} elementType="span">
        {label}
      </Label>
      <ToggleButtonGroup
        className="chips"
        aria-label={label}
        selectionMode="single"
        isDisabled={isDisabled ?? false}
        selectedKeys={value === undefined ? [] : [value]}
        onSelectionChange={(keys) => {
          const [key] = keys;
          onChange(key === undefined ? null : String(key));
        }}
      >
        {choices.map((choice) => (
          <ToggleButton key={choice.code} id={choice.code} className={choice.quiet === true ? 'chip chip-quiet' : 'chip'}>
            {choice.label}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
    </div>
  );
}

interface ManyProps {
  label: string;
  labelHidden?: boolean;
  choices: readonly Choice[];
  value: readonly string[];
  isDisabled?: boolean;
  onChange: (codes: string[]) => void;
}

/** Any of a few. */
export function ToggleChips({ label, labelHidden = false, choices, value, isDisabled, onChange }: ManyProps) {
  return (
    <div className="field">
      <Label className={labelHidden ? 'visually-hidden' : 'field-label'} elementType="span">
        {label}
      </Label>
      <ToggleButtonGroup
        className="chips"
        aria-label={label}
        selectionMode="multiple"
        isDisabled={isDisabled ?? false}
        selectedKeys={value}
        onSelectionChange={(keys) => onChange([...keys].map(String))}
      >
        {choices.map((choice) => (
          <ToggleButton key={choice.code} id={choice.code} className={choice.quiet === true ? 'chip chip-quiet' : 'chip'}>
            {choice.label}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
    </div>
  );
}
