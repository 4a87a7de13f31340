import { errorText } from './error-text.js'
import type { Log } from './log.js'

/** What a round of the relayer is counted as that ended in an error: the chain or the ledger did not answer. */
const failed = 'FAILED'

/** What an operator does about an alarm of the relayer. */
const advice: Readonly<Record<string, string>> = {
  INSUFFICIENT_FUNDS: 'send gas money to this account: records wait until then',
  FEE_ABOVE_CAP: 'gas is dearer than the relayer pays: records wait until it is cheaper',
  LANE_QUARANTINED: 'somebody else has used this account: end that, then start once with --reopen-lane',
}

/** Hears of every round of a relayer. */
export interface RelayerWatch {
  readonly onTick: (report: { readonly alarms: readonly { readonly alarm: string }[] }) => void
  readonly onError: (error: unknown) => void
}

/** Counts the alarms of a relayer, and says each once for as long as it lasts: a round takes a tenth of a second. */
export function createRelayerWatch(options: {
  readonly account: string
  readonly countAlarm: (alarm: string) => void
  readonly log: Log
}): RelayerWatch {
  const { account, countAlarm, log } = options
  let lasting: ReadonlySet<string> = new Set()
  const hear = (alarms: ReadonlySet<string>, error?: string): void => {
    for (const alarm of alarms) {
      countAlarm(alarm)
      if (!lasting.has(alarm)) log.warn('relayer', { alarm, account, error: error ?? advice[alarm] })
    }
    lasting = alarms
  }
  return {
    onTick: ({ alarms }) => hear(new Set(alarms.map(({ alarm }) => alarm))),
    onError: (error) => hear(new Set([failed]), errorText(error)),
  }
}
