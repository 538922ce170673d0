import type { ReactNode, RefObject } from 'react';
import {
  FieldError,
  Input,
  Label,
  Text,
  TextArea,
  TextField as AriaTextField,
  type TextFieldProps,
} from 'react-aria-components';

interface Props extends Omit<TextFieldProps, 'className' | 'children'> {
  label: string;
  labelHidden?: boolean;
  help?: string | undefined;
  error?: string | undefined;
  rows?: number;
  inputRef?: RefObject<HTMLInputElement | null>;
  areaRef?: RefObject<HTMLTextAreaElement | null>;
  placeholder?: string;
  children?: ReactNode;
}

/** Label, help, field, error. */
export function TextField({
  label,
  labelHidden = false,
  help,
  error,
  rows,
  inputRef,
  areaRef,
  placeholder,
  children,
  ...rest
}: Props) {
  return (
    <AriaTextField {...rest} className="field" isInvalid={error !== undefined}>
      <Label className={labelHidden ? 'visually-hidden' : 'field-label'}>{label}</Label>
      {help !== undefined && (
        <Text slot="description" className="field-help">
          {help}
        </Text>
      )}
      {rows === undefined ? (
        <Input className="input" ref={inputRef} placeholder={placeholder} />
      ) : (
        <TextArea className="input" rows={rows} ref={areaRef} placeholder={placeholder} />
      )}
      {children}
      <FieldError className="field-error">{error}</FieldError>
    </AriaTextField>
  );
}
