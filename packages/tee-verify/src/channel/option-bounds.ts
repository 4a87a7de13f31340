import { ChannelError } from './channel-error.js'
import { MAX_FRAME_PLAINTEXT_BYTES } from './protocol.js'

/** @throws {ChannelError} `SEALER_MISUSE` unless `value` is a positive integer. */
export function checkCount(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new ChannelError('SEALER_MISUSE', `${name} is a positive integer: ${value}`)
  }
  return value
}

/** @throws {ChannelError} `SEALER_MISUSE` unless `value` is an integer from 1 to 65,536. */
export function checkPadding(value: number): number {
  if (checkCount('padToBytes', value) > MAX_FRAME_PLAINTEXT_BYTES) {
    throw new ChannelError('SEALER_MISUSE', `padToBytes is at most ${MAX_FRAME_PLAINTEXT_BYTES}: ${value}`)
  }
  return value
}
