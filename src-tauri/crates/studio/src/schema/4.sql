-- Pictures that the person adds may be JPEG. A CHECK can't be changed, so the column makes room for another of its name.
ALTER TABLE images ADD COLUMN kind TEXT NOT NULL DEFAULT 'png' CHECK (kind IN ('png', 'jpg', 'webp'));
UPDATE images SET kind = format;
ALTER TABLE images DROP COLUMN format;
ALTER TABLE images RENAME COLUMN kind TO format;

-- Which pictures may be the same as another: those of its seed.
CREATE INDEX images_of_seed ON images (seed) WHERE seed IS NOT NULL;
