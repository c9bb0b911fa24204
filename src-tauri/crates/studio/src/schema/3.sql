-- Steps that follow one another: the click they belong to, which step of how many, and the job whose picture it takes.
ALTER TABLE jobs ADD COLUMN chain TEXT;
ALTER TABLE jobs ADD COLUMN chain_step INTEGER;
ALTER TABLE jobs ADD COLUMN chain_steps INTEGER;
ALTER TABLE jobs ADD COLUMN chain_after TEXT;

CREATE INDEX jobs_chain ON jobs (chain, seq) WHERE chain IS NOT NULL;
CREATE INDEX jobs_after ON jobs (chain_after) WHERE chain_after IS NOT NULL;

-- What a server answered in words: JSON, without the token. The job is done when it stands here.
CREATE TABLE answers (
  job TEXT PRIMARY KEY,
  raw TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The picture of the library that a picture was made of.
ALTER TABLE images ADD COLUMN parent TEXT;

-- Which picture of the library an input is, by its content.
CREATE TABLE origins (
  picture TEXT PRIMARY KEY,
  image   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
