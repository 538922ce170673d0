export { KinCard, OfferedChanges } from './KinCard';
export { MoveDialog } from './MoveDialog';
export { MoveLines } from './MoveLines';
export { ReachFields } from './ReachFields';
export { TodayOffers } from './TodayOffers';
