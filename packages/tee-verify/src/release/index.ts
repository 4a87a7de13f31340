export {
  canonicalReleaseList,
  encodeReleaseList,
  parseReleaseList,
  type Release,
  type ReleaseKeyAlgorithm,
  type ReleaseList,
  type SignedReleaseList,
} from './release-list.js'
export {
  type ReleaseKey,
  type ReleaseListRejectionCode,
  type ReleaseListVerdict,
  signReleaseList,
  type VerifyReleaseListOptions,
  verifyReleaseList,
} from './verify-release-list.js'
