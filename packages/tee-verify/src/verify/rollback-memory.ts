import { hexOf } from '../bytes/hex.js'
import { createBoundedMap } from '../cache/bounded-map.js'
import type { Collateral } from '../collateral/collateral.js'
import type { RevocationList } from '../x509/crl.js'
import type { EvaluationFloors } from './verification.js'

/** The highest `tcbEvaluationDataNumber` that was seen of each genuine document, and the newest list of each issuer. */
export interface RollbackMemory {
  floorsOf(collateral: Collateral): EvaluationFloors
  /** To be called with collateral whose signatures and dates hold. */
  remember(collateral: Collateral): void
  /** To be called with collateral of which that is known of its lists at least. */
  rememberLists(collateral: Collateral): void
}

/** Far more than there are platform families: only documents that Intel signed take a place. */
const maximumDocuments = 1024
/** Likewise: there is one root, and there are two PCK CAs. */
const maximumLists = 16

/** Creates a memory that starts with the same minimum for every document and only ever rises. */
export function createRollbackMemory(minimum: number): RollbackMemory {
  const highest = createBoundedMap<string, number>(maximumDocuments)
  /** The collateral that went in last: going in again changes nothing. */
  let last: { readonly collateral: Collateral; readonly floors: EvaluationFloors } | undefined
  const floorOf = (name: string): number => Math.max(minimum, highest.get(name) ?? minimum)
  const newest = createBoundedMap<string, RevocationList>(maximumLists)
  const newestOf = (list: RevocationList): RevocationList => {
    const known = newest.get(issuerOf(list))
    return known !== undefined && known.thisUpdate > list.thisUpdate ? known : list
  }
  const floorsOf = (collateral: Collateral): EvaluationFloors => {
    const { rootCrl, pckCrl } = collateral
    const lists = { rootCrl: newestOf(rootCrl), pckCrl: newestOf(pckCrl) }
    if (last?.collateral === collateral) return { ...last.floors, lists }
    const [tcbInfo, qeIdentity] = namesOf(collateral)
    return { tcbInfo: floorOf(tcbInfo), qeIdentity: floorOf(qeIdentity), lists }
  }
  return {
    floorsOf,
    rememberLists({ rootCrl, pckCrl }) {
      for (const list of [rootCrl, pckCrl]) {
        if (newestOf(list) === list) newest.set(issuerOf(list), list)
      }
    },
    remember(collateral) {
      if (last?.collateral === collateral) return
      const [tcbInfo, qeIdentity] = namesOf(collateral)
      highest.set(tcbInfo, Math.max(floorOf(tcbInfo), collateral.tcbInfo.content.evaluationDataNumber))
      highest.set(qeIdentity, Math.max(floorOf(qeIdentity), collateral.qeIdentity.content.evaluationDataNumber))
      last = { collateral, floors: { tcbInfo: floorOf(tcbInfo), qeIdentity: floorOf(qeIdentity) } }
    },
  }
}

function issuerOf({ issuer, authorityKeyId }: RevocationList): string {
  return `${authorityKeyId} ${hexOf(issuer)}`
}

function namesOf({ tcbInfo, qeIdentity }: Collateral): readonly [tcbInfo: string, qeIdentity: string] {
  return [`${tcbInfo.content.id} ${tcbInfo.content.fmspc}`, qeIdentity.content.id]
}
