export { Access } from './Access';
export { AlertLine, Alerts } from './Alerts';
export { LockLine } from './LockLine';
export { RestrictedHousehold } from './RestrictedHousehold';
export { RestrictedLines } from './RestrictedLines';
export { RestrictField } from './RestrictField';
export { OpenDialog } from './OpenDialog';
