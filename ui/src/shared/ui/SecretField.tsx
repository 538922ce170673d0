import { type RefObject, useId, useState } from 'react';

import { useWords } from '../../i18n';
import { Button } from './Button';

interface Props {
  label: string;
  help?: string;
  value: string;
  shownFirst?: boolean;
  autoFocus?: boolean;
  inputRef?: RefObject<HTMLInputElement | null>;
  describedBy?: string;
  onChange: (value: string) => void;
}

/**
 * A passphrase. It can be shown: words are typed with an input method, which a password field turns off,
 * so showing it also allows hiragana.
 */
export function SecretField({
  label,
  help,
  value,
  shownFirst = false,
  autoFocus = false,
  inputRef,
  describedBy,
  onChange,
}: Props) {
  const { t } = useWords();
  const id = useId();
  const [shown, setShown] = useState(shownFirst);
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      {help !== undefined && (
        <p className="field-help" id={`${id}-help`}>
          {help}
        </p>
      )}
      <div className="row secret-row">
        <div className="grow">
          <input
            id={id}
            ref={inputRef}
            className="input"
            type={shown ? 'text' : 'password'}
            value={value}
            autoFocus={autoFocus}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            aria-describedby={[help === undefined ? undefined : `${id}-help`, describedBy].filter(Boolean).join(' ') || undefined}
            onChange={(event) => onChange(event.target.value)}
          />
        </div>
        <Button size="small" aria-pressed={shown} onPress={() => setShown(!shown)}>
          {shown ? t('secret.hide') : t('secret.show')}
        </Button>
      </div>
    </div>
  );
}
