/* The parts of every screen, on react-aria-components. */

export { AreaField } from './AreaField';
export { AutosaveField } from './AutosaveField';
export { Button } from './Button';
export { Chips, ToggleChips } from './Chips';
export { DateField } from './DateField';
export { DateReadingLine } from './DateReadingLine';
export { Dialog } from './Dialog';
export { ErrorNote } from './ErrorNote';
export { Front } from './Front';
export { Icon } from './Icon';
export { PersonName } from './PersonName';
export { SaveMark } from './SaveMark';
export { SecretField } from './SecretField';
export { Select } from './Select';
export { TextField } from './TextField';
export { WhenFields } from './WhenFields';
export { Words } from './Words';
