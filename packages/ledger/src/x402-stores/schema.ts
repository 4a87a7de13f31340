import type { SchemaSteps } from '../sqlite/connection.js'

const VERSION_TABLE = 'x402_version'

/**
 * Migrations by the version they lead to, for both engines: `INT64` and `BYTES` stand for the engine's types. Amounts,
 * `valid_before` and `expires_at` are decimal text of fixed width (uint256, text order is numeric order), the rest of the times unix seconds.
 */
const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE x402_reservation (
  nonce_key TEXT PRIMARY KEY,
  payment_hash TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  account TEXT NOT NULL,
  authorized TEXT NOT NULL,
  valid_before TEXT NOT NULL,
  attempt INT64 NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'released', 'finished')),
  settlement TEXT
);
CREATE INDEX x402_reservation_running ON x402_reservation (account) WHERE state = 'running';
CREATE INDEX x402_reservation_age ON x402_reservation (valid_before);

CREATE TABLE x402_answer (
  id TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'lost', 'answered')),
  status INT64,
  headers TEXT,
  body BYTES
);
CREATE INDEX x402_answer_age ON x402_answer (expires_at);

CREATE TABLE x402_access (
  payer TEXT NOT NULL,
  resource TEXT NOT NULL,
  PRIMARY KEY (payer, resource)
);
CREATE TABLE x402_nonce (
  nonce TEXT PRIMARY KEY,
  expires_at TEXT NOT NULL
);
CREATE INDEX x402_nonce_age ON x402_nonce (expires_at);

CREATE TABLE x402_channel (
  channel_id TEXT PRIMARY KEY,
  unclaimed INT64 NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX x402_channel_unclaimed ON x402_channel (channel_id) WHERE unclaimed = 1;

CREATE TABLE x402_batch (
  batch_key TEXT PRIMARY KEY,
  to_address TEXT NOT NULL,
  data TEXT NOT NULL,
  gas_limit TEXT NOT NULL,
  kept_at INT64 NOT NULL
);
CREATE INDEX x402_batch_age ON x402_batch (kept_at);
CREATE TABLE x402_batch_item (
  item_key TEXT PRIMARY KEY,
  batch_key TEXT NOT NULL REFERENCES x402_batch
);
CREATE INDEX x402_batch_item_batch ON x402_batch_item (batch_key);

CREATE TABLE x402_settlement (
  payment_hash TEXT PRIMARY KEY,
  scheme TEXT NOT NULL,
  network TEXT NOT NULL,
  payer TEXT,
  pay_to TEXT NOT NULL,
  asset TEXT NOT NULL,
  amount TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'settled', 'failed')),
  tx TEXT,
  reason TEXT,
  question TEXT,
  created_at INT64 NOT NULL,
  updated_at INT64 NOT NULL
);
CREATE INDEX x402_settlement_open ON x402_settlement (updated_at) WHERE state = 'open';
CREATE INDEX x402_settlement_age ON x402_settlement (updated_at) WHERE state <> 'open';

CREATE TABLE x402_resource (
  resource_key TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  pay_to TEXT NOT NULL,
  words TEXT NOT NULL,
  body TEXT NOT NULL,
  updated_at INT64 NOT NULL
);
CREATE INDEX x402_resource_age ON x402_resource (updated_at, resource_key);
CREATE TABLE x402_resource_accept (
  resource_key TEXT NOT NULL REFERENCES x402_resource,
  scheme TEXT NOT NULL,
  network TEXT NOT NULL,
  asset TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (resource_key, scheme, network, asset)
);
CREATE TABLE x402_resource_extension (
  resource_key TEXT NOT NULL REFERENCES x402_resource,
  name TEXT NOT NULL,
  PRIMARY KEY (resource_key, name)
);
`,
]

/** The tables of a SQLite file. */
export const sqliteSteps: SchemaSteps = {
  versionTable: VERSION_TABLE,
  migrations: MIGRATIONS.map((migration) =>
    migration.replaceAll('INT64', 'INTEGER').replaceAll('BYTES', 'BLOB').replaceAll('\n);', '\n) STRICT;'),
  ),
}

/** The same tables in a schema of PostgreSQL. Texts compare by bytes, as in SQLite. */
export const postgresSteps: SchemaSteps = {
  versionTable: VERSION_TABLE,
  migrations: MIGRATIONS.map((migration) =>
    migration
      .replaceAll('INT64', 'bigint')
      .replaceAll('BYTES', 'bytea')
      .replaceAll(/\bTEXT\b/g, 'text COLLATE "C"'),
  ),
}
