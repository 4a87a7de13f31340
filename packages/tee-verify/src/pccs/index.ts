export { type CollateralCache, createCollateralCache } from './collateral-cache.js'
export { type CollateralSource, intelPcs, pccsSource } from './collateral-source.js'
export {
  type CollateralResult,
  collateralSubjectOf,
  type FetchCollateralOptions,
  fetchCollateral,
} from './fetch-collateral.js'
export {
  type CollateralSubject,
  encodeCollateralSnapshot,
  type FetchedCollateral,
  type PckCa,
  parseCollateralSnapshot,
} from './fetched-collateral.js'
