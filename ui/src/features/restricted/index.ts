export { Access } from './Access';
export { AlertLine, Alerts } from './Alerts';
export { RestrictedLines } from './RestrictedLines';
export { RestrictField } from './RestrictField';
