export { Restored } from './Restored';
