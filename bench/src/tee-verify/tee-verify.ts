import { createPublicKey, verify } from 'node:crypto'
import { createRequire } from 'node:module'
import type * as entry from '@og/tee-verify/node'
import * as peer from '@phala/dcap-qvl'
import type { Benchmark, BenchmarkContext } from '../benchmark.js'
import { packageVersion } from '../package-version.js'
import { type Row, rowOf } from '../row.js'
import { medianOf, percentileOf } from '../statistics.js'
import { type SideName, takeTurns } from '../take-turns.js'
import { browserBytes, createBuildFolder } from './build-entry.js'
import { ourFirstVerify, peerFirstVerify } from './first-verify.js'
import { readRealQuote } from './real-quote.js'

const processes = 41
/** Many samples of about the same duration on both sides, so that interruptions and collected garbage meet both alike. */
const rounds = { againstPeer: 40, againstFloor: 400 } as const
const bundleLimit = 20 * 1024
const peerName = '@phala/dcap-qvl'

/** Judging a real TDX v4 quote: from nothing known to everything but the quote known. */
export const teeVerify: Benchmark = {
  name: 'tee-verify',
  summary:
    'verifying a real TDX quote, cold and with each rung of the cache: against @phala/dcap-qvl and one bare P-256',
  run,
}

/** One side's repetition and how often it is done in one sample. */
interface Task {
  readonly run: () => void
  readonly repeat: number
}

async function run(context: BenchmarkContext): Promise<readonly Row[]> {
  const folder = createBuildFolder()
  try {
    const file = folder.publish('node')
    const ours: typeof entry = await import(file)
    return [
      ...(await verificationRows(context, ours)),
      await firstVerifyRow(context, file),
      ...(await bundleRows(context)),
    ]
  } finally {
    folder.dispose()
  }
}

async function verificationRows(context: BenchmarkContext, ours: typeof entry): Promise<readonly Row[]> {
  const { quote, collateral: json, now } = readRealQuote()
  const collateral = ours.parseCollateral(json)
  const { attestationKey, signed, signature } = ours.parseQuote(quote).evidence
  const accept = (ok: boolean): void => {
    if (!ok) throw new Error('a genuine quote was refused')
  }
  const buffer = Buffer.from(quote)
  const theirs = { ...json } as unknown as Parameters<typeof peer.verify>[1]
  const peerTask: Task = {
    run: () => accept(peer.verify(buffer, theirs, Number(now)).status === 'UpToDate'),
    repeat: 1,
  }
  // A backend of its own each time: no public key is known from the time before but that of the pinned root.
  const cold = (): void => {
    const settings = { collateral: ours.parseCollateral(json), now, crypto: ours.createNodeCrypto() }
    accept(ours.verifyQuote(ours.parseQuote(quote), settings).ok)
  }
  // Another enclave of a known platform brings another key: importing it belongs to this rung.
  const { nodeCrypto, createNodeCrypto } = ours
  const isAttestationKey = (key: Uint8Array): boolean => Buffer.compare(key, attestationKey) === 0
  const platformKnown = ours.createVerifier({
    cache: { quotingEnclaves: 0 },
    crypto: {
      ...nodeCrypto,
      verifyP256: (check) => (isAttestationKey(check.publicKey) ? createNodeCrypto() : nodeCrypto).verifyP256(check),
    },
  })
  const enclaveKnown = ours.createVerifier()
  const [x, y] = [attestationKey.subarray(0, 32), attestationKey.subarray(32)].map((half) =>
    Buffer.from(half).toString('base64url'),
  )
  const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }, format: 'jwk' })
  const bare: Task = {
    run: () => accept(verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature)),
    repeat: 10,
  }
  const hot: Task = { run: () => accept(enclaveKnown.verifyQuote(quote, { collateral, now }).ok), repeat: 100 }
  const warm: Task = { run: () => accept(platformKnown.verifyQuote(quote, { collateral, now }).ok), repeat: 40 }
  const version = packageVersion(peerName)
  const row = (name: string, ourTask: Task, target: number): Promise<Row> =>
    compare(context, {
      name: `tee-verify/${name}`,
      sides: { ours: ourTask, peer: peerTask },
      target,
      rounds: rounds.againstPeer,
      peerName,
      version,
    })
  context.say('verifying …')
  return [
    await row('cold', { run: cold, repeat: 6 }, 5),
    await row('collateral-and-pck-cached', warm, 25),
    await row('quoting-enclave-cached', hot, 80),
    // At most 1.5 times one signature, which is the floor. The tenth percentile: of operations this short, the uninterrupted ones.
    await compare(context, {
      name: 'tee-verify/quoting-enclave-cached-floor-p10',
      sides: { ours: { ...hot, repeat: bare.repeat }, peer: bare },
      target: 0.667,
      rounds: rounds.againstFloor,
      fraction: 0.1,
      peerName: 'node:crypto, one P-256 verification',
      version: process.versions.node,
    }),
  ]
}

