export { NotePage } from './NotePage';
