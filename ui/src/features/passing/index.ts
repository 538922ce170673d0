export { Passing } from './Passing';
