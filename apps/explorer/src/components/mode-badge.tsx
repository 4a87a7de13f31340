import type { ReactNode } from 'react'

const meanings: Readonly<Record<string, string>> = {
  'model-in-enclave': 'The model itself ran in the attested enclave.',
  'tls-witnessed':
    'The attested enclave sent the prompt to the provider and signed what came back. Which weights ran there nobody can show.',
  vanilla: 'Signed and settled by the node, without proof of its hardware.',
  scripted: 'Answered by fixed rules, not by a model.',
  SETTLE: 'Hashes of the call stand on chain.',
  SETTLE_METADATA: 'Request, answer and terms stand on chain in full.',
  SETTLE_BATCH: 'The call is a leaf of a Merkle log whose root stands on chain.',
  TEE: 'The node showed a quote of its enclave.',
  VANILLA: 'Signed and settled by the node, without proof of its hardware.',
  simulated: 'Made by the simulator: anybody can make such a quote. For development only.',
  intel: 'Leads to Intel’s pinned root.',
}

/** A mode or a label, with what it means. */
export function Badge({ name }: { readonly name: string }): ReactNode {
  return (
    <span className={`badge badge-${name.toLowerCase().replaceAll('_', '-')}`} title={meanings[name]}>
      {name}
    </span>
  )
}

/** What a label means, in a sentence. */
export function meaningOf(name: string): string {
  return meanings[name] ?? ''
}
