import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { type Address, checksumAddress, parseAddress } from '../address.js'
import { decodeBase64, encodeBase64 } from '../base64.js'
import type { ReceiptDomain } from '../eip712/domain.js'
import { bytesOf, type Hex, hexOf, isSameHex } from '../hex.js'
import { recoverSigner } from '../receipt/signature.js'
import { SettlementError } from '../settlement-error.js'
import { type Checkpoint, hashCheckpoint } from './checkpoint.js'

/** Longest note that is looked at, in UTF-16 units. */
export const MAX_NOTE_LENGTH = 16_384
/** Most signature lines of a note. */
export const MAX_NOTE_SIGNATURES = 16
const MAX_URI = 2048
const SIGNATURE_BYTES = 65
/** Signed notes keep type 0xff for what has no byte of its own; a name follows it. */
const SIGNATURE_TYPE = 'og-eip712-checkpoint-v1'

const UINT64 = '(0|[1-9][0-9]{0,19})'
const ORIGIN = new RegExp(`^og-inference-log/eip155:${UINT64}/(0x[0-9a-f]{40})/(0x[0-9a-f]{64})$`)
const SIGNATURE = /^— ([^ +]{1,256}) ([A-Za-z0-9+/]{4,4096}={0,2})$/u

/** A checkpoint as text with the signatures that it carries. */
export interface CheckpointNote {
  readonly checkpoint: Checkpoint
  /** Which chain and contract the checkpoint is for; part of what is signed. */
  readonly domain: ReceiptDomain
  /** EIP-712 signatures over the checkpoint: the very ones that the contract takes. Those of others are not listed. */
  readonly signatures: readonly NoteSignature[]
}

/** A node's signature in a note. */
export interface NoteSignature {
  /** First four bytes of SHA-256 over name, type and address (C2SP signed-note): says whose signature it may be. */
  readonly keyId: Hex
  readonly signature: Hex
}

/**
 * Writes a checkpoint as a C2SP tlog-checkpoint in a C2SP signed-note: origin, size, root in base64, `seq` and `uri` as
 * extension lines, then a line for each signature. The text says all that the EIP-712 struct says, so that the signature
 * for the chain signs the note, too.
 *
 * @throws SettlementError `INVALID_FIELD` for a `uri` that is no line of text, `INVALID_HEX`, `INVALID_SIGNATURE`,
 * `OUT_OF_RANGE`.
 */
export function encodeCheckpointNote(note: {
  readonly checkpoint: Checkpoint
  readonly domain: ReceiptDomain
  readonly signatures: readonly Hex[]
}): string {
  const { checkpoint, domain, signatures } = note
  if (!isLine(checkpoint.uri)) throw new SettlementError('INVALID_FIELD', 'uri is no single line of text')
  if (signatures.length === 0 || signatures.length > MAX_NOTE_SIGNATURES) {
    throw new SettlementError('OUT_OF_RANGE', `a note has 1 to ${MAX_NOTE_SIGNATURES} signatures`)
  }
  const digest = hashCheckpoint(checkpoint, domain)
  const origin = originOf(checkpoint.logId, domain)
  const lines = signatures.map((signature) => {
    const id = noteKeyId({ origin, address: recoverSigner(digest, signature) })
    return `— ${origin} ${encodeBase64(Uint8Array.from([...bytesOf(id), ...bytesOf(signature)]))}\n`
  })
  return `${bodyOf(checkpoint, origin)}\n${lines.join('')}`
}

function bodyOf({ size, root, seq, uri }: Checkpoint, origin: string): string {
  return `${origin}\n${size}\n${encodeBase64(bytesOf(root, 32))}\nseq ${seq}\nuri ${uri}\n`
}

function originOf(logId: Hex, { chainId, verifyingContract }: ReceiptDomain): string {
  return `og-inference-log/eip155:${chainId}/${verifyingContract.toLowerCase()}/${logId.toLowerCase()}`
}

/** C2SP signed-note: SHA-256(name ‖ 0x0A ‖ type ‖ key), first four bytes; the key is the 20 bytes of the address. */
function noteKeyId({ origin, address }: { readonly origin: string; readonly address: Address }): Hex {
  const parts = [utf8ToBytes(`${origin}\n`), [0xff], utf8ToBytes(SIGNATURE_TYPE), bytesOf(address, 20)]
  return hexOf(sha256(Uint8Array.from(parts.flatMap((part) => [...part]))).subarray(0, 4))
}

/**
 * Reads a checkpoint note; the text must be the only one for its checkpoint. Signature lines of other names (witnesses)
 * are skipped. Reading verifies nothing: see {@link verifyCheckpointNote}.
 *
 * @throws SettlementError `INVALID_FIELD`, `LIMIT_EXCEEDED`, `OUT_OF_RANGE`, `INVALID_SIGNATURE`.
 */
