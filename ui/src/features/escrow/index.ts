export { EnterWithShares } from './EnterWithShares';
export { Escrow } from './Escrow';
export { OpenWithShares } from './OpenWithShares';
export { ShareFields, type Shares } from './ShareFields';
