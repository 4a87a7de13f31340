import { type ChannelChange, type ChannelRecord, unclaimedOf } from '@og/x402/channel'
import { type Row, textOf } from '../engine/row.js'
import type { Hex } from '../ledger.js'
import { encodeChannelRecord, parseChannelRecord } from './channel-json.js'
import { readColumn } from './json-column.js'
import { all, get, type Operation, run } from './statements.js'

function recordOf(row: Row): ChannelRecord {
  return readColumn('body', textOf(row, 'body'), parseChannelRecord)
}

/** Reads a channel. */
export function* readChannel(channelId: Hex): Operation<ChannelRecord | undefined> {
  const row = yield* get('SELECT body FROM x402_channel WHERE channel_id = $1', [channelId.toLowerCase()])
  return row === undefined ? undefined : recordOf(row)
}

/** Applies a change to what is there now, whoever else changes it. */
export function* updateChannel(channelId: Hex, change: ChannelChange): Operation<ChannelRecord | undefined> {
  const id = channelId.toLowerCase()
  for (;;) {
    const row = yield* get('SELECT body FROM x402_channel WHERE channel_id = $1 FOR UPDATE', [id])
    const current = row === undefined ? undefined : recordOf(row)
    const next = change(current)
    if (next === 'keep') return current
    if (next === undefined) {
      yield* run('DELETE FROM x402_channel WHERE channel_id = $1', [id])
      return undefined
    }
    const values = [id, unclaimedOf(next) > 0n ? 1 : 0, encodeChannelRecord(next)]
    const changed =
      row === undefined
        ? yield* run(
            'INSERT INTO x402_channel (channel_id, unclaimed, body) VALUES ($1, $2, $3) ON CONFLICT (channel_id) DO NOTHING',
            values,
          )
        : yield* run('UPDATE x402_channel SET unclaimed = $2, body = $3 WHERE channel_id = $1', values)
    // Another transaction has opened the channel meanwhile: the change is judged again on what that one wrote.
    if (changed === 1) return next
  }
}

/** Channels with something to claim. */
export function* listUnclaimedChannels(): Operation<readonly ChannelRecord[]> {
  return (yield* all('SELECT body FROM x402_channel WHERE unclaimed = 1 ORDER BY channel_id')).map(recordOf)
}
