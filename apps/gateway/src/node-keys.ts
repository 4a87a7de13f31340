import type { Hex } from '@og/settlement'
import { errorText } from './error-text.js'
import type { Log } from './log.js'
import type { NodeIdentity } from './node-identity.js'

/** The keys of a node over time: as a whole it is the newest identity, and it knows those that still serve. */
export interface NodeKeys extends NodeIdentity {
  /** The identity of that name, as long as calls that were quoted under it are served; `undefined` afterwards. */
  readonly find: (nodeId: Hex) => NodeIdentity | undefined
  /** The identity that follows as soon as the registry knows it; `undefined` while none is due. */
  readonly next: () => NodeIdentity | undefined
  /**
   * Does what is due: draws the next keys, has them registered, puts them to use, retires old ones. Call it every second or so; it never
   * rejects: what failed is logged and tried again.
   */
  readonly step: () => Promise<void>
}

/** Options of {@link createNodeKeys}. */
export interface NodeKeysOptions {
  /** Draws new keys and their manifest. */
  readonly draw: () => Promise<NodeIdentity>
  readonly now: () => bigint
  /** Age at which a receipt key is to be followed by the next. */
  readonly rotateAfterSeconds: bigint
  /** How long calls that were quoted under the old key are still served under it. */
  readonly overlapSeconds: bigint
  readonly isRegistered: (nodeId: Hex) => Promise<boolean>
  /** Asks for the registration of an identity; may be called again until it is there. Without it, somebody else registers. */
  readonly register?: ((identity: NodeIdentity) => Promise<void>) | undefined
  readonly log: Log
}

/** How often a registration that has not come is asked for again. */
const registerEverySeconds = 5n

/** Draws the first identity. It serves at once; the ones after it wait for the registry. */
export async function createNodeKeys(options: NodeKeysOptions): Promise<NodeKeys> {
  const { now, log, isRegistered, register } = options
  let current = await options.draw()
  let bornAt = now()
  let next: NodeIdentity | undefined
  let retired: readonly { readonly identity: NodeIdentity; readonly until: bigint }[] = []
  const askedAt = new Map<Hex, bigint>()
  let running: Promise<void> | undefined

  const serving = (): readonly NodeIdentity[] => {
    const at = now()
    return [current, ...retired.filter(({ until }) => at < until).map(({ identity }) => identity)]
  }

  async function ask(identity: NodeIdentity): Promise<void> {
    const at = now()
    if (register === undefined || at < (askedAt.get(identity.nodeId) ?? 0n) + registerEverySeconds) return
    askedAt.set(identity.nodeId, at)
    try {
      await register(identity)
    } catch (error) {
      log.warn('registration failed', { error: errorText(error) })
    }
  }

  async function isKnown({ nodeId }: NodeIdentity): Promise<boolean> {
    try {
      return await isRegistered(nodeId)
    } catch {
      return false
    }
  }

  async function advance(): Promise<void> {
    for (const identity of serving()) await identity.renewSealingKeys()
    retired = retired.filter(({ until }) => now() < until)
    if (!(await isKnown(current))) await ask(current)
    if (next === undefined && now() - bornAt >= options.rotateAfterSeconds) {
      next = await options.draw()
      log.info('next receipt key drawn', { nodeId: next.nodeId })
    }
    if (next === undefined) return
    if (!(await isKnown(next))) {
      await ask(next)
      return
    }
    const before = current
    retired = [{ identity: before, until: now() + options.overlapSeconds }, ...retired]
    current = next
    bornAt = now()
    next = undefined
    askedAt.clear()
    log.info('receipt key rotated', { nodeId: current.nodeId, before: before.nodeId })
  }

  return {
    get nodeId() {
      return current.nodeId
    },
    get manifest() {
      return current.manifest
    },
    get manifestJson() {
      return current.manifestJson
    },
    get domain() {
      return current.domain
    },
    sign: (digest) => current.sign(digest),
    signNow: (digest) => current.signNow(digest),
    sealingKeys: () => serving().flatMap((identity) => identity.sealingKeys()),
    signedSealingKey: () => current.signedSealingKey(),
    renewSealingKeys: () => current.renewSealingKeys(),
    find: (nodeId) => (nodeId === current.nodeId ? current : serving().find((identity) => identity.nodeId === nodeId)),
    next: () => next,
    step: () => {
      running ??= advance()
        .catch((error: unknown) => {
          log.error('keys not renewed', { error: errorText(error) })
        })
        .finally(() => {
          running = undefined
        })
      return running
    },
  }
}
