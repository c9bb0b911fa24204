-- A queue of ten thousand is counted, listed and added to without its requests being read.
DROP INDEX jobs_open;
CREATE INDEX jobs_open ON jobs (state, place, dismissed, anlas, held) WHERE state IN ('queued', 'sending', 'received');
CREATE INDEX jobs_counted ON jobs (dismissed, state, anlas, held);
CREATE INDEX jobs_place ON jobs (place);
