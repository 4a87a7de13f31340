import type { Hex } from '../bytes/hex.js'
import { createJsonFields, type JsonFields } from '../json/json-fields.js'
import { parseStrictJson } from '../json/strict-json.js'
import { QuoteError } from '../quote-error.js'
import { componentLevelsOf } from './component-levels.js'
import { type ComponentLevel, type LevelStatus, levelStatuses } from './tcb-status.js'

/** A TCB level of a platform: the least SVNs that give its status. */
export interface TcbLevel {
  readonly sgxComponents: readonly number[]
  readonly pceSvn: number
  /** Empty for SGX. */
  readonly tdxComponents: readonly number[]
  readonly status: LevelStatus
  /** Unix seconds. */
  readonly tcbDate: bigint
  readonly advisoryIds: readonly string[]
}

/** Who signed a TDX module and which SEAM attributes it may have. */
export interface TdxModule {
  readonly mrSigner: Hex
  readonly attributes: Hex
  readonly attributesMask: Hex
}

/** A TDX module of one major version, with its own TCB levels. */
export interface TdxModuleIdentity extends TdxModule {
  /** `TDX_` and the major version in two upper-case hexadecimal digits. */
  readonly id: string
  readonly levels: readonly ComponentLevel[]
}

/** Intel's signed statement about the TCB of one platform family (FMSPC), PCS API v4. */
export interface TcbInfo {
  readonly id: 'TDX' | 'SGX'
  /** Unix seconds. */
  readonly issueDate: bigint
  /** Unix seconds. */
  readonly nextUpdate: bigint
  readonly fmspc: Hex
  readonly pceId: Hex
  readonly evaluationDataNumber: number
  readonly tdxModule: TdxModule | null
  readonly tdxModuleIdentities: readonly TdxModuleIdentity[]
  /** Newest first. */
  readonly levels: readonly TcbLevel[]
}

const code = 'BAD_TCB_INFO'
const maximumLevels = 256
const maximumModules = 64

/**
 * Parses the inner `tcbInfo` object, version 3 (and version 2, which is SGX only). The signature is checked elsewhere, over
 * the same text.
 * @throws QuoteError `BAD_TCB_INFO`, `BAD_JSON`, `TOO_LARGE`
 */
export function parseTcbInfo(text: string): TcbInfo {
  const fields = createJsonFields(parseStrictJson(text).value, { code, path: 'tcbInfo' })
  const version = fields.number('version', 255)
  if (version !== 2 && version !== 3) throw new QuoteError(code, `version ${version} is not supported`)
  const id = version === 2 && !fields.has('id') ? 'SGX' : fields.oneOf('id', ['TDX', 'SGX'])
  if (version === 2 && id === 'TDX') throw new QuoteError(code, 'version 2 cannot describe TDX')
  fields.number('tcbType', 0)
  const isTdx = id === 'TDX'
  if (!isTdx && (fields.has('tdxModule') || fields.has('tdxModuleIdentities'))) {
    throw new QuoteError(code, 'TCB Info for SGX speaks of a TDX module')
  }
  const levels = fields
    .objects('tcbLevels', { minimum: 1, maximum: maximumLevels })
    .map((level) => (version === 2 ? legacyLevelOf(level) : levelOf(level, isTdx)))
  const sorted = [...levels].sort((left, right) => -compareLevels(left, right))
  if (sorted.some((level, index) => isSameLevel(level, sorted[index + 1]))) {
    throw new QuoteError(code, 'a TCB level occurs twice')
  }
  return {
    id,
    issueDate: fields.time('issueDate'),
    nextUpdate: fields.time('nextUpdate'),
    fmspc: fields.hex('fmspc', 6),
    pceId: fields.hex('pceId', 2),
    evaluationDataNumber: fields.number('tcbEvaluationDataNumber', 0xffffffff),
    tdxModule: isTdx ? moduleOf(fields.object('tdxModule')) : null,
    tdxModuleIdentities: isTdx && fields.has('tdxModuleIdentities') ? moduleIdentitiesOf(fields) : [],
    levels: sorted,
  }
}

function moduleOf(fields: JsonFields): TdxModule {
  return {
    mrSigner: fields.hex('mrsigner', 48),
    attributes: fields.hex('attributes', 8),
    attributesMask: fields.hex('attributesMask', 8),
  }
}

function moduleIdentitiesOf(fields: JsonFields): readonly TdxModuleIdentity[] {
  const statuses = ['UpToDate', 'OutOfDate', 'Revoked'] as const
  const identities = fields.objects('tdxModuleIdentities', { minimum: 1, maximum: maximumModules }).map((identity) => {
    const id = identity.text('id').toUpperCase()
    if (!/^TDX_[0-9A-F]{2}$/.test(id)) throw new QuoteError(code, 'a TDX module identity has a malformed id')
    return { id, ...moduleOf(identity), levels: componentLevelsOf(identity, { statuses, code }) }
  })
  if (new Set(identities.map((identity) => identity.id)).size !== identities.length) {
    throw new QuoteError(code, 'a TDX module identity occurs twice')
  }
  return identities
}

function levelOf(level: JsonFields, isTdx: boolean): TcbLevel {
  const tcb = level.object('tcb')
  return {
    sgxComponents: componentsOf(tcb, 'sgxtcbcomponents'),
    pceSvn: tcb.number('pcesvn', 65_535),
    tdxComponents: isTdx ? componentsOf(tcb, 'tdxtcbcomponents') : [],
    ...levelStatusOf(level),
  }
}

/** A level of version 2 (PCS API v3, retired): flat names `sgxtcbcomp01svn` to `sgxtcbcomp16svn`. */
function legacyLevelOf(level: JsonFields): TcbLevel {
  const tcb = level.object('tcb')
  return {
    sgxComponents: Array.from({ length: 16 }, (_, index) =>
      tcb.number(`sgxtcbcomp${String(index + 1).padStart(2, '0')}svn`, 255),
    ),
    pceSvn: tcb.number('pcesvn', 65_535),
    tdxComponents: [],
    ...levelStatusOf(level),
  }
}

function levelStatusOf(level: JsonFields): Pick<TcbLevel, 'status' | 'tcbDate' | 'advisoryIds'> {
  return {
    status: level.oneOf('tcbStatus', levelStatuses),
    tcbDate: level.time('tcbDate'),
    advisoryIds: level.advisoryIds('advisoryIDs'),
  }
}

function componentsOf(tcb: JsonFields, name: string): readonly number[] {
  return tcb.numbers(name, { count: 16, member: 'svn', maximum: 255 })
}

function svnsOf(level: TcbLevel): readonly number[] {
  return [...level.sgxComponents, level.pceSvn, ...level.tdxComponents]
}

function compareLevels(left: TcbLevel, right: TcbLevel): number {
  const others = svnsOf(right)
  for (const [index, svn] of svnsOf(left).entries()) {
    const difference = svn - (others[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function isSameLevel(level: TcbLevel, other: TcbLevel | undefined): boolean {
  return other !== undefined && compareLevels(level, other) === 0
}
