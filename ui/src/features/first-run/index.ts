export { FirstRun } from './FirstRun';
export { RecoverySheet } from './RecoverySheet';
export { Strength } from './PassphraseChoice';
