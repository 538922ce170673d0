export { Cosigns } from './Cosigns';
export { SecondSignature } from './SecondSignature';
