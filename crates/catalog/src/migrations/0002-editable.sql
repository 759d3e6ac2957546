-- Whether people may change a dashboard that a file provides stood before the digest of the file.
ALTER TABLE dashboard ADD COLUMN is_editable BIGINT NOT NULL DEFAULT 0;
UPDATE dashboard SET is_editable = 1, source_digest = substr(source_digest, 10) WHERE source_digest LIKE 'editable:%';
