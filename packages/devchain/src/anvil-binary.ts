import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { DevchainError } from './devchain-error.js'

const platforms: Readonly<Record<string, string>> = { linux: 'linux', darwin: 'darwin', win32: 'win32' }
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

/** Where {@link anvilBinary} looks; each part has the running process as its default. */
export interface AnvilBinaryOptions {
  /** A path that wins over everything else. */
  readonly anvilBin?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly platform?: string
  readonly architecture?: string
}

/**
 * Finds the native anvil binary: `anvilBin`, then `ANVIL_BIN`, then the npm platform package, then `PATH`.
 *
 * @throws DevchainError `ANVIL_NOT_FOUND`
 */
export function anvilBinary(options: AnvilBinaryOptions = {}): string {
  const env = options.env ?? process.env
  const named = options.anvilBin ?? env['ANVIL_BIN']
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named
    throw new DevchainError('ANVIL_NOT_FOUND', `No file at ${named} (from ANVIL_BIN or the option anvilBin).`)
  }
  const platform = options.platform ?? process.platform
  const executable = platform === 'win32' ? 'anvil.exe' : 'anvil'
  const found =
    fromPlatformPackage(executable, platform, options.architecture ?? process.arch) ??
    (env['PATH'] ?? '')
      .split(delimiter)
      .filter((folder) => folder !== '')
      .map((folder) => join(folder, executable))
      .find((path) => existsSync(path))
  if (found !== undefined) return found
  throw new DevchainError(
    'ANVIL_NOT_FOUND',
    `No anvil for ${platform}-${options.architecture ?? process.arch}: install Foundry (https://getfoundry.sh) so that anvil is on PATH, or set ANVIL_BIN to the binary.`,
  )
}

function fromPlatformPackage(executable: string, platform: string, architecture: string): string | undefined {
  const os = platforms[platform]
  const cpu = architectures[architecture]
  if (os === undefined || cpu === undefined) return undefined
  const require = createRequire(import.meta.url)
  try {
    // The wrapper script of the main package costs 140 ms at each start; its platform package has the program itself.
    const main = require.resolve('@foundry-rs/anvil/package.json')
    const manifest = createRequire(main).resolve(`@foundry-rs/anvil-${os}-${cpu}/package.json`)
    const path = join(dirname(manifest), 'bin', executable)
    return existsSync(path) ? path : undefined
  } catch {
    return undefined
  }
}
