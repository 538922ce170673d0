export { Assessment } from './Assessment';
export { Standing } from './Standing';
