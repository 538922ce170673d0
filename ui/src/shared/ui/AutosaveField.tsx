import { type CompositionEvent, useId, useLayoutEffect, useRef } from 'react';

import { imeSafe, isPlainEnter } from '../imeSafe';
import { useRegister } from '../useRegister';
import { SaveMark } from './SaveMark';

interface Props {
  label: string;
  labelHidden?: boolean;
  value: string;
  version: string;
  rows?: number;
  plain?: boolean;
  readOnly?: boolean;
  placeholder?: string;
  /** Offered while one types; anything else may be written. */
  suggestions?: readonly string[];
  /** Listens to the input method; for names. */
  composition?: {
    onCompositionStart: () => void;
    onCompositionUpdate: (event: CompositionEvent) => void;
    onCompositionEnd: (event: CompositionEvent) => void;
  };
  save: (value: string, base: string) => Promise<{ version: string } | undefined>;
}

/** A text that is edited in place and saves by itself: after a rest, on leaving, on Enter. */
export function AutosaveField({
  label,
  labelHidden = false,
  value,
  version,
  rows,
  plain = false,
  readOnly = false,
  placeholder,
  suggestions,
  composition,
  save,
}: Props) {
  const id = useId();
  const register = useRegister(value, version, save);
  const area = useRef<HTMLTextAreaElement>(null);

  // The field is as high as its text, so that nothing of it is hidden.
  useLayoutEffect(() => {
    const element = area.current;
    if (element !== null) {
      element.style.height = 'auto';
      element.style.height = `${element.scrollHeight + element.offsetHeight - element.clientHeight}px`;
    }
  }, [register.text]);

  const common = {
    id,
    className: plain ? 'input input-plain' : 'input',
    value: register.text,
    readOnly,
    placeholder,
    onBlur: () => void register.flush(),
    ...composition,
  };
  return (
    <div className="field">
      <div className="row row-between">
        <label htmlFor={id} className={labelHidden ? 'visually-hidden' : 'field-label'}>
          {label}
        </label>
        {register.state !== 'saved' && <SaveMark state={register.state} />}
      </div>
      {suggestions !== undefined && (
        <datalist id={`${id}-suggestions`}>
          {suggestions.map((text) => (
            <option key={text} value={text} />
          ))}
        </datalist>
      )}
      {rows === undefined ? (
        <input
          {...common}
          list={suggestions === undefined ? undefined : `${id}-suggestions`}
          onChange={(event) => register.setText(event.target.value)}
          onKeyDown={imeSafe((event) => {
            if (isPlainEnter(event)) {
              void register.flush();
            }
          })}
        />
      ) : (
        <textarea {...common} ref={area} rows={rows} onChange={(event) => register.setText(event.target.value)} />
      )}
    </div>
  );
}
