export { Renew } from './Renew';
export { Unlock } from './Unlock';
