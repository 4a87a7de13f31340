export { type Keccak, portableKeccak } from '../keccak.js'
export { createFastKeccak } from './create-fast-keccak.js'
