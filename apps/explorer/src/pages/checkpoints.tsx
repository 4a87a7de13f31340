import { readConsistency, type SeenCheckpoint } from '@og/settlement/contracts'
import { type ReactNode, useMemo, useState } from 'react'
import { useFeed } from '../chain/use-feed.js'
import { CheckpointEntries } from '../components/checkpoint-entries.js'
import { Hash } from '../components/hash.js'
import { Empty, Panel } from '../components/panel.js'
import { Table } from '../components/table.js'
import { useNetwork } from '../network/network-context.js'
import { useAsync } from '../use-async.js'
import { saveJson } from './save-json.js'

const shown = 50
const columns = ['number', 'leaves', 'new', 'root', 'appends to the one before', 'transaction', 'entries']

/** A published head and where it stands. */
interface PlacedCheckpoint extends SeenCheckpoint {
  readonly blockNumber: bigint | null
}

/** The heads of every log, each checked against the one before. */
export function Checkpoints(): ReactNode {
  const state = useFeed()
  const logs = useMemo(() => {
    const byLog = new Map<string, PlacedCheckpoint[]>()
    for (const event of state.records) {
      if (event.type !== 'checkpoint') continue
      const { checkpoint, transactionHash, blockNumber } = event
      const list = byLog.get(checkpoint.logId) ?? []
      list.push({ checkpoint, transactionHash, blockNumber })
      byLog.set(checkpoint.logId, list)
    }
    return [...byLog]
  }, [state.records])
  return (
    <>
      <h1>Checkpoints</h1>
      <p className="note">
        A checkpoint is the root of an operator’s log on chain. The proof that each one only appends to the one before
        is taken from its transaction and checked in this page.
      </p>
      {logs.length === 0 && (
        <Empty>{state.isComplete ? 'No checkpoint has been published yet.' : 'Reading the chain…'}</Empty>
      )}
      {logs.map(([logId, checkpoints]) => (
        <Panel key={logId} title={`Log ${logId.slice(0, 10)}…`}>
          <div className="row">
            <Hash value={logId} />
            <Download logId={logId} checkpoints={checkpoints} />
          </div>
          <Table columns={columns}>
            {checkpoints.slice(0, shown).map((seen, index) => (
              <Row key={`${seen.checkpoint.seq}`} seen={seen} earlier={checkpoints[index + 1]} />
            ))}
          </Table>
        </Panel>
      ))}
    </>
  )
}

function Row({
  seen,
  earlier,
}: {
  readonly seen: SeenCheckpoint
  readonly earlier: SeenCheckpoint | undefined
}): ReactNode {
  const { feed } = useNetwork()
  const { logId, seq, size, root } = seen.checkpoint
  const key = `${root} after ${earlier?.checkpoint.root ?? 'nothing'}`
  const checked = useAsync(key, async () =>
    earlier === undefined ? null : readConsistency(feed.client, { earlier, later: seen }),
  )
  const [isOpen, setOpen] = useState(false)
  const from = earlier?.checkpoint.size ?? (seq === 1n ? 0n : null)
  return (
    <>
      <tr>
        <td>{seq.toString()}</td>
        <td>{size.toString()}</td>
        <td>{earlier === undefined ? '' : `+${size - earlier.checkpoint.size}`}</td>
        <td>
          <Hash value={root} />
        </td>
        <td>{consistencyText(checked, seq)}</td>
        <td>{seen.transactionHash === null ? '' : <Hash value={seen.transactionHash} />}</td>
        <td>
          {from !== null && (
            <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              {isOpen ? 'Hide' : `Show ${size - from}`}
            </button>
          )}
        </td>
      </tr>
      {isOpen && from !== null && (
        <tr>
          <td colSpan={columns.length}>
            <CheckpointEntries logId={logId} root={root} from={Number(from)} to={Number(size)} />
          </td>
        </tr>
      )}
    </>
  )
}

function consistencyText(checked: ReturnType<typeof useAsync<boolean | null>>, seq: bigint): ReactNode {
  if (checked.state === 'waiting') return 'checking…'
  if (checked.state === 'failed') return 'could not be read'
  if (checked.value === null) return seq === 1n ? 'the first' : 'not checked'
  return checked.value ? (
    <span className="step-true">
      <span className="step-sign">✓</span> proven
    </span>
  ) : (
    <strong className="problem">it does not</strong>
  )
}

function Download(props: { readonly logId: string; readonly checkpoints: readonly PlacedCheckpoint[] }): ReactNode {
  const save = (): void => {
    const lines = props.checkpoints.map(({ checkpoint, transactionHash, blockNumber }) => ({
      logId: checkpoint.logId,
      seq: checkpoint.seq.toString(),
      size: checkpoint.size.toString(),
      root: checkpoint.root,
      uri: checkpoint.uri,
      transactionHash,
      blockNumber: blockNumber?.toString() ?? null,
    }))
    saveJson(`checkpoints-${props.logId.slice(2, 10)}.json`, lines)
  }
  return (
    <button type="button" onClick={save}>
      Download as JSON
    </button>
  )
}
