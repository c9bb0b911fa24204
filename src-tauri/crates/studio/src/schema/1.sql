-- Times are milliseconds since 1970. JSON columns hold the values that also cross to the user interface.

CREATE TABLE jobs (
  seq          INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of the queue
  id           TEXT NOT NULL UNIQUE,              -- the UUID of the click
  server       TEXT NOT NULL,                     -- 'sandbox' or a host: it is never sent anywhere else
  request      TEXT NOT NULL,                     -- JSON
  anlas        INTEGER,                           -- estimated price; NULL: unknown, taken for "not free"
  created      INTEGER NOT NULL,
  state        TEXT NOT NULL CHECK (state IN
                 ('queued', 'sending', 'received', 'done', 'failed', 'unsettled', 'cancelled')),
  error        TEXT,                              -- JSON, for failed and unsettled
  anlas_before INTEGER,
  anlas_after  INTEGER,
  -- A dismissed job is no longer shown. Its row stays, so that its UUID can never be queued a second time.
  dismissed    INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX jobs_open ON jobs (state, seq) WHERE state IN ('queued', 'sending', 'received');
CREATE INDEX jobs_shown ON jobs (seq) WHERE dismissed = 0;

CREATE TABLE images (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  id        TEXT NOT NULL UNIQUE,
  job       TEXT,
  file_name TEXT NOT NULL UNIQUE COLLATE NOCASE,  -- below the library folder, with '/'
  width     INTEGER NOT NULL,
  height    INTEGER NOT NULL,
  seed      INTEGER,
  model     TEXT,
  prompt    TEXT NOT NULL,
  created   INTEGER NOT NULL,
  format    TEXT NOT NULL CHECK (format IN ('png', 'webp')),
  -- The name is taken before the file is written; the picture is there when this is 0.
  pending   INTEGER NOT NULL
) STRICT;

CREATE INDEX images_newest ON images (created DESC, seq DESC) WHERE pending = 0;
CREATE INDEX images_of_job ON images (job);

CREATE TABLE facts (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
