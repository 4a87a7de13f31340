import { ponder } from 'ponder:registry'
import { checkpoint, equivocation, node } from 'ponder:schema'
import { eq } from 'ponder'
import { addToDay, placeOf, recordInference } from './record-inference.js'
import { shownText } from './shown-text.js'

ponder.on('InferenceLog:Settled', async ({ event, context }) => {
  await recordInference(context, { place: event, record: { ...event.args, settlement: 'SETTLE' } })
})

ponder.on('InferenceLog:SettledMetadata', async ({ event, context }) => {
  const { digest, paymentHash, nodeId, receipt, terms } = event.args
  const { requestCommitment, responseCommitment, termsHash, finishedAt } = receipt
  const { payer, payTo, asset, authorized, charged, promptTokens, completionTokens } = terms
  await recordInference(context, {
    place: event,
    record: {
      ...{ digest, paymentHash, nodeId, requestCommitment, responseCommitment, termsHash, finishedAt },
      ...{ payer, payTo, asset, authorized, charged, promptTokens, completionTokens },
      settlement: 'SETTLE_METADATA',
      model: shownText(terms.modelRequested),
      modelAnswered: shownText(terms.modelAnswered),
      upstream: shownText(terms.upstream),
    },
  })
})

ponder.on('InferenceLog:CheckpointPublished', async ({ event, context }) => {
  const { logId, seq, size, root, uri } = event.args
  const before = await context.db.find(checkpoint, { logId, seq: seq - 1n })
  const kept = await context.db
    .insert(checkpoint)
    .values({ logId, seq, size, root, uri: shownText(uri), ...placeOf(event) })
    .onConflictDoNothing()
  if (kept === null) return
  await addToDay(context, event.block.timestamp, { checkpoints: 1, leaves: size - (before?.size ?? 0n) })
})

ponder.on('InferenceLog:Equivocation', async ({ event, context }) => {
  await context.db.insert(equivocation).values({ ...event.args, ...placeOf(event) })
})

ponder.on('NodeRegistry:NodeRegistered', async ({ event, context }) => {
  const { position, blockTime } = placeOf(event)
  await context.db
    .insert(node)
    .values({ ...event.args, endpoint: shownText(event.args.endpoint), position, registeredAt: blockTime })
    .onConflictDoNothing()
})

ponder.on('NodeRegistry:NodeRevoked', async ({ event, context }) => {
  await context.db.update(node, { nodeId: event.args.nodeId }).set({ revokedAt: event.block.timestamp })
})

ponder.on('NodeRegistry:KeyBanned', async ({ event, context }) => {
  await context.db.sql
    .update(node)
    .set({ bannedAt: event.block.timestamp })
    .where(eq(node.receiptKey, event.args.receiptKey))
})
