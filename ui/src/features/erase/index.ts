export { BackupDays } from './BackupDays';
export { EraseCase } from './EraseCase';
export { Erasures } from './Erasures';
export { EraseField } from './EraseField';
export { EraseRecord } from './EraseRecord';
