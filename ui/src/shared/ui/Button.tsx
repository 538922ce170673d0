import { Button as AriaButton, type ButtonProps } from 'react-aria-components';

interface Props extends Omit<ButtonProps, 'className'> {
  look?: 'main' | 'plain' | 'quiet';
  size?: 'small' | 'usual' | 'large';
}

export function Button({ look = 'plain', size = 'usual', ...rest }: Props) {
  const names = ['button'];
  if (look !== 'plain') {
    names.push(`button-${look}`);
  }
  if (size !== 'usual') {
    names.push(`button-${size}`);
  }
  return <AriaButton {...rest} className={names.join(' ')} />;
}
