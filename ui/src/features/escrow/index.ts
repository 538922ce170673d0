export { Escrow } from './Escrow';
export { OpenWithShares } from './OpenWithShares';
