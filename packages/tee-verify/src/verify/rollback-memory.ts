import { createBoundedMap } from '../cache/bounded-map.js'
import type { Collateral } from '../collateral/collateral.js'
import type { EvaluationFloors } from './verification.js'

/** The highest `tcbEvaluationDataNumber` that was seen of each genuine document. */
export interface RollbackMemory {
  floorsOf(collateral: Collateral): EvaluationFloors
  /** To be called with collateral whose signatures and dates hold. */
  remember(collateral: Collateral): void
}

/** Far more than there are platform families: only documents that Intel signed take a place. */
const maximumDocuments = 1024

/** Creates a memory that starts with the same minimum for every document and only ever rises. */
export function createRollbackMemory(minimum: number): RollbackMemory {
  const highest = createBoundedMap<string, number>(maximumDocuments)
  /** The collateral that went in last: going in again changes nothing. */
  let last: { readonly collateral: Collateral; readonly floors: EvaluationFloors } | undefined
  const floorOf = (name: string): number => Math.max(minimum, highest.get(name) ?? minimum)
  const floorsOf = (collateral: Collateral): EvaluationFloors => {
    if (last?.collateral === collateral) return last.floors
    const [tcbInfo, qeIdentity] = namesOf(collateral)
    return { tcbInfo: floorOf(tcbInfo), qeIdentity: floorOf(qeIdentity) }
  }
  return {
    floorsOf,
    remember(collateral) {
      if (last?.collateral === collateral) return
      const [tcbInfo, qeIdentity] = namesOf(collateral)
      highest.set(tcbInfo, Math.max(floorOf(tcbInfo), collateral.tcbInfo.content.evaluationDataNumber))
      highest.set(qeIdentity, Math.max(floorOf(qeIdentity), collateral.qeIdentity.content.evaluationDataNumber))
      last = { collateral, floors: { tcbInfo: floorOf(tcbInfo), qeIdentity: floorOf(qeIdentity) } }
    },
  }
}

function namesOf({ tcbInfo, qeIdentity }: Collateral): readonly [tcbInfo: string, qeIdentity: string] {
  return [`${tcbInfo.content.id} ${tcbInfo.content.fmspc}`, qeIdentity.content.id]
}
