-- What a provider gave is kept, sealed, with the session that it vouched for.
ALTER TABLE session ADD COLUMN tokens TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN renew_ms BIGINT NOT NULL DEFAULT 0;
