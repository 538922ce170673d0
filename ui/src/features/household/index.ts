export { Household } from './Household';
export { HouseholdHistory } from './HouseholdHistory';
export { Overview } from './Overview';
export { Rounds } from './Rounds';
export { Timeline } from './Timeline';
