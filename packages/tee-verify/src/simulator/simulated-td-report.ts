import { concatBytes } from '../bytes/concat-bytes.js'
import { bytesOfHex, type Hex } from '../bytes/hex.js'
import { attributeBits, type TdAttribute } from '../quote/td-attributes.js'
import { QuoteError } from '../quote-error.js'
import { labelledBytes, simulatedHardware, simulatedMeasurements } from './simulated-hardware.js'

/** What a simulated TD reports. */
export interface SimulatedTdOptions {
  /** 64 bytes. */
  readonly reportData: Uint8Array
  /** Default: `simulatedMeasurements()`. */
  readonly mrTd?: Hex
  /** RTMR0 to RTMR3; those left out as in `simulatedMeasurements()`. */
  readonly rtMr?: readonly Hex[]
  /** Default: zero, as all that follow. */
  readonly mrConfigId?: Hex
  readonly mrOwner?: Hex
  readonly mrOwnerConfig?: Hex
  /** Hash of the service TDs that are bound; in reports from 1.5. */
  readonly mrServiceTd?: Hex
  /** Which report a quote of version 5 carries; default `1.5`. Version 4 carries 1.0. */
  readonly tdReport?: '1.0' | '1.5' | '1.5-extended'
  /** Default: `SEPT_VE_DISABLE`. */
  readonly attributes?: readonly TdAttribute[]
  /** 8 bytes. */
  readonly xfam?: Hex
  /** Fault: the TD runs under debug. */
  readonly debug?: boolean
  /** The minor SVN of the TDX module at launch; below 5 it is outdated, below 2 unknown. */
  readonly moduleSvn?: number
  /** The same of the module that runs now, in reports from 1.5; default: as at launch. */
  readonly currentModuleSvn?: number
  /** The major version of the TDX module; default 1, others but 0 are unknown. */
  readonly moduleVersion?: number
  /** Fault: MRSIGNERSEAM, 48 bytes, of a module that is not Intel's. */
  readonly mrSignerSeam?: Hex
  /** Fault: SEAMATTRIBUTES, 8 bytes. */
  readonly seamAttributes?: Hex
}

const extendedLength = 885 - 648

/** The number of the body type in a quote of version 5. */
export function tdReportTypeOf({ tdReport = '1.5' }: SimulatedTdOptions, version: 4 | 5): 2 | 3 | 4 {
  if (version === 4 || tdReport === '1.0') return 2
  return tdReport === '1.5' ? 3 : 4
}

/** Writes the report of a simulated TD, of one of the three body types. */
export function encodeSimulatedTdReport(options: SimulatedTdOptions, type: 2 | 3 | 4): Uint8Array {
  const standard = simulatedMeasurements()
  const [rtMr0 = standard.rtMr0, rtMr1 = standard.rtMr1, rtMr2 = standard.rtMr2, rtMr3 = standard.rtMr3] =
    options.rtMr ?? []
  const { attributes = ['SEPT_VE_DISABLE'], debug = false, xfam = '0xe702060000000000' } = options
  const { moduleSvn = simulatedHardware.teeTcbSvn[0] ?? 0, moduleVersion = 1, currentModuleSvn = moduleSvn } = options
  const svnOf = (minor: number): Uint8Array =>
    Uint8Array.of(minor, moduleVersion, ...simulatedHardware.teeTcbSvn.slice(2))
  return concatBytes(
    svnOf(moduleSvn),
    concatBytes(labelledBytes('TDX module'), new Uint8Array(16)),
    bytesIn(options.mrSignerSeam, 48),
    bytesIn(options.seamAttributes, 8),
    attributesOf(debug ? ['DEBUG', ...attributes] : attributes),
    bytesIn(xfam, 8),
    bytesIn(options.mrTd ?? standard.mrTd, 48),
    bytesIn(options.mrConfigId, 48),
    bytesIn(options.mrOwner, 48),
    bytesIn(options.mrOwnerConfig, 48),
    ...[rtMr0, rtMr1, rtMr2, rtMr3].map((register) => bytesIn(register, 48)),
    options.reportData,
    ...(type === 2 ? [] : [svnOf(currentModuleSvn), bytesIn(options.mrServiceTd, 48)]),
    new Uint8Array(type === 4 ? extendedLength : 0),
  )
}

function attributesOf(names: readonly TdAttribute[]): Uint8Array {
  const bytes = new Uint8Array(8)
  for (const name of names) {
    const bit = attributeBits[name]
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7))
  }
  return bytes
}

/** The bytes of a field, zero when it is left out. */
function bytesIn(hex: Hex | undefined, length: number): Uint8Array {
  if (hex === undefined) return new Uint8Array(length)
  const bytes = bytesOfHex(hex)
  if (bytes.length !== length) throw new QuoteError('BAD_INPUT', `a field of ${bytes.length} bytes, expected ${length}`)
  return bytes
}
