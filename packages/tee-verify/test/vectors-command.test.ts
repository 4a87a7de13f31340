import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const packageFolder = join(import.meta.dirname, '..')
const good = join(import.meta.dirname, 'vectors', 'synthetic', 'P01')
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'og-vectors-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs the command as its users do, on a folder; returns exit code and lines. */
function run(...args: readonly string[]): { readonly status: number | null; readonly lines: readonly unknown[] } {
  const script = join(packageFolder, 'scripts', 'vectors.ts')
  const command = ['--conditions=@og/source', '--import', 'tsx', script, ...args]
  const { status, stdout } = spawnSync(process.execPath, command, { cwd: packageFolder, encoding: 'utf8' })
  return {
    status,
    lines: stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line): unknown => JSON.parse(line)),
  }
}

function copyOf(path: string, change: (at: string) => void = () => undefined): void {
  const at = join(folder, path)
  cpSync(good, at, { recursive: true })
  change(at)
}

describe('the vectors command', () => {
  it('behavior: one line for each folder, however it is called, wherever it stands, whatever is wrong with it', () => {
    copyOf('a')
    copyOf('a/inside a vector/ünknown name')
    copyOf('b-no-quote', (at) => rmSync(join(at, 'quote.bin')))
    copyOf('c-no-time', (at) => rmSync(join(at, 'vector.json')))
    copyOf('d-bad-manifest', (at) => writeFileSync(join(at, 'vector.json'), '[{]'))
    copyOf('e-no-number', (at) => writeFileSync(join(at, 'vector.json'), '{"now":"soon"}'))
    copyOf('f-folders-for-files', (at) => {
      for (const name of ['quote.bin', 'root.pem']) {
        rmSync(join(at, name))
        mkdirSync(join(at, name))
      }
    })
    copyOf('g-no-collateral', (at) => {
      for (const name of ['tcbinfo.json', 'collateral.json']) rmSync(join(at, name))
    })
    copyOf('h-no-list', (at) => rmSync(join(at, 'pck_crl.der')))
    copyOf('i-other-files', (at) => writeFileSync(join(at, 'notes.txt'), 'nothing'))
    copyOf('j-no-root', (at) => rmSync(join(at, 'root.pem')))
    mkdirSync(join(folder, 'k-empty'))
    writeFileSync(join(folder, 'l-file'), '')
    symlinkSync(folder, join(folder, 'm-circle'))
    symlinkSync(join(folder, 'nowhere'), join(folder, 'n-broken'))
    const { status, lines } = run(folder)
    const line = (id: string, code: string | null, failedStep: string | null = 'parse', platform = 'simulated') => {
      const ok = code === null
      return { id, ok, status: ok ? 'UpToDate' : null, code, failedStep: ok ? null : failedStep, platform }
    }
    expect(lines).toEqual([
      line('a', null),
      line('ünknown name', null),
      line('b-no-quote', 'BAD_COLLATERAL'),
      line('c-no-time', 'BAD_COLLATERAL'),
      line('d-bad-manifest', 'BAD_JSON'),
      line('e-no-number', 'INVALID_TIME', 'clock'),
      line('f-folders-for-files', 'BAD_COLLATERAL', 'parse', 'intel'),
      line('g-no-collateral', 'BAD_COLLATERAL'),
      line('h-no-list', 'BAD_COLLATERAL'),
      line('i-other-files', null),
      line('j-no-root', 'ROOT_NOT_TRUSTED', 'trust-root', 'intel'),
    ])
    expect(status).toBe(0)
  })

  it.each(['webcrypto', 'noble'])('behavior: the same on %s', (backend) => {
    const line = { id: 'P01', ok: true, status: 'UpToDate', code: null, failedStep: null, platform: 'simulated' }
    expect(run(good, '--backend', backend)).toEqual({ status: 0, lines: [line] })
  })

  it.each([
    ['folder', [join(tmpdir(), 'og-nowhere')]],
    ['backend', [good, '--backend', 'quantum']],
  ])('error: a %s that does not exist', (_, args) => {
    expect(run(...args)).toEqual({ status: 2, lines: [] })
  })

  it('error: a folder without a vector is no success', () => {
    expect(run(join(packageFolder, 'scripts'))).toEqual({ status: 2, lines: [] })
  })
})
