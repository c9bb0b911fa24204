-- The order of the queue is the person's: a job that is moved gets a place between two others.
ALTER TABLE jobs ADD COLUMN place REAL NOT NULL DEFAULT 0;
UPDATE jobs SET place = seq;
-- Why a rule of the person does not let a queued job be sent (JSON), and in which round of looking that was found.
ALTER TABLE jobs ADD COLUMN held TEXT;
ALTER TABLE jobs ADD COLUMN held_round INTEGER NOT NULL DEFAULT 0;
-- The price that the person has seen and agreed to.
ALTER TABLE jobs ADD COLUMN agreed INTEGER;
UPDATE jobs SET agreed = anlas;
-- The queue pauses when this job is over.
ALTER TABLE jobs ADD COLUMN pause_after INTEGER NOT NULL DEFAULT 0;
-- Which batch a job belongs to, and which cell of it.
ALTER TABLE jobs ADD COLUMN batch TEXT;
ALTER TABLE jobs ADD COLUMN cell INTEGER;

DROP INDEX jobs_open;
CREATE INDEX jobs_open ON jobs (state, place) WHERE state IN ('queued', 'sending', 'received');
CREATE INDEX jobs_batch ON jobs (batch, cell) WHERE batch IS NOT NULL;

-- What was spent, by whomever: the queue and the command line write here before they send, in one transaction with the
-- sums that the caps are held to. A row outlives its job.
CREATE TABLE ledger (
  job       TEXT PRIMARY KEY,
  queue     TEXT NOT NULL,              -- what a cap per queue counts together
  server    TEXT NOT NULL,
  day       TEXT NOT NULL,              -- on the person's wall: YYYY-MM-DD
  sent      INTEGER NOT NULL,
  ended     INTEGER,                    -- NULL: on its way, or its process died
  tool      TEXT NOT NULL,
  model     TEXT,
  estimated INTEGER,                    -- NULL: nobody names a price
  assumed   INTEGER,                    -- what counts until it is known better
  charged   INTEGER,                    -- what counts then
  measured  INTEGER NOT NULL DEFAULT 0, -- 1: `charged` is the difference of two balances
  before    INTEGER,                    -- the balance when it was sent
  after     INTEGER                     -- the balance that it was measured against
) STRICT, WITHOUT ROWID;

CREATE INDEX ledger_days ON ledger (server, day);
CREATE INDEX ledger_open ON ledger (server, sent) WHERE charged IS NULL;

-- What the jobs of a batch have in common: JSON.
CREATE TABLE batches (
  id      TEXT PRIMARY KEY,
  created INTEGER NOT NULL,
  plan    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
