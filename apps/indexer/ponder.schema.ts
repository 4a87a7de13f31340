import { index, onchainTable, primaryKey } from 'ponder'

/** Records of calls: what SETTLE shows, and the terms where SETTLE_METADATA made them public. */
export const inference = onchainTable(
  'inference',
  (column) => ({
    digest: column.hex().primaryKey(),
    paymentHash: column.hex().notNull(),
    nodeId: column.hex().notNull(),
    /** 0 VANILLA, 1 TEE; null for a node that the registry does not know. */
    mode: column.integer(),
    settlement: column.text().notNull(),
    /** Where the record stands, in one number that only grows: block × 2³² + log index. */
    position: column.bigint().notNull(),
    blockNumber: column.bigint().notNull(),
    blockTime: column.bigint().notNull(),
    transactionHash: column.hex().notNull(),
    requestCommitment: column.hex().notNull(),
    responseCommitment: column.hex().notNull(),
    termsHash: column.hex().notNull(),
    finishedAt: column.bigint(),
    payer: column.hex(),
    payTo: column.hex(),
    asset: column.hex(),
    authorized: column.bigint(),
    charged: column.bigint(),
    model: column.text(),
    modelAnswered: column.text(),
    upstream: column.text(),
    promptTokens: column.bigint(),
    completionTokens: column.bigint(),
  }),
  (table) => ({
    byPosition: index().on(table.position),
    byPaymentHash: index().on(table.paymentHash),
    byTransaction: index().on(table.transactionHash),
    byNode: index().on(table.nodeId, table.position),
    byPayer: index().on(table.payer, table.position),
    byModel: index().on(table.model, table.position),
    byTime: index().on(table.blockTime),
  }),
)

/** Published heads of the logs. */
export const checkpoint = onchainTable(
  'checkpoint',
  (column) => ({
    logId: column.hex().notNull(),
    seq: column.bigint().notNull(),
    size: column.bigint().notNull(),
    root: column.hex().notNull(),
    uri: column.text().notNull(),
    position: column.bigint().notNull(),
    blockNumber: column.bigint().notNull(),
    blockTime: column.bigint().notNull(),
    transactionHash: column.hex().notNull(),
  }),
  (table) => ({
    key: primaryKey({ columns: [table.logId, table.seq] }),
    byPosition: index().on(table.position),
    byTransaction: index().on(table.transactionHash),
    byRoot: index().on(table.root),
  }),
)

/** The registry. A revoked node and a banned key keep what they recorded before. */
export const node = onchainTable(
  'node',
  (column) => ({
    nodeId: column.hex().primaryKey(),
    logId: column.hex().notNull(),
    receiptKey: column.hex().notNull(),
    mode: column.integer().notNull(),
    quoteHash: column.hex().notNull(),
    measurementsHash: column.hex().notNull(),
    endpoint: column.text().notNull(),
    notBefore: column.bigint().notNull(),
    notAfter: column.bigint().notNull(),
    position: column.bigint().notNull(),
    registeredAt: column.bigint().notNull(),
    revokedAt: column.bigint(),
    bannedAt: column.bigint(),
  }),
  (table) => ({
    byPosition: index().on(table.position),
    byLog: index().on(table.logId),
    byKey: index().on(table.receiptKey),
  }),
)

/** Proofs that somebody signed two truths. */
export const equivocation = onchainTable(
  'equivocation',
  (column) => ({
    position: column.bigint().primaryKey(),
    logId: column.hex().notNull(),
    paymentHash: column.hex().notNull(),
    firstDigest: column.hex().notNull(),
    secondDigest: column.hex().notNull(),
    blockNumber: column.bigint().notNull(),
    blockTime: column.bigint().notNull(),
    transactionHash: column.hex().notNull(),
  }),
  (table) => ({ byPaymentHash: index().on(table.paymentHash), byLog: index().on(table.logId) }),
)

/** Sums of a day (UTC), so that totals over years are read from few rows. */
export const day = onchainTable('day', (column) => ({
  /** Days since 1970-01-01. */
  day: column.integer().primaryKey(),
  records: column.integer().notNull(),
  withMetadata: column.integer().notNull(),
  tee: column.integer().notNull(),
  checkpoints: column.integer().notNull(),
  /** Leaves that the day's checkpoints brought. */
  leaves: column.bigint().notNull(),
  /** Tokens of calls with public terms. */
  tokens: column.bigint().notNull(),
  /** Seconds from answer to chain of calls with public terms, added up. */
  settleSeconds: column.bigint().notNull(),
}))
