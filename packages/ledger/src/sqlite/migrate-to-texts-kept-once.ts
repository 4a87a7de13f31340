/** A check without `IN`, for which SQLite would build a table of the list at every write. */
function isOneOf(column: string, ...values: readonly string[]): string {
  return `CHECK (${values.map((value) => `${column} = '${value}'`).join(' OR ')})`
}

/**
 * The migration to the eighth schema. Rows that are written again are narrow, so that many of them share a page and a commit: a payment's payload
 * stands apart, and a body that repeats the payload or the receipt word for word keeps only what stands before it (`body`) and behind it
 * (`body_tail`). An intent whose key is its payment's own hash (`dedupe_key` NULL) needs no place among the other keys, which have no order: the
 * payment has one. Running payments are few, so that one index finds those whose lease is over.
 */
export const MIGRATE_TO_TEXTS_KEPT_ONCE: string = `
CREATE TABLE payment_8 (
  id INTEGER PRIMARY KEY,
  payment_hash TEXT NOT NULL UNIQUE,
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
  state TEXT NOT NULL ${isOneOf('state', 'reserved', 'released', 'finished')},
  attempt INTEGER NOT NULL,
  lease_until INTEGER,
  outstanding TEXT NOT NULL,
  money TEXT NOT NULL ${isOneOf('money', 'none', 'pending', 'settled', 'debt')},
  created_at INTEGER NOT NULL,
  UNIQUE (nonce, payer, nonce_contract, chain_id)
) STRICT;
CREATE TABLE payment_payload (
  payment_id INTEGER PRIMARY KEY REFERENCES payment_8,
  payload TEXT NOT NULL
) STRICT;
CREATE TABLE payment_attempt_8 (
  payment_id INTEGER NOT NULL REFERENCES payment_8,
  attempt INTEGER NOT NULL,
  salt_request TEXT NOT NULL,
  salt_response TEXT NOT NULL,
  salt_upstream_request TEXT NOT NULL,
  salt_terms TEXT NOT NULL,
  progress TEXT,
  reason TEXT,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  PRIMARY KEY (payment_id, attempt)
) STRICT, WITHOUT ROWID;
CREATE TABLE receipt_8 (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  payment_id INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  log_id TEXT NOT NULL,
  leaf_index INTEGER NOT NULL,
  receipt_json TEXT NOT NULL,
  terms_json TEXT NOT NULL,
  signature TEXT NOT NULL,
  charged TEXT NOT NULL,
  outcome INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  UNIQUE (payment_id, attempt),
  UNIQUE (log_id, leaf_index),
  FOREIGN KEY (payment_id, attempt) REFERENCES payment_attempt_8,
  FOREIGN KEY (log_id, leaf_index) REFERENCES leaf
) STRICT;
CREATE TABLE answer_8 (
  receipt_id INTEGER PRIMARY KEY REFERENCES receipt_8,
  bytes BLOB NOT NULL,
  stored_at INTEGER NOT NULL
) STRICT;
CREATE TABLE intent_8 (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL ${isOneOf('kind', 'payment', 'record', 'metadata', 'refund', 'checkpoint')},
  dedupe_key TEXT UNIQUE,
  body TEXT NOT NULL,
  quotes TEXT ${isOneOf('quotes', 'payload', 'receipt')},
  body_tail TEXT,
  state TEXT NOT NULL ${isOneOf('state', 'queued', 'claimed', 'done', 'failed')},
  payment_id INTEGER REFERENCES payment_8,
  attempt INTEGER,
  deadline TEXT NOT NULL,
  run_at INTEGER NOT NULL,
  claim INTEGER NOT NULL,
  lease_until INTEGER,
  tx TEXT,
  block_number INTEGER,
  result TEXT,
  error TEXT,
  created_at INTEGER NOT NULL,
  CHECK ((quotes IS NULL) = (body_tail IS NULL)),
  CHECK (dedupe_key IS NOT NULL OR payment_id IS NOT NULL)
) STRICT;
CREATE TABLE relay_job_8 (
  id INTEGER PRIMARY KEY,
  chain_id INTEGER NOT NULL,
  dedupe_key TEXT NOT NULL,
  to_address TEXT NOT NULL,
  data TEXT NOT NULL,
  gas_limit TEXT,
  state TEXT NOT NULL ${isOneOf('state', 'queued', 'bound', 'mined', 'final', 'failed')},
  signer TEXT,
  nonce INTEGER,
  tx TEXT,
  block_number INTEGER,
  tries INTEGER NOT NULL,
  run_at INTEGER NOT NULL,
  error TEXT,
  created_at INTEGER NOT NULL,
  queue TEXT NOT NULL DEFAULT '',
  turn TEXT NOT NULL,
  deadline TEXT,
  UNIQUE (chain_id, dedupe_key)
) STRICT;
CREATE TABLE relay_attempt_8 (
  chain_id INTEGER NOT NULL,
  signer TEXT NOT NULL,
  nonce INTEGER NOT NULL,
  n INTEGER NOT NULL,
  job_id INTEGER NOT NULL REFERENCES relay_job_8,
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
INSERT INTO payment_8 SELECT id, payment_hash, chain_id, nonce_contract, payer, nonce, request_hash, scheme, network, asset, pay_to, authorized,
  valid_before, mode, settlement, state, attempt, lease_until, outstanding, money, created_at FROM payment ORDER BY id;
INSERT INTO payment_payload SELECT id, payload FROM payment ORDER BY id;
INSERT INTO payment_attempt_8 SELECT * FROM payment_attempt ORDER BY payment_id, attempt;
INSERT INTO receipt_8 SELECT * FROM receipt ORDER BY id;
INSERT INTO answer_8 SELECT * FROM answer ORDER BY receipt_id;
INSERT INTO intent_8 (id, kind, dedupe_key, body, state, payment_id, attempt, deadline, run_at, claim, lease_until, tx, block_number, result,
  error, created_at)
  SELECT id, kind, dedupe_key, body, state, payment_id, attempt, deadline, run_at, claim, lease_until, tx, block_number, result, error, created_at
  FROM intent ORDER BY id;
INSERT INTO relay_job_8 (id, chain_id, dedupe_key, to_address, data, gas_limit, state, signer, nonce, tx, block_number, tries, run_at, error,
  created_at, queue, turn, deadline)
  SELECT id, chain_id, dedupe_key, to_address, data, gas_limit, state, signer, nonce, tx, block_number, tries, run_at, error, created_at, queue,
    turn, deadline FROM relay_job ORDER BY id;
INSERT INTO relay_attempt_8 SELECT * FROM relay_attempt;
DROP TABLE relay_attempt;
DROP TABLE relay_job;
DROP TABLE answer;
DROP TABLE receipt;
DROP TABLE payment_attempt;
DROP TABLE intent;
DROP TABLE payment;
ALTER TABLE payment_8 RENAME TO payment;
ALTER TABLE payment_attempt_8 RENAME TO payment_attempt;
ALTER TABLE receipt_8 RENAME TO receipt;
ALTER TABLE answer_8 RENAME TO answer;
ALTER TABLE intent_8 RENAME TO intent;
ALTER TABLE relay_job_8 RENAME TO relay_job;
ALTER TABLE relay_attempt_8 RENAME TO relay_attempt;
CREATE INDEX payment_payer_lease ON payment (payer, lease_until) WHERE state = 'reserved';
CREATE INDEX payment_released ON payment (valid_before) WHERE state = 'released';
CREATE INDEX answer_age ON answer (stored_at);
CREATE INDEX intent_open ON intent (kind, deadline, id) WHERE state IN ('queued', 'claimed');
CREATE INDEX intent_payment ON intent (payment_id) WHERE payment_id IS NOT NULL;
CREATE UNIQUE INDEX intent_own ON intent (payment_id) WHERE dedupe_key IS NULL;
CREATE INDEX intent_dead ON intent (id) WHERE state = 'failed';
CREATE INDEX relay_job_due ON relay_job (chain_id, queue, turn, id) WHERE state = 'queued';
CREATE INDEX relay_job_open ON relay_job (chain_id, signer, nonce) WHERE state IN ('bound', 'mined');
`
