export { Renew } from './Renew';
export { Unlock } from './Unlock';
export { Wiped } from './Wiped';
