/**
 * The migration to the third schema. A commit costs what it touches: wide rows are appended where they are written and refer to each other by numbers in that
 * order; what has no order (hashes) is kept once, in narrow indexes. The digest of a leaf is unique because its receipt's is.
 */
export const MIGRATE_TO_NUMBERED_ROWS = `
CREATE TABLE payment_3 (
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
  payload TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('reserved', 'released', 'finished')),
  attempt INTEGER NOT NULL,
  lease_until INTEGER,
  outstanding TEXT NOT NULL,
  money TEXT NOT NULL CHECK (money IN ('none', 'pending', 'settled', 'debt')),
  created_at INTEGER NOT NULL,
  UNIQUE (nonce, payer, nonce_contract, chain_id)
) STRICT;
CREATE TABLE payment_attempt_3 (
  payment_id INTEGER NOT NULL REFERENCES payment_3,
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
CREATE TABLE leaf_3 (
  log_id TEXT NOT NULL REFERENCES log,
  leaf_index INTEGER NOT NULL,
  digest TEXT NOT NULL,
  appended_at INTEGER NOT NULL,
  PRIMARY KEY (log_id, leaf_index)
) STRICT, WITHOUT ROWID;
CREATE TABLE receipt_3 (
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
  FOREIGN KEY (payment_id, attempt) REFERENCES payment_attempt_3,
  FOREIGN KEY (log_id, leaf_index) REFERENCES leaf_3
) STRICT;
CREATE TABLE answer_3 (
  receipt_id INTEGER PRIMARY KEY REFERENCES receipt_3,
  bytes BLOB NOT NULL,
  stored_at INTEGER NOT NULL
) STRICT;
CREATE TABLE intent_3 (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('payment', 'record', 'metadata', 'refund', 'checkpoint')),
  dedupe_key TEXT NOT NULL UNIQUE,
  body TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'claimed', 'done', 'failed')),
  payment_id INTEGER REFERENCES payment_3,
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
INSERT INTO payment_3 SELECT row_number() OVER (ORDER BY created_at, payment_hash), * FROM payment ORDER BY 1;
INSERT INTO payment_attempt_3 SELECT payment_3.id, payment_attempt.attempt, salt_request, salt_response, salt_upstream_request,
  salt_terms, progress, reason, started_at, ended_at FROM payment_attempt JOIN payment_3 USING (payment_hash) ORDER BY 1, 2;
INSERT INTO leaf_3 SELECT * FROM leaf;
INSERT INTO receipt_3 SELECT row_number() OVER (ORDER BY receipt.log_id, leaf_index), digest, payment_3.id, receipt.attempt, receipt.log_id,
  leaf_index, receipt_json, terms_json, signature, charged, outcome, finished_at
  FROM receipt JOIN payment_3 USING (payment_hash) ORDER BY 1;
INSERT INTO answer_3 SELECT receipt_3.id, bytes, stored_at FROM answer JOIN receipt_3 USING (digest) ORDER BY 1;
INSERT INTO intent_3 SELECT intent.id, kind, dedupe_key, body, intent.state, payment_3.id, intent.attempt, deadline, run_at, claim,
  intent.lease_until, tx, block_number, result, error, intent.created_at
  FROM intent LEFT JOIN payment_3 USING (payment_hash) ORDER BY 1;
DROP TABLE answer;
DROP TABLE receipt;
DROP TABLE leaf;
DROP TABLE payment_attempt;
DROP TABLE intent;
DROP TABLE payment;
ALTER TABLE payment_3 RENAME TO payment;
ALTER TABLE payment_attempt_3 RENAME TO payment_attempt;
ALTER TABLE leaf_3 RENAME TO leaf;
ALTER TABLE receipt_3 RENAME TO receipt;
ALTER TABLE answer_3 RENAME TO answer;
ALTER TABLE intent_3 RENAME TO intent;
CREATE INDEX payment_lease ON payment (lease_until) WHERE state = 'reserved';
CREATE INDEX payment_payer_lease ON payment (payer, lease_until) WHERE state = 'reserved';
CREATE INDEX answer_age ON answer (stored_at);
CREATE INDEX intent_open ON intent (kind, deadline, id) WHERE state IN ('queued', 'claimed');
CREATE INDEX intent_payment ON intent (payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX intent_dead ON intent (id) WHERE state = 'failed';
`
