import { checkFaults } from './check-faults.js'
import { parserFaults } from './parser-faults.js'
import { vectorFaults } from './vector-faults.js'
import { verifierFaults } from './verifier-faults.js'

/** Everything that is wrong with the verifier that this is bundled with; empty when nothing is. Cheapest first. */
export async function killSuite(): Promise<readonly string[]> {
  for (const part of [checkFaults, parserFaults, verifierFaults, vectorFaults]) {
    const faults = await part()
    if (faults.length > 0) return faults
  }
  return []
}
