export { Unlock } from './Unlock';
export { Wiped } from './Wiped';
