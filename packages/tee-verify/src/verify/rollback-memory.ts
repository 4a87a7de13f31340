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
  const entriesOf = ({ tcbInfo, qeIdentity }: Collateral) =>
    [
      [`${tcbInfo.content.id} ${tcbInfo.content.fmspc}`, tcbInfo.content.evaluationDataNumber],
      [qeIdentity.content.id, qeIdentity.content.evaluationDataNumber],
    ] as const
  return {
    floorsOf(collateral) {
      const [tcbInfo, qeIdentity] = entriesOf(collateral).map(([name]) =>
        Math.max(minimum, highest.get(name) ?? minimum),
      )
      return { tcbInfo: tcbInfo ?? Number.NaN, qeIdentity: qeIdentity ?? Number.NaN }
    },
    remember(collateral) {
      for (const [name, number] of entriesOf(collateral))
        if (!(Number(highest.get(name)) >= number)) highest.set(name, number)
    },
  }
}
