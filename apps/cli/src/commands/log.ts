import { join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import type { CliEnvironment } from '../environment.js'
import { type ExitCode, exitCodes } from '../exit-code.js'
import type { LogOnChain } from '../node/log-chain.js'
import { fetchManifest } from '../node/node-manifest.js'
import { NodeFailure, nodeUrlOf } from '../node-url.js'
import { jsonText, verificationText } from '../output.js'
import type { Omission } from '../promises/omission.js'
import type { WatchRound } from '../promises/watch-promises.js'
import { readJsonFile } from '../read-json-file.js'
import { rpcUrlOf } from '../rpc-url.js'

interface LogFlags {
  readonly url?: string
  readonly rpc?: string
  readonly interval: number
  readonly once?: boolean
  readonly evidence: string
  readonly json?: boolean
}

/** Adds `og log`. */
export function addLogCommand(
  program: Command,
  { environment, end }: { readonly environment: CliEnvironment; readonly end: (code: ExitCode) => void },
): void {
  const log = program.command('log').description('the append-only log of a node, and the promises of its receipts')
  const reading = (command: Command): Command =>
    command.option('--url <url>', 'base URL of the node').option('--rpc <url>', 'JSON-RPC of the record chain')

  async function logOf(flags: LogFlags): Promise<LogOnChain> {
    const rpc = await rpcUrlOf(flags.rpc, environment)
    const { record, logId } = await fetchManifest(await nodeUrlOf(flags.url, environment), environment)
    return { rpc, contract: record.inferenceLog, logId }
  }

  async function orNodeFailure<T>(rpc: string, read: Promise<T>): Promise<T> {
    return read.catch(() => {
      throw new NodeFailure(`the chain at ${rpc} does not answer`)
    })
  }

  reading(log.command('checkpoint').description('the last head that stands on chain'))
    .option('--json', 'print JSON')
    .action(async (flags: LogFlags) => {
      const wanted = await logOf(flags)
      const { readLastCheckpoint } = await import('../node/log-chain.js')
      const last = await orNodeFailure(wanted.rpc, readLastCheckpoint(wanted))
      if (last === null) throw new NodeFailure('the log has no checkpoint on chain yet')
      if (flags.json) return environment.out(`${jsonText(last)}\n`)
      const { logId, seq, size, root } = last.checkpoint
      const at = new Date(Number(last.publishedAt) * 1000).toISOString()
      environment.out(
        `log ${logId}\ncheckpoint ${seq}, ${size} leaves, ${at}\nroot ${root}\nblock ${last.blockNumber}, ${last.transactionHash}\n`,
      )
    })

  reading(log.command('consistency').description('prove that every head only appends to the one before'))
    .option('--json', 'print JSON')
    .action(async (flags: LogFlags) => {
      const wanted = await logOf(flags)
      const { readCheckpoints } = await import('../node/log-chain.js')
      const checkpoints = await orNodeFailure(wanted.rpc, readCheckpoints(wanted))
      const broken = checkpoints.filter(({ isConsistent }) => isConsistent === false)
      if (flags.json) environment.out(`${jsonText({ logId: wanted.logId, checkpoints })}\n`)
      else {
        for (const { checkpoint, isConsistent } of checkpoints) {
          const { seq, size, root } = checkpoint
          const word = isConsistent === null ? (seq === 1n ? 'first' : '?') : isConsistent ? 'ok' : 'FAIL'
          environment.out(`  ${word.padEnd(6)} checkpoint ${seq}, ${size} leaves, ${root}\n`)
        }
      }
      if (broken.length > 0) end(exitCodes.verification)
    })

  reading(log.command('watch').description('hold nodes to their promises: kept receipts must be in the log in time'))
    .option('--interval <seconds>', 'how often it looks', parseSeconds, 10)
    .option('--once', 'look once and end')
    .option('--evidence <folder>', 'where proof of an omission is written', 'omissions')
    .option('--json', 'print one JSON line for each receipt')
    .addHelpText(
      'after',
      `
Examples:
  $ og log watch --rpc https://rpc.example                   every kept receipt, at the node that it names
  $ og log watch --once --json --url https://node.example --rpc https://rpc.example
  $ og log judge omissions/0x….json --rpc https://rpc.example`,
    )
    .action(async (flags: LogFlags) => {
      const rpc = await rpcUrlOf(flags.rpc, environment)
      const url = flags.url === undefined ? undefined : await nodeUrlOf(flags.url, environment)
      const node = url === undefined ? {} : { node: { url, logId: (await fetchManifest(url, environment)).logId } }
      const { watchRound } = await import('../promises/watch-promises.js')
      const reported = new Set<string>()
      let interrupted = false
      void environment.interrupted.then(() => {
        interrupted = true
      })
      for (;;) {
        const round = await watchRound({ rpc, environment, ...node })
        if (await report(round, { flags, reported })) end(exitCodes.verification)
        if (flags.once || interrupted) return
        await Promise.race([environment.sleep(flags.interval * 1000), environment.interrupted])
        if (interrupted) return
      }
    })

  log
    .command('judge')
    .description('judge the evidence of an omission that `og log watch`, or somebody else, has written')
    .argument('<evidence.json>')
    .option('--rpc <url>', 'JSON-RPC of the record chain, to check the head and that no record stands there')
    .option('--json', 'print JSON')
    .action(async (file: string, flags: LogFlags) => {
      const json = await readJsonFile(file, environment)
      const [{ parseOmission }, { judgeOmission }, { createPublicClient, http }] = await Promise.all([
        import('../promises/omission.js'),
        import('../promises/judge-omission.js'),
        import('viem'),
      ])
      const chain = flags.rpc === undefined ? undefined : createPublicClient({ transport: http(flags.rpc) })
      const verdict = await judgeOmission(parseOmission(json), { now: environment.now(), chain })
      if (flags.json) environment.out(`${jsonText(verdict)}\n`)
      else {
        const held =
          chain === undefined ? 'The evidence holds; only the chain can confirm it.\n' : 'The node broke its promise.\n'
        const word = verdict.ok ? held : 'The evidence does NOT hold.\n'
        environment.out(`${verificationText(verdict)}\n${word}`)
      }
      if (!verdict.ok) end(exitCodes.verification)
    })

  /** Prints a round and writes evidence; says whether anything is wrong. */
  async function report(
    round: WatchRound,
    { flags, reported }: { readonly flags: LogFlags; readonly reported: Set<string> },
  ): Promise<boolean> {
    for (const { checkpoint } of round.broken) {
      environment.err(
        `FAIL: checkpoint ${checkpoint.seq} of log ${checkpoint.logId} does not append to the one before\n`,
      )
    }
    let isWrong = round.broken.length > 0
    for (const found of round.promises) {
      const { paymentHash, settleBy } = found.promise.receipt
      let evidence: string | undefined
      if (found.state === 'omitted') {
        isWrong = true
        evidence = join(flags.evidence, `${paymentHash}.json`)
        if (!reported.has(paymentHash)) {
          await writeEvidence(evidence, found.omission)
          environment.err(`FAIL: ${paymentHash} was promised by ${settleBy} and is not there; see ${evidence}\n`)
        }
        reported.add(paymentHash)
      }
      if (found.state === 'unsigned') {
        isWrong = true
        environment.err(`FAIL: the kept receipt of ${paymentHash} is not signed by its node\n`)
      }
      if (flags.json) environment.out(`${jsonText({ paymentHash, state: found.state, settleBy, evidence })}\n`)
      else environment.out(`  ${found.state.padEnd(8)} ${paymentHash}\n`)
    }
    if (!flags.json) {
      const rest = round.others === 0 ? '' : `, ${round.others} of other logs left out`
      environment.err(`${round.promises.length} receipts watched${rest}, ${round.leaves} leaves on chain\n`)
    }
    return isWrong
  }

  async function writeEvidence(file: string, omission: Omission): Promise<void> {
    const { encodeOmission } = await import('../promises/omission.js')
    await environment.writeFile(file, `${jsonText(encodeOmission(omission), 2)}\n`)
  }
}

function parseSeconds(text: string): number {
  if (!/^[1-9][0-9]{0,5}$/.test(text)) throw new InvalidArgumentError('expected a whole number of seconds')
  return Number(text)
}
