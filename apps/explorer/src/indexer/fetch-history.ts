import type { Network } from '../network/network.js'
import { readText } from '../read-text.js'

/** A record as the indexer tells it. What one call's page shows is read from the chain again. */
export interface HistoryRow {
  readonly digest: string
  readonly paymentHash: string
  readonly nodeId: string
  readonly settlement: string
  readonly mode: 'TEE' | 'VANILLA' | 'unknown'
  readonly blockNumber: bigint
  readonly blockTime: bigint
  readonly transactionHash: string
  readonly payer: string | null
  readonly model: string | null
  /** Atomic units; null where the terms are not public. */
  readonly charged: bigint | null
}

/** A page of history, newest first. */
export interface HistoryPage {
  readonly rows: readonly HistoryRow[]
  readonly next: string | null
}

/** Sums of one day (UTC). */
export interface HistoryDay {
  readonly day: number
  readonly records: number
}

const maxAnswerBytes = 2_097_152

/** Records that fit the filters. @throws Error with a sentence for the visitor. */
export async function fetchHistory(network: Network, query: URLSearchParams): Promise<HistoryPage> {
  const answer = await ask(network, `/v1/inferences?${query}`)
  const { next } = answer
  return {
    rows: rowsOf(answer['data']),
    next: typeof next === 'string' && /^[0-9]{1,40}$/.test(next) ? next : null,
  }
}

/** Sums of the last days, oldest first. */
export async function fetchDays(network: Network): Promise<readonly HistoryDay[]> {
  const { days } = await ask(network, '/v1/totals?limit=60')
  if (!Array.isArray(days)) return []
  return days
    .flatMap((entry: unknown): HistoryDay[] => {
      const { day, records } = fieldsOf(entry)
      return typeof day === 'number' && typeof records === 'number' ? [{ day, records }] : []
    })
    .reverse()
}

/** Numbers of the blocks that hold what a hash names: at most 50. Empty when the indexer knows nothing or does not answer. */
export async function findBlocks(network: Network, hash: string): Promise<readonly bigint[]> {
  if (network.indexer === undefined) return []
  try {
    const answer = await ask(network, `/v1/search?q=${hash}`)
    return [...new Set(rowsOf(answer['inferences']).map(({ blockNumber }) => blockNumber))]
  } catch {
    return []
  }
}

async function ask(network: Network, path: string): Promise<Readonly<Record<string, unknown>>> {
  if (network.indexer === undefined) throw new Error('This network names no indexer.')
  const response = await fetch(`${network.indexer}${path}`, {
    credentials: 'omit',
    redirect: 'error',
    signal: AbortSignal.timeout(10_000),
  }).catch(() => {
    throw new Error('The indexer does not answer.')
  })
  const text = await readText(response, {
    maxBytes: maxAnswerBytes,
    sentence: 'The indexer answered more than this page reads.',
  })
  const fields = fieldsOf(parsed(text))
  if (response.ok) return fields
  const { message } = fieldsOf(fields['error'])
  throw new Error(typeof message === 'string' ? `The indexer refused: ${message}` : 'The indexer refused.')
}

function rowsOf(data: unknown): readonly HistoryRow[] {
  if (!Array.isArray(data)) return []
  return data.slice(0, 500).flatMap((entry: unknown): HistoryRow[] => {
    const fields = fieldsOf(entry)
    const { mode, charged } = fields
    const texts = ['digest', 'paymentHash', 'nodeId', 'settlement', 'transactionHash'].map((name) => fields[name])
    const [digest, paymentHash, nodeId, settlement, transactionHash] = texts.filter((text) => typeof text === 'string')
    const [blockNumber, blockTime] = [countOf(fields['blockNumber']), countOf(fields['blockTime'])]
    if (transactionHash === undefined || blockNumber === null || blockTime === null) return []
    return [
      {
        digest: digest ?? '',
        paymentHash: paymentHash ?? '',
        nodeId: nodeId ?? '',
        settlement: settlement ?? '',
        mode: mode === 1 ? 'TEE' : mode === 0 ? 'VANILLA' : 'unknown',
        blockNumber,
        blockTime,
        transactionHash,
        payer: textOf(fields['payer']),
        model: textOf(fields['model']),
        charged: countOf(charged),
      },
    ]
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('The indexer answered no JSON.')
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function countOf(value: unknown): bigint | null {
  return typeof value === 'string' && /^[0-9]{1,40}$/.test(value) ? BigInt(value) : null
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
