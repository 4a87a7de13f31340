import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { parseQuote } from '../quote/quote.js'
import { QuoteError } from '../quote-error.js'
import { createSimulatedPlatform } from '../simulator/simulated-platform.js'
import { type ConfigfsTsmOptions, configfsTsmQuoteSource } from './configfs-tsm.js'
import { readCcelEventLog } from './read-ccel.js'
import { systemTsmFiles, type TsmFiles } from './tsm-files.js'

const platform = createSimulatedPlatform({ now: 1_795_348_800n })
const base = mkdtempSync(join(tmpdir(), 'og-tsm-'))
const reportData = Uint8Array.from({ length: 64 }, (_, index) => index)
let root = ''
beforeEach(() => {
  root = mkdtempSync(join(base, 'report-'))
})
afterAll(() => rmSync(base, { recursive: true }))

const errno = (code: string): Error => Object.assign(new Error(code), { code })

/** What the fake kernel does besides, called before each operation; a thrown error is the operation's. */
type Interference = (operation: keyof TsmFiles, name: string, entry: string) => void

/**
 * A kernel on a plain folder: a new entry gets its files, a write to `inblob` counts `generation` up, reading `outblob` makes a
 * quote of what was written, and removing the entry takes its files with it, as configfs does.
 */
function fakeKernel(interfere: Interference = () => undefined, provider = 'tdx_guest'): TsmFiles {
  const count = (entry: string): void => {
    const generation = Number(readFileSync(join(entry, 'generation'), 'latin1'))
    writeFileSync(join(entry, 'generation'), `${generation + 1}\n`)
  }
  const before = (operation: keyof TsmFiles, path: string): { name: string; entry: string } => {
    const parts = path.slice(root.length + 1).split('/')
    const place = { name: parts[1] ?? '', entry: join(root, parts[0] ?? '') }
    interfere(operation, place.name, place.entry)
    return place
  }
  return {
    async makeFolder(path) {
      before('makeFolder', path)
      await systemTsmFiles.makeFolder(path)
      writeFileSync(join(path, 'provider'), `${provider}\n`)
      writeFileSync(join(path, 'generation'), '0\n')
      writeFileSync(join(path, 'inblob'), '')
    },
    async readText(path) {
      before('readText', path)
      return await systemTsmFiles.readText(path)
    },
    async readBytes(path) {
      const { entry } = before('readBytes', path)
      const asked = new Uint8Array(readFileSync(join(entry, 'inblob')))
      writeFileSync(path, platform.quote({ reportData: asked }))
      const quote = await systemTsmFiles.readBytes(path)
      interfere('readBytes', 'after', entry)
      return quote
    },
    async writeBytes(path, bytes) {
      const { entry } = before('writeBytes', path)
      await systemTsmFiles.writeBytes(path, bytes)
      count(entry)
    },
    async removeFolder(path) {
      before('removeFolder', path)
      for (const name of readdirSync(path)) rmSync(join(path, name))
      await systemTsmFiles.removeFolder(path)
    },
  }
}

const waits: number[] = []
const sourceOf = (interfere?: Interference, more: ConfigfsTsmOptions = {}) => {
  waits.length = 0
  return configfsTsmQuoteSource({
    root,
    files: fakeKernel(interfere),
    wait: async (milliseconds) => void waits.push(milliseconds),
    ...more,
  })
}
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof QuoteError ? error.code : String(error)),
  )
/** Interferes once, or each time. */
const when = (times: number, act: Interference): Interference => {
  let left = times
  return (operation, name, entry) => {
    if (left <= 0) return
    const threw = (() => {
      try {
        act(operation, name, entry)
      } catch (error) {
        return error
      }
      return undefined
    })()
    if (threw === undefined) return
    left -= 1
    if (threw !== 'done') throw threw
  }
}
const failing = (wanted: keyof TsmFiles, file: string, code: string): Interference => {
  return (operation, name) => {
    if (operation === wanted && name === file) throw errno(code)
  }
}

