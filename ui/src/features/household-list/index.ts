export { HouseholdList } from './HouseholdList';
