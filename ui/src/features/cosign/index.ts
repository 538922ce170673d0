export { Cosigns } from './Cosigns';
export { SecondSignature } from './SecondSignature';
export { useCosigns } from './useCosigns';
