export { Unlock } from './Unlock';
