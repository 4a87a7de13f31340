import type { RecordEvent } from '@og/settlement/contracts'
import { type FormEvent, type ReactNode, useMemo, useState } from 'react'
import { isAddress } from 'viem'
import { isBytes32 } from '../chain/find-inference.js'
import { type Summary, summaryOf } from '../chain/summary.js'
import { useFeed } from '../chain/use-feed.js'
import { volumeOf } from '../chain/volume.js'
import { Bars, Shares } from '../components/bars.js'
import { Hash } from '../components/hash.js'
import { Badge } from '../components/mode-badge.js'
import { Empty, Panel, Problem } from '../components/panel.js'
import { Table } from '../components/table.js'
import { formatAmount, formatDuration, formatTime } from '../format.js'
import { useNetwork } from '../network/network-context.js'
import { useNow } from '../use-async.js'

const shown = 40

/** What happens now. */
export function Home(): ReactNode {
  const state = useFeed()
  const { network } = useNetwork()
  const now = useNow()
  const summary = useMemo(() => summaryOf(state), [state])
  const volume = useMemo(() => volumeOf(state, now), [state, now])
  return (
    <>
      <h1>What happens now</h1>
      <p className="lead">
        Nodes answer questions to language models, one payment for each. With every answer comes a signed receipt, and
        its record goes on chain. This page reads those records and checks them in your browser:{' '}
        <a href="#/playground">make a call</a>, or <a href="#/verify">verify a receipt</a> that you were given.
      </p>
      <Search />
      {state.error !== null && <Problem>{state.error}</Problem>}
      <div className="grid">
        <Total name="inferences in published logs" value={summary.anchored.toString()} />
        <Total name="records on chain" value={`${summary.settled}`} />
        <Total name="checkpoints" value={`${summary.checkpoints}`} />
        <Total
          name="oldest record without a checkpoint"
          value={summary.oldestUnanchored === null ? 'none' : formatDuration(Number(now - summary.oldestUnanchored))}
        />
      </div>
      {summary.equivocations > 0 && (
        <Problem>{`${summary.equivocations} equivocation(s) were proven on chain: a node signed two truths.`}</Problem>
      )}
      <div className="grid charts">
        <Bars
          label="volume: records on chain"
          headline={`${volume.bars.reduce((sum, { records }) => sum + records, 0)} in ${formatDuration(volume.seconds * volume.bars.length)}`}
          bars={volume.bars.map(({ from, records }) => ({
            name: formatTime(from),
            value: records,
            text: `${records}`,
          }))}
        />
        <Charts summary={summary} decimals={network.token.decimals} symbol={network.token.symbol} />
      </div>
      <Panel title="Latest">
        {state.records.length === 0 ? (
          <Empty>
            {state.isComplete
              ? 'Nothing has been settled here yet. The playground makes the first call.'
              : 'Reading the chain…'}
          </Empty>
        ) : (
          <Table columns={['when', 'what', 'which', 'transaction']}>
            {state.records.slice(0, shown).map((event) => (
              <EventRow
                key={`${event.transactionHash} ${event.logIndex}`}
                event={event}
                age={ageOf(event, state.blockTimes, now)}
              />
            ))}
          </Table>
        )}
      </Panel>
    </>
  )
}

function Search(): ReactNode {
  const [text, setText] = useState('')
  const [isWrong, setWrong] = useState(false)
  const { network } = useNetwork()
  const search = (event: FormEvent): void => {
    event.preventDefault()
    const id = text.trim().toLowerCase()
    if (isBytes32(id)) location.hash = `#/inference/${id}`
    else if (network.indexer !== undefined && isAddress(id)) location.hash = `#/history?payer=${id}`
    else setWrong(true)
  }
  return (
    <search>
      <form onSubmit={search}>
        <label htmlFor="search">Find an inference by payment hash, receipt digest or transaction</label>
        <div className="row">
          <input
            id="search"
            className="wide"
            value={text}
            placeholder="0x…"
            spellCheck={false}
            autoComplete="off"
            aria-invalid={isWrong}
            onChange={(event) => {
              setText(event.target.value)
              setWrong(false)
            }}
          />
          <button type="submit">Find</button>
        </div>
        {isWrong && <Problem>A hash is 0x and 64 hexadecimal digits.</Problem>}
      </form>
    </search>
  )
}

