-- Words of the person's own, one under another. The truth is in the library folder (library::diary).
ALTER TABLE images ADD COLUMN labels TEXT NOT NULL DEFAULT '';
CREATE INDEX images_labelled ON images (labels) WHERE labels <> '';
