-- The place of a picture in the order, newest last, is its number: 1024 for each millisecond since 1970, so that the
-- full-text index below, which walks by number, gives the newest first without sorting. Where a moment is full, the
-- next one is taken.
UPDATE images SET seq = placed.place FROM (
  SELECT seq AS old,
         max(max(created, 0) * 1024 - number) OVER (ORDER BY created, seq ROWS UNBOUNDED PRECEDING) + number AS place
  FROM (SELECT seq, created, row_number() OVER (ORDER BY created, seq) AS number FROM images)
) AS placed WHERE images.seq = placed.old;
DROP INDEX images_newest;

-- What a picture says, beside the prompt.
ALTER TABLE images ADD COLUMN kind TEXT NOT NULL DEFAULT 'outside';  -- how it came to be
ALTER TABLE images ADD COLUMN sampler TEXT;
ALTER TABLE images ADD COLUMN undesired TEXT NOT NULL DEFAULT '';
ALTER TABLE images ADD COLUMN characters TEXT NOT NULL DEFAULT '';   -- their prompts, a line each
ALTER TABLE images ADD COLUMN recipe INTEGER;                        -- the same for pictures that differ in the seed alone
ALTER TABLE images ADD COLUMN content TEXT;                          -- SHA-256 of the file
ALTER TABLE images ADD COLUMN likeness INTEGER;                      -- perceptual hash
-- How far it has been looked at: 0 not at all, 1 its words are in the index, 2 its file was read, 3 and its pixels;
-- -1: its file is broken.
ALTER TABLE images ADD COLUMN looked INTEGER NOT NULL DEFAULT 0;

-- What the person said about it. The truth is in the library folder (library::diary).
ALTER TABLE images ADD COLUMN rating INTEGER NOT NULL DEFAULT 0 CHECK (rating BETWEEN 0 AND 5);
ALTER TABLE images ADD COLUMN mark TEXT CHECK (mark IN ('keep', 'reject'));
ALTER TABLE images ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE images ADD COLUMN albums TEXT NOT NULL DEFAULT '';       -- their numbers, each between commas
-- Whether the library folder knows its parent.
ALTER TABLE images ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
-- When it went to the trash; `pending` is 2 then.
ALTER TABLE images ADD COLUMN trashed INTEGER;

CREATE INDEX images_unlooked ON images (looked) WHERE looked < 3;
CREATE INDEX images_of_content ON images (content) WHERE content IS NOT NULL;
CREATE INDEX images_of_parent ON images (parent) WHERE parent IS NOT NULL;
CREATE INDEX images_untold ON images (seq) WHERE parent IS NOT NULL AND told = 0;
CREATE INDEX images_trashed ON images (trashed) WHERE trashed IS NOT NULL;

CREATE TABLE albums (
  number  INTEGER PRIMARY KEY AUTOINCREMENT,
  name    TEXT NOT NULL UNIQUE COLLATE NOCASE,
  created INTEGER NOT NULL
) STRICT;

-- The words of the pictures, by `images.seq`. What goes in is cut into words before (library::search::words): one of
-- them is a word of a script with blanks, or a single character of one without.
CREATE VIRTUAL TABLE words USING fts5(
  prompt, characters, undesired, tags, file, note,
  content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '1 2 3'
);

-- Each word and each tag that there is: for what stands inside of words, and for completion.
CREATE TABLE terms (
  is_tag INTEGER NOT NULL,
  term   TEXT NOT NULL,
  uses   INTEGER NOT NULL,
  PRIMARY KEY (is_tag, term)
) STRICT, WITHOUT ROWID;