async function compare(
  context: BenchmarkContext,
  input: {
    readonly name: string
    readonly sides: Readonly<Record<SideName, Task>>
    readonly target: number
    readonly rounds: number
    /** Which percentile is reported; the median when left out. */
    readonly fraction?: number
    readonly peerName: string
    readonly version: string
  },
): Promise<Row> {
  const samples: Record<SideName, number[]> = { ours: [], peer: [] }
  const measure = (side: SideName): number => {
    const { run: once, repeat } = input.sides[side]
    const started = performance.now()
    for (let count = 0; count < repeat; count++) once()
    return ((performance.now() - started) * 1000) / repeat
  }
  await takeTurns(input.rounds / 4, async (side) => void measure(side), context.signal)
  await takeTurns(input.rounds, async (side) => void samples[side].push(measure(side)), context.signal)
  return rowOf({
    name: input.name,
    ours: percentileOf(samples.ours, input.fraction ?? 0.5),
    peer: percentileOf(samples.peer, input.fraction ?? 0.5),
    peerName: input.peerName,
    peerVersion: input.version,
    unit: 'µs',
    better: 'lower',
    target: input.target,
    config: { ...context.machine, rounds: input.rounds, quote: 'near-mpc-v4' },
  })
}

async function firstVerifyRow(context: BenchmarkContext, file: string): Promise<Row> {
  context.say('importing …')
  const peerFile = createRequire(import.meta.url).resolve(peerName)
  const samples: Record<SideName, number[]> = { ours: [], peer: [] }
  await takeTurns(
    processes,
    async (side, round) => {
      const elapsed = await (side === 'ours' ? ourFirstVerify(file) : peerFirstVerify(peerFile))
      if (round > 0) samples[side].push(elapsed)
    },
    context.signal,
  )
  return rowOf({
    name: 'tee-verify/import-and-first-verify',
    ours: medianOf(samples.ours),
    peer: medianOf(samples.peer),
    peerName,
    peerVersion: packageVersion(peerName),
    unit: 'ms',
    better: 'lower',
    target: 3,
    config: { ...context.machine, processes, entry: '@og/tee-verify/node' },
  })
}

async function bundleRows(context: BenchmarkContext): Promise<readonly Row[]> {
  context.say('bundling …')
  const names = 'parseQuote, parseCollateral, verifyQuoteAsync, checkPolicy'
  const code = `export { ${names} } from '@og/tee-verify'`
  const theirs = await browserBytes(`export { verify } from '${peerName}'`)
  const row = (name: string, ours: number, target: number | null): Row =>
    rowOf({
      name: `tee-verify/${name}`,
      ours,
      peer: theirs,
      peerName,
      peerVersion: packageVersion(peerName),
      unit: 'bytes, minified and gzipped',
      better: 'lower',
      target,
      config: { ...context.machine, exports: names, limit: bundleLimit },
    })
  return [
    // The demand is a size: the ratio that it makes.
    row('browser-bundle-without-noble', await browserBytes(code, ['@noble/*']), theirs / bundleLimit),
    row('browser-bundle', await browserBytes(code), null),
  ]
}
