export { EraseCase } from './EraseCase';
export { Erasures } from './Erasures';
