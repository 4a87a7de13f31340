const GATEWAY: readonly string[] = [
  'reserve:payment',
  'reserve:applied',
  'reserve:committed',
  'upstream:asked',
  'upstream:answered',
  'finish:leaf',
  'finish:intents',
  'finish:applied',
  'finish:committed',
]
const WORKER: readonly string[] = [
  'claimIntents:applied',
  'claimIntents:committed',
  'submitJob:applied',
  'submitJob:committed',
  'openLane:applied',
  'openLane:committed',
  'relayer:signed',
  'allocate:nonce',
  'allocate:job',
  'allocate:applied',
  'allocate:committed',
  'relayer:allocated',
  'relayer:sent',
  'markSent:applied',
  'markSent:committed',
  'observe:applied',
  'observe:committed',
  'relayer:observed',
  'finalize:lane',
  'finalize:applied',
  'finalize:committed',
  'relayer:finalized',
  'completeIntent:intent',
  'completeIntent:applied',
  'completeIntent:committed',
]
const SQLITE_GATEWAY: readonly string[] = [...GATEWAY, 'finish:receipt', 'finish:answer']
// Leaf, receipt and answer are one statement there.
const POSTGRES_GATEWAY: readonly string[] = [...GATEWAY, 'finish:payment']

/** Every step between reservation and finality at which a process can die, by engine and by role. */
export const STEPS: Readonly<Record<'sqlite' | 'postgres', Readonly<Record<'gateway' | 'worker', readonly string[]>>>> =
  {
    sqlite: { gateway: SQLITE_GATEWAY, worker: WORKER },
    postgres: { gateway: POSTGRES_GATEWAY, worker: WORKER },
  }