export function parseCheckpointNote(text: string): CheckpointNote {
  if (text.length > MAX_NOTE_LENGTH) throw new SettlementError('LIMIT_EXCEEDED', 'note is too long')
  const end = text.indexOf('\n\n')
  if (end < 0 || !text.endsWith('\n')) throw new SettlementError('INVALID_FIELD', 'note has no signatures')
  const [origin = '', size = '', root = '', seq = '', uri = '', ...more] = text.slice(0, end).split('\n')
  const named = ORIGIN.exec(origin)
  if (named === null || more.length > 0) throw new SettlementError('INVALID_FIELD', 'not a checkpoint of such a log')
  const [, chainId = '', contract = '', logId = ''] = named
  const domain: ReceiptDomain = {
    chainId: uint64Of(chainId),
    verifyingContract: checksumAddress(parseAddress(contract)),
  }
  const checkpoint: Checkpoint = {
    logId: hexOf(bytesOf(asHex(logId), 32)),
    seq: uint64Of(after(seq, 'seq ')),
    size: uint64Of(size),
    root: rootOf(root),
    uri: after(uri, 'uri '),
  }
  if (!isLine(checkpoint.uri) || `${text.slice(0, end)}\n` !== bodyOf(checkpoint, originOf(checkpoint.logId, domain))) {
    throw new SettlementError('INVALID_FIELD', 'not the only form of its checkpoint')
  }
  const lines = text.slice(end + 2, -1).split('\n')
  if (lines.length > MAX_NOTE_SIGNATURES) throw new SettlementError('LIMIT_EXCEEDED', 'too many signatures')
  const signatures = lines.flatMap((line) => signatureOf(line, origin))
  return { checkpoint, domain, signatures }
}

function signatureOf(line: string, origin: string): NoteSignature[] {
  const match = SIGNATURE.exec(line)
  if (match === null) throw new SettlementError('INVALID_FIELD', 'not a line of a signature')
  const bytes = decodeBase64(match[2] ?? '')
  if (match[1] !== origin) return []
  if (bytes.length !== 4 + SIGNATURE_BYTES) throw new SettlementError('INVALID_SIGNATURE', 'not 65 bytes')
  return [{ keyId: hexOf(bytes.subarray(0, 4)), signature: hexOf(bytes.subarray(4)) }]
}

/** What {@link verifyCheckpointNote} finds. */
export type CheckpointNoteVerdict =
  | { readonly ok: true; readonly checkpoint: Checkpoint; readonly domain: ReceiptDomain; readonly signature: Hex }
  | { readonly ok: false; readonly code: 'NOTE_FORM' | 'NOTE_SIGNATURE'; readonly detail: string }

/** Verifies that a node's receipt key signed a checkpoint note. Never throws because of its input. */
export function verifyCheckpointNote(
  text: string,
  { receiptKey }: { readonly receiptKey: Address },
): CheckpointNoteVerdict {
  let note: CheckpointNote
  try {
    note = parseCheckpointNote(text)
  } catch (error) {
    if (!(error instanceof SettlementError)) throw error
    return { ok: false, code: 'NOTE_FORM', detail: error.message }
  }
  const { checkpoint, domain } = note
  const digest = hashCheckpoint(checkpoint, domain)
  const origin = originOf(checkpoint.logId, domain)
  for (const { keyId, signature } of note.signatures) {
    if (keyId !== noteKeyId({ origin, address: receiptKey })) continue
    if (isSignedBy({ digest, signature, receiptKey })) return { ok: true, checkpoint, domain, signature }
  }
  return { ok: false, code: 'NOTE_SIGNATURE', detail: 'the receipt key did not sign this checkpoint' }
}

function isSignedBy(claim: { readonly digest: Hex; readonly signature: Hex; readonly receiptKey: Address }): boolean {
  try {
    return isSameHex({ left: recoverSigner(claim.digest, claim.signature), right: claim.receiptKey })
  } catch {
    return false
  }
}

function isLine(uri: string): boolean {
  // Signed notes hold no control characters; a line break would end the note's line.
  return uri.length <= MAX_URI && !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(uri)
}

function rootOf(text: string): Hex {
  const bytes = decodeBase64(text)
  if (bytes.length !== 32) throw new SettlementError('INVALID_FIELD', 'root is not 32 bytes')
  return hexOf(bytes)
}

function after(line: string, start: string): string {
  if (!line.startsWith(start)) throw new SettlementError('INVALID_FIELD', `line does not start with "${start}"`)
  return line.slice(start.length)
}

function uint64Of(text: string): bigint {
  if (!/^(?:0|[1-9][0-9]{0,19})$/.test(text)) throw new SettlementError('INVALID_FIELD', 'not a decimal integer')
  const value = BigInt(text)
  if (value >> 64n !== 0n) throw new SettlementError('OUT_OF_RANGE', 'not a uint64')
  return value
}

function asHex(text: string): Hex {
  return `0x${text.slice(2)}`
}
