export { TwoViews } from './TwoViews';
