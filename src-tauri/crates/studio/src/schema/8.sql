-- Pictures lie in several folders: 0 is the library folder, others are those that the person added (library::places). A
-- place can't be taken twice, but by what is in the trash or missing: the constraint of a column can't be changed, so the
-- table is made anew.
CREATE TABLE images_now (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT, -- the order; see 5.sql
  id         TEXT NOT NULL UNIQUE,
  job        TEXT,
  folder     INTEGER NOT NULL DEFAULT 0,
  file_name  TEXT NOT NULL COLLATE NOCASE,      -- below its folder, with '/'
  width      INTEGER NOT NULL,
  height     INTEGER NOT NULL,
  seed       INTEGER,
  model      TEXT,
  prompt     TEXT NOT NULL,
  created    INTEGER NOT NULL,
  format     TEXT NOT NULL CHECK (format IN ('png', 'jpg', 'webp')),
  -- 1: the name is taken before the file is written; 0: the picture is there; 2: in the trash; 3: its file is missing.
  pending    INTEGER NOT NULL,
  parent     TEXT,
  kind       TEXT NOT NULL DEFAULT 'outside',
  sampler    TEXT,
  undesired  TEXT NOT NULL DEFAULT '',
  characters TEXT NOT NULL DEFAULT '',
  recipe     INTEGER,
  content    TEXT,
  likeness   INTEGER,
  looked     INTEGER NOT NULL DEFAULT 0,
  rating     INTEGER NOT NULL DEFAULT 0 CHECK (rating BETWEEN 0 AND 5),
  mark       TEXT CHECK (mark IN ('keep', 'reject')),
  note       TEXT NOT NULL DEFAULT '',
  albums     TEXT NOT NULL DEFAULT '',
  labels     TEXT NOT NULL DEFAULT '',
  told       INTEGER NOT NULL DEFAULT 0,
  trashed    INTEGER,
  -- Length and time (milliseconds since 1970) of the file when it was read: whether it was changed since.
  bytes      INTEGER,
  modified   INTEGER
) STRICT;

INSERT INTO images_now (seq, id, job, file_name, width, height, seed, model, prompt, created, format, pending, parent, kind,
  sampler, undesired, characters, recipe, content, likeness, looked, rating, mark, note, albums, labels, told, trashed)
SELECT seq, id, job, file_name, width, height, seed, model, prompt, created, format, pending, parent, kind,
  sampler, undesired, characters, recipe, content, likeness, looked, rating, mark, note, albums, labels, told, trashed
FROM images;
DROP TABLE images;
ALTER TABLE images_now RENAME TO images;

CREATE UNIQUE INDEX images_place ON images (folder, file_name) WHERE pending < 2;
CREATE INDEX images_of_job ON images (job);
CREATE INDEX images_of_seed ON images (seed) WHERE seed IS NOT NULL;
CREATE INDEX images_unlooked ON images (looked) WHERE looked < 3;
CREATE INDEX images_of_content ON images (content) WHERE content IS NOT NULL;
CREATE INDEX images_of_parent ON images (parent) WHERE parent IS NOT NULL;
CREATE INDEX images_untold ON images (seq) WHERE parent IS NOT NULL AND told = 0;
CREATE INDEX images_labelled ON images (labels) WHERE labels <> '';
CREATE INDEX images_trashed ON images (trashed) WHERE trashed IS NOT NULL;

-- Files that are no whole pictures, each once, with the reason. A file that has not changed since is not read again.
CREATE TABLE broken (
  folder    INTEGER NOT NULL,
  file_name TEXT NOT NULL,
  reason    TEXT NOT NULL,
  bytes     INTEGER,
  modified  INTEGER,
  PRIMARY KEY (folder, file_name)
) STRICT, WITHOUT ROWID;

INSERT INTO broken (folder, file_name, reason)
SELECT folder, file_name, 'The picture is cut or damaged.' FROM images WHERE looked = -1 AND looked < 3 AND pending = 0;
