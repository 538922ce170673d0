export { Away } from './Away';
export { CoverLines } from './CoverLines';
export { HandoverLines } from './HandoverLines';
export { Handovers } from './Handovers';
export { OfferDialog } from './OfferDialog';
export { TeamBanners } from './TeamLines';
export { TodayLines } from './TodayLines';
