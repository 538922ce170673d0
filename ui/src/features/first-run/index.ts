export { FirstRun } from './FirstRun';
export { RecoverySheet } from './RecoverySheet';
