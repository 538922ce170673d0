export { Exchange } from './Exchange';