describe('configfsTsmQuoteSource', () => {
  it('default: a quote of these 64 bytes, and nothing left behind', async () => {
    const quote = await sourceOf()(reportData)
    expect(parseQuote(quote).td.reportData).toBe(`0x${Buffer.from(reportData).toString('hex')}`)
    expect(readdirSync(root)).toEqual([])
    expect(waits).toEqual([])
  })

  it('behavior: many at once have an entry each', async () => {
    const source = sourceOf()
    const asked = Array.from({ length: 8 }, (_, index) => new Uint8Array(64).fill(index))
    const quotes = await Promise.all(asked.map((each) => source(each)))
    expect(quotes.map((quote) => parseQuote(quote).td.reportData.slice(-2))).toEqual(asked.map((each) => `0${each[0]}`))
    expect(readdirSync(root)).toEqual([])
  })

  it('behavior: the buffer may be reused while the kernel is asked', async () => {
    const buffer = reportData.slice()
    const pending = sourceOf()(buffer)
    buffer.fill(0)
    expect(parseQuote(await pending).td.reportData).toBe(`0x${Buffer.from(reportData).toString('hex')}`)
  })

  it.each([
    ['the entry exists', failing('makeFolder', '', 'EEXIST')],
    ['the quoting service is busy', failing('readBytes', 'outblob', 'EBUSY')],
    ['the entry was written to meanwhile', failing('readBytes', 'outblob', 'EAGAIN')],
    ['a signal came', failing('writeBytes', 'inblob', 'EINTR')],
    ['the host did not answer in time', failing('readBytes', 'outblob', 'ETIMEDOUT')],
  ])('behavior: tried again, later each time: %s', async (_, interfere) => {
    const quote = await sourceOf(when(2, interfere))(reportData)
    expect(parseQuote(quote).td.reportData).toBe(`0x${Buffer.from(reportData).toString('hex')}`)
    expect(waits).toEqual([50, 100])
    expect(readdirSync(root)).toEqual([])
  })

  it.each([
    ['before the report data', 'writeBytes', 'inblob'],
    ['while the quote is made', 'readBytes', 'after'],
  ] as const)('behavior: somebody else writes %s', async (_, wanted, file) => {
    const interfere: Interference = (operation, name, entry) => {
      if (operation !== wanted || name !== file) return
      writeFileSync(join(entry, 'generation'), '7\n')
      throw 'done'
    }
    expect(await codeOf(sourceOf(when(1, interfere))(reportData))).toBe('no error')
    expect(waits).toEqual([50])
    expect(await codeOf(sourceOf(when(9, interfere))(reportData))).toBe('QUOTE_SOURCE_BUSY')
    expect(waits).toEqual([50, 100, 200, 400])
    expect(readdirSync(root)).toEqual([])
  })

  it('error: a quote of other report data', async () => {
    const swap: Interference = (operation, name, entry) => {
      if (operation === 'readBytes' && name === 'outblob') writeFileSync(join(entry, 'inblob'), new Uint8Array(64))
    }
    expect(await codeOf(sourceOf(swap)(reportData))).toBe('QUOTE_SOURCE_MISMATCH')
    expect(readdirSync(root)).toEqual([])
  })

  it('error: another provider, a kernel without the interface, a generation that is no number', async () => {
    const amd = sourceOf(undefined, { files: fakeKernel(undefined, 'sev_guest') })
    expect(await codeOf(amd(reportData))).toBe('QUOTE_SOURCE_UNAVAILABLE')
    expect(await codeOf(configfsTsmQuoteSource({ root: join(root, 'nowhere') })(reportData))).toBe(
      'QUOTE_SOURCE_UNAVAILABLE',
    )
    const odd: Interference = (operation, name, entry) => {
      if (operation === 'readText' && name === 'provider') writeFileSync(join(entry, 'generation'), 'many\n')
    }
    expect(await codeOf(sourceOf(odd)(reportData))).toBe('QUOTE_SOURCE_UNAVAILABLE')
    expect(readdirSync(root)).toEqual([])
  })

  it('error: what the kernel gives is no quote, or too long', async () => {
    const giving = (bytes: Uint8Array): TsmFiles => ({ ...fakeKernel(), readBytes: async () => bytes })
    const codes = [new Uint8Array(10), new Uint8Array(65_537)].map((bytes) =>
      codeOf(sourceOf(undefined, { files: giving(bytes) })(reportData)),
    )
    expect(await Promise.all(codes)).toEqual(['TRUNCATED', 'TOO_LARGE'])
  })

  it.each([0, 32, 63, 65])('error: %i bytes of report data', async (length) => {
    expect(await codeOf(sourceOf()(new Uint8Array(length)))).toBe('BAD_INPUT')
  })

  it('behavior: without the fake, the same operations on the file system', async () => {
    const entry = join(root, 'og-0102030405060708')
    const pending = configfsTsmQuoteSource({ root, randomBytes: () => Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) })(
      reportData,
    )
    // A plain folder has no provider.
    expect(await codeOf(pending)).toBe('QUOTE_SOURCE_UNAVAILABLE')
    expect(existsSync(entry)).toBe(false)
    mkdirSync(entry)
    const taken = configfsTsmQuoteSource({ root, retries: 0, randomBytes: () => Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) })
    expect(await codeOf(taken(reportData))).toBe('QUOTE_SOURCE_BUSY')
    expect(existsSync(entry)).toBe(true)
  })
})

describe('readCcelEventLog', () => {
  it('default: the log of a real machine', async () => {
    const path = join(import.meta.dirname, '../../test/vectors/eventlog/gcp-cos113-ccel/ccel.bin')
    const log = await readCcelEventLog({ path })
    expect([log.format, log.events.length]).toEqual(['ccel', 43])
  })

  it('error: no table, or another file in its place', async () => {
    expect(await codeOf(readCcelEventLog({ path: join(root, 'CCEL') }))).toBe('QUOTE_SOURCE_UNAVAILABLE')
    writeFileSync(join(root, 'CCEL'), 'text')
    expect(await codeOf(readCcelEventLog({ path: join(root, 'CCEL') }))).toBe('TRUNCATED')
  })
})
