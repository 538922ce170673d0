export { EnterWithShares } from './EnterWithShares';
export { Escrow } from './Escrow';
export { OpenWithShares } from './OpenWithShares';
