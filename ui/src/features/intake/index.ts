export { IntakeList } from './IntakeList';
export { IntakePage } from './IntakePage';
export { QuickIntake } from './QuickIntake';
