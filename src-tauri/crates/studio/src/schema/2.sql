-- A job is no longer a request for pictures alone: `work` is a value with a kind, of which that is one.
ALTER TABLE jobs RENAME COLUMN request TO work;
UPDATE jobs SET work = '{"kind":"generate","request":' || work || ',"written":null}';

-- How many bytes the whole answer has, as soon as that is known. Whether pictures are whole their bytes tell; of an
-- encoded vibe nothing else does.
ALTER TABLE jobs ADD COLUMN length INTEGER;