function Total({ name, value }: { readonly name: string; readonly value: string }): ReactNode {
  return (
    <div className="total">
      <strong>{value}</strong>
      <span>{name}</span>
    </div>
  )
}

function Charts(props: { readonly summary: Summary; readonly decimals: number; readonly symbol: string }): ReactNode {
  const { summary, decimals, symbol } = props
  const calls = summary.priced.slice(0, 30).reverse()
  const batched = Math.max(0, Number(summary.anchored) - summary.settled)
  const inOrder = calls.map((call, index) => ({ ...call, name: `call ${index + 1}` }))
  const money = (amount: bigint): string => `${formatAmount(amount, decimals)} ${symbol}`
  const prices = inOrder.flatMap(({ name, charged, tokens }) =>
    tokens === 0n ? [] : [{ name, value: (charged * 1000n) / tokens }],
  )
  const times = inOrder.flatMap(({ name, settleSeconds }) =>
    settleSeconds === null ? [] : [{ name, value: Math.max(0, settleSeconds) }],
  )
  return (
    <>
      <Shares
        label="TEE and VANILLA nodes in the records"
        parts={[
          { name: 'TEE', value: summary.tee },
          { name: 'VANILLA', value: summary.vanilla },
        ]}
      />
      <Shares
        label="settlement modes"
        parts={[
          { name: 'SETTLE', value: summary.settled - summary.withMetadata },
          { name: 'SETTLE_METADATA', value: summary.withMetadata },
          { name: 'log only', value: batched },
        ]}
      />
      <Bars
        label="cost of a call with public terms"
        headline={`last ${money(inOrder.at(-1)?.charged ?? 0n)}`}
        bars={inOrder.map(({ name, charged }) => ({ name, value: Number(charged), text: money(charged) }))}
      />
      <Bars
        label="cost of 1,000 tokens"
        headline={`last ${money(prices.at(-1)?.value ?? 0n)}`}
        bars={prices.map(({ name, value }) => ({ name, value: Number(value), text: money(value) }))}
      />
      <Bars
        label="time from answer to chain"
        headline={`median ${formatDuration(medianOf(times.map(({ value }) => value)))}`}
        bars={times.map(({ name, value }) => ({ name, value, text: formatDuration(value) }))}
      />
    </>
  )
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

function EventRow({ event, age }: { readonly event: RecordEvent; readonly age: string }): ReactNode {
  return (
    <tr className="new">
      <td>{age}</td>
      <td>{kindOf(event)}</td>
      <td>{subjectOf(event)}</td>
      <td>{event.transactionHash === null ? 'pending' : <Hash value={event.transactionHash} />}</td>
    </tr>
  )
}

function kindOf(event: RecordEvent): ReactNode {
  switch (event.type) {
    case 'settled':
      return <Badge name="SETTLE" />
    case 'settled-metadata':
      return <Badge name="SETTLE_METADATA" />
    case 'checkpoint':
      return `checkpoint ${event.checkpoint.seq}, ${event.checkpoint.size} ${event.checkpoint.size === 1n ? 'leaf' : 'leaves'}`
    case 'skipped':
      return `skipped: ${event.reason}`
    default:
      return 'equivocation'
  }
}

function subjectOf(event: RecordEvent): ReactNode {
  if (event.type === 'settled' || event.type === 'settled-metadata') {
    return <Hash value={event.paymentHash} href={`#/inference/${event.paymentHash}`} />
  }
  if (event.type === 'checkpoint') return <Hash value={event.checkpoint.root} href="#/checkpoints" />
  if (event.type === 'skipped') return <Hash value={event.digest} />
  return <Hash value={event.paymentHash} />
}

function ageOf(event: RecordEvent, times: ReadonlyMap<bigint, bigint>, now: bigint): string {
  const time = event.blockNumber === null ? undefined : times.get(event.blockNumber)
  return time === undefined ? '' : `${formatDuration(Number(now - time))} ago`
}
