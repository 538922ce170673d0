export { Exchange } from './Exchange';
export { Hub } from './Hub';
export { Lan } from './Lan';
export { Folder } from './Ways';
