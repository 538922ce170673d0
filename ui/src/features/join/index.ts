export { Waiting } from './Waiting';
