import { MIGRATE_TO_NUMBERED_ROWS } from './migrate-to-numbered-rows.js'
import { MIGRATE_TO_TEXTS_KEPT_ONCE } from './migrate-to-texts-kept-once.js'

/** The version of the tables below. A file with a higher one is refused, a lower one is migrated step by step. */
export const SCHEMA_VERSION = 8

/**
 * Migrations by the version they lead to. uint256 values are decimal text of fixed width, so that text order is
 * numeric order and nothing is ever rounded; hexadecimal is lower case; times are unix seconds.
 */
export const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE payment (
  payment_hash TEXT PRIMARY KEY,
  chain_id INTEGER NOT NULL,
  nonce_contract TEXT NOT NULL,
  payer TEXT NOT NULL,
  nonce TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  scheme TEXT NOT NULL,
  network TEXT NOT NULL,
  asset TEXT NOT NULL,
  pay_to TEXT NOT NULL,
  authorized TEXT NOT NULL,
  valid_before TEXT NOT NULL,
  mode TEXT NOT NULL,
  settlement TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('reserved', 'released', 'finished')),
  attempt INTEGER NOT NULL,
  lease_until INTEGER,
  outstanding TEXT NOT NULL,
  money TEXT NOT NULL CHECK (money IN ('none', 'pending', 'settled', 'debt')),
  created_at INTEGER NOT NULL,
  UNIQUE (chain_id, nonce_contract, payer, nonce)
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_lease ON payment (lease_until) WHERE state = 'reserved';
CREATE INDEX payment_payer_lease ON payment (chain_id, asset, payer, lease_until) WHERE state = 'reserved';

