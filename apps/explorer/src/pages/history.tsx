import { type FormEvent, type ReactNode, useState } from 'react'
import { Bars } from '../components/bars.js'
import { Hash } from '../components/hash.js'
import { Badge } from '../components/mode-badge.js'
import { Empty, Panel, Problem } from '../components/panel.js'
import { Table } from '../components/table.js'
import { formatAmount, formatTime } from '../format.js'
import { fetchDays, fetchHistory, type HistoryRow } from '../indexer/fetch-history.js'
import { useNetwork } from '../network/network-context.js'
import { useAsync } from '../use-async.js'

const filters = ['node', 'payer', 'model', 'mode', 'settlement', 'since', 'until'] as const
type Filter = (typeof filters)[number]
const rowsPerPage = 25
const hidden = <span className="soft">not public</span>

/** Every record of every node, by the network's indexer: filters and pages stand in the address. */
export function History({ query }: { readonly query: string }): ReactNode {
  const { network } = useNetwork()
  if (network.indexer === undefined) {
    return (
      <>
        <h1>History</h1>
        <Empty>
          This network names no indexer, so only what this page has seen itself is known: see <a href="#/">Now</a>. An
          indexer’s address belongs in <code>network.json</code>; <code>npm run devnet -- --indexer</code> starts one.
        </Empty>
      </>
    )
  }
  return (
    <>
      <h1>History</h1>
      <p className="note">
        Told by the indexer at {network.indexer}. It is not trusted: what an inference’s own page shows is read from the
        chain.
      </p>
      <Days />
      <FilterForm key={query} query={new URLSearchParams(query)} />
      <Records query={query} />
    </>
  )
}

function Days(): ReactNode {
  const { network } = useNetwork()
  const days = useAsync(`days of ${network.indexer}`, () => fetchDays(network))
  if (days.state !== 'done' || days.value.length === 0) return null
  return (
    <Bars
      label="records a day"
      headline={`${days.value.reduce((sum, { records }) => sum + records, 0)} on ${days.value.length} ${days.value.length === 1 ? 'day' : 'days'}`}
      bars={days.value.map(({ day, records }) => {
        const name = new Date(day * 86_400_000).toISOString().slice(0, 10)
        return { name, value: records, text: `${records} records` }
      })}
    />
  )
}

function FilterForm({ query }: { readonly query: URLSearchParams }): ReactNode {
  const [values, setValues] = useState<Readonly<Record<Filter, string>>>(() => valuesOf(query))
  const change = (name: Filter, value: string): void => setValues((before) => ({ ...before, [name]: value }))
  const apply = (event: FormEvent): void => {
    event.preventDefault()
    location.hash = `#/history?${queryOf(values)}`
  }
  const field = (name: Filter, label: string, type = 'text'): ReactNode => (
    <div>
      <label htmlFor={`filter-${name}`}>{label}</label>
      <input
        id={`filter-${name}`}
        type={type}
        value={values[name]}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => change(name, event.target.value)}
      />
    </div>
  )
  const choice = (name: Filter, label: string, options: readonly string[]): ReactNode => (
    <div>
      <label htmlFor={`filter-${name}`}>{label}</label>
      <select id={`filter-${name}`} value={values[name]} onChange={(event) => change(name, event.target.value)}>
        <option value="">all</option>
        {options.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </div>
  )
  return (
    <search>
      <form onSubmit={apply} className="row">
        {field('node', 'Node')}
        {field('payer', 'Payer, where public')}
        {field('model', 'Model, where public')}
        {choice('mode', 'Mode', ['TEE', 'VANILLA'])}
        {choice('settlement', 'Settlement', ['SETTLE', 'SETTLE_METADATA'])}
        {field('since', 'From (UTC)', 'date')}
        {field('until', 'Before (UTC)', 'date')}
        <button type="submit">Show</button>
        <a href="#/history">Without filters</a>
      </form>
    </search>
  )
}

function Records({ query }: { readonly query: string }): ReactNode {
  const { network } = useNetwork()
  const found = useAsync(`history ${query}`, () => fetchHistory(network, askedOf(new URLSearchParams(query))))
  if (found.state === 'waiting') return <Empty>Asking the indexer…</Empty>
  if (found.state === 'failed') return <Problem>{found.message}</Problem>
  const { rows, next } = found.value
  if (rows.length === 0) return <Empty>No record fits.</Empty>
  const older = new URLSearchParams(query)
  older.set('before', next ?? '')
  return (
    <Panel title="Records">
      <Table columns={['when', 'what', 'mode', 'payment', 'node', 'model', 'charged']}>
        {rows.map((row) => (
          <Row key={row.digest} row={row} />
        ))}
      </Table>
      {(next !== null || new URLSearchParams(query).has('before')) && (
        <p className="row">
          {new URLSearchParams(query).has('before') && <a href={`#/history?${withoutBefore(query)}`}>Newest</a>}
          {next !== null && <a href={`#/history?${older}`}>Older</a>}
        </p>
      )}
    </Panel>
  )
}

function Row({ row }: { readonly row: HistoryRow }): ReactNode {
  const { network } = useNetwork()
  const { token } = network
  return (
    <tr>
      <td>{formatTime(row.blockTime)}</td>
      <td>
        <Badge name={row.settlement} />
      </td>
      <td>{row.mode}</td>
      <td>
        <Hash value={row.paymentHash} href={`#/inference/${row.paymentHash}`} />
      </td>
      <td>
        <Hash value={row.nodeId} href={`#/node/${row.nodeId}`} />
      </td>
      <td>{row.model ?? hidden}</td>
      <td>{row.charged === null ? hidden : `${formatAmount(row.charged, token.decimals)} ${token.symbol}`}</td>
    </tr>
  )
}

function valuesOf(query: URLSearchParams): Readonly<Record<Filter, string>> {
  const value = (name: Filter): string => query.get(name) ?? ''
  return {
    node: value('node'),
    payer: value('payer'),
    model: value('model'),
    mode: value('mode'),
    settlement: value('settlement'),
    since: value('since'),
    until: value('until'),
  }
}

function queryOf(values: Readonly<Record<Filter, string>>): URLSearchParams {
  return new URLSearchParams(
    filters.map((name) => [name, values[name].trim()]).filter((entry): entry is [string, string] => entry[1] !== ''),
  )
}

/** The address's query as the indexer wants it: days become unix seconds. */
function askedOf(query: URLSearchParams): URLSearchParams {
  const asked = queryOf(valuesOf(query))
  for (const name of ['since', 'until'] as const) {
    const day = asked.get(name)
    if (day !== null) asked.set(name, `${Math.floor(Date.parse(`${day}T00:00:00Z`) / 1000)}`)
  }
  const before = query.get('before')
  if (before !== null) asked.set('before', before)
  asked.set('limit', `${rowsPerPage}`)
  return asked
}

function withoutBefore(query: string): URLSearchParams {
  return queryOf(valuesOf(new URLSearchParams(query)))
}