CREATE TABLE payment_attempt (
  payment_hash TEXT NOT NULL REFERENCES payment,
  attempt INTEGER NOT NULL,
  salt_request TEXT NOT NULL,
  salt_response TEXT NOT NULL,
  salt_upstream_request TEXT NOT NULL,
  salt_terms TEXT NOT NULL,
  progress TEXT,
  reason TEXT,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  PRIMARY KEY (payment_hash, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE exposure (
  chain_id INTEGER NOT NULL,
  asset TEXT NOT NULL,
  payer TEXT NOT NULL,
  outstanding TEXT NOT NULL,
  PRIMARY KEY (chain_id, asset, payer)
) STRICT, WITHOUT ROWID;

CREATE TABLE log (
  log_id TEXT PRIMARY KEY,
  size INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE leaf (
  log_id TEXT NOT NULL REFERENCES log,
  leaf_index INTEGER NOT NULL,
  digest TEXT NOT NULL,
  appended_at INTEGER NOT NULL,
  PRIMARY KEY (log_id, leaf_index),
  UNIQUE (log_id, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE receipt (
  digest TEXT PRIMARY KEY,
  payment_hash TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  log_id TEXT NOT NULL,
  leaf_index INTEGER NOT NULL,
  receipt_json TEXT NOT NULL,
  terms_json TEXT NOT NULL,
  signature TEXT NOT NULL,
  charged TEXT NOT NULL,
  outcome INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  UNIQUE (payment_hash, attempt),
  UNIQUE (log_id, leaf_index),
  FOREIGN KEY (payment_hash, attempt) REFERENCES payment_attempt,
  FOREIGN KEY (log_id, leaf_index) REFERENCES leaf
) STRICT, WITHOUT ROWID;

CREATE TABLE answer (
  digest TEXT PRIMARY KEY REFERENCES receipt,
  bytes BLOB NOT NULL,
  stored_at INTEGER NOT NULL
) STRICT;
CREATE INDEX answer_age ON answer (stored_at);

CREATE TABLE log_checkpoint (
  log_id TEXT NOT NULL REFERENCES log,
  seq INTEGER NOT NULL,
  size INTEGER NOT NULL,
  root TEXT NOT NULL,
  sealed_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('sealed', 'signed', 'anchored')),
  uri TEXT,
  signature TEXT,
  tx TEXT,
  block_number INTEGER,
  PRIMARY KEY (log_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE intent (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('payment', 'record', 'metadata', 'refund', 'checkpoint')),
  dedupe_key TEXT NOT NULL UNIQUE,
  body TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'claimed', 'done', 'failed')),
  payment_hash TEXT,
  attempt INTEGER,
  deadline TEXT NOT NULL,
  run_at INTEGER NOT NULL,
  claim INTEGER NOT NULL,
  lease_until INTEGER,
  tx TEXT,
  block_number INTEGER,
  result TEXT,
  error TEXT,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX intent_open ON intent (kind, deadline, id) WHERE state IN ('queued', 'claimed');
CREATE INDEX intent_payment ON intent (payment_hash) WHERE payment_hash IS NOT NULL;
CREATE INDEX intent_dead ON intent (id) WHERE state = 'failed';

CREATE TABLE lane (
  chain_id INTEGER NOT NULL,
  address TEXT NOT NULL,
  next_nonce INTEGER NOT NULL,
  mined_nonce INTEGER NOT NULL,
  final_nonce INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('ok', 'quarantined')),
  reason TEXT,
  PRIMARY KEY (chain_id, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE relay_job (
  id INTEGER PRIMARY KEY,
  chain_id INTEGER NOT NULL,
  dedupe_key TEXT NOT NULL,
  to_address TEXT NOT NULL,
  data TEXT NOT NULL,
  gas_limit TEXT,
  state TEXT NOT NULL CHECK (state IN ('queued', 'bound', 'mined', 'final', 'failed')),
  signer TEXT,
  nonce INTEGER,
  tx TEXT,
  block_number INTEGER,
  tries INTEGER NOT NULL,
  run_at INTEGER NOT NULL,
  error TEXT,
  created_at INTEGER NOT NULL,
  UNIQUE (chain_id, dedupe_key),
  UNIQUE (chain_id, signer, nonce)
) STRICT;
CREATE INDEX relay_job_due ON relay_job (chain_id, id) WHERE state = 'queued';
CREATE INDEX relay_job_open ON relay_job (chain_id, signer, nonce) WHERE state IN ('bound', 'mined');

CREATE TABLE relay_attempt (
  chain_id INTEGER NOT NULL,
  signer TEXT NOT NULL,
  nonce INTEGER NOT NULL,
  n INTEGER NOT NULL,
  job_id INTEGER NOT NULL REFERENCES relay_job,
  hash TEXT NOT NULL UNIQUE,
  raw TEXT NOT NULL,
  gas TEXT NOT NULL,
  max_fee TEXT NOT NULL,
  max_priority_fee TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_sent_at INTEGER,
  last_error TEXT,
  PRIMARY KEY (chain_id, signer, nonce, n)
) STRICT, WITHOUT ROWID;
`,
  // One transaction may carry several jobs: their nonce is no longer unique; and jobs wait in queues. SQLite drops a constraint only with its table,
  // and the table of the attempts refers to it, so both are made anew. `job_id` of an attempt is the first of its jobs.
  `
CREATE TABLE relay_job_2 (
  id INTEGER PRIMARY KEY,
  chain_id INTEGER NOT NULL,
  dedupe_key TEXT NOT NULL,
  to_address TEXT NOT NULL,
  data TEXT NOT NULL,
  gas_limit TEXT,
  state TEXT NOT NULL CHECK (state IN ('queued', 'bound', 'mined', 'final', 'failed')),
  signer TEXT,
  nonce INTEGER,
  tx TEXT,
  block_number INTEGER,
  tries INTEGER NOT NULL,
  run_at INTEGER NOT NULL,
  error TEXT,
  created_at INTEGER NOT NULL,
  queue TEXT NOT NULL DEFAULT '',
  UNIQUE (chain_id, dedupe_key)
) STRICT;
CREATE TABLE relay_attempt_2 (
  chain_id INTEGER NOT NULL,
  signer TEXT NOT NULL,
  nonce INTEGER NOT NULL,
  n INTEGER NOT NULL,
  job_id INTEGER NOT NULL REFERENCES relay_job_2,
  hash TEXT NOT NULL UNIQUE,
  raw TEXT NOT NULL,
  gas TEXT NOT NULL,
  max_fee TEXT NOT NULL,
  max_priority_fee TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_sent_at INTEGER,
  last_error TEXT,
  PRIMARY KEY (chain_id, signer, nonce, n)
) STRICT, WITHOUT ROWID;
INSERT INTO relay_job_2 SELECT *, '' FROM relay_job;
INSERT INTO relay_attempt_2 SELECT * FROM relay_attempt;
DROP TABLE relay_attempt;
DROP TABLE relay_job;
ALTER TABLE relay_job_2 RENAME TO relay_job;
ALTER TABLE relay_attempt_2 RENAME TO relay_attempt;
CREATE INDEX relay_job_due ON relay_job (chain_id, queue, id) WHERE state = 'queued';
CREATE INDEX relay_job_open ON relay_job (chain_id, signer, nonce) WHERE state IN ('bound', 'mined');
`,
  MIGRATE_TO_NUMBERED_ROWS,
  // What runs out first is sent first; what waited before there were deadlines goes before everything else.
  `
ALTER TABLE relay_job ADD COLUMN deadline TEXT NOT NULL DEFAULT '${'0'.repeat(78)}';
DROP INDEX relay_job_due;
CREATE INDEX relay_job_due ON relay_job (chain_id, queue, deadline, id) WHERE state = 'queued';
`,
  // What a payer has paid by transactions, counted from here on: only differences are looked at.
  `ALTER TABLE exposure ADD COLUMN paid TEXT NOT NULL DEFAULT '${'0'.repeat(78)}'`,
  // A job's turn is its deadline, or when it was submitted where it has none; what was called its deadline until here was its turn.
  `
ALTER TABLE relay_job RENAME COLUMN deadline TO turn;
ALTER TABLE relay_job ADD COLUMN deadline TEXT;
UPDATE relay_job SET deadline = turn WHERE turn > '${'0'.repeat(78)}' AND CAST(turn AS INTEGER) <> created_at;
`,
  // Payments that were given back, by when they run out: then they are forgotten.
  "CREATE INDEX payment_released ON payment (valid_before) WHERE state = 'released'",
  MIGRATE_TO_TEXTS_KEPT_ONCE,
]
