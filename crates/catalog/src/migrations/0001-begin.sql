CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE account (
  id {id},
  uid TEXT NOT NULL UNIQUE,
  login TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  password TEXT NOT NULL,
  role TEXT NOT NULL,
  is_admin BIGINT NOT NULL,
  is_disabled BIGINT NOT NULL,
  is_service BIGINT NOT NULL,
  origin TEXT NOT NULL,
  preferences TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  updated_ms BIGINT NOT NULL,
  seen_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX account_email ON account (email) WHERE email <> '';

CREATE TABLE login_attempt (id {id}, login TEXT NOT NULL, client TEXT NOT NULL, time_ms BIGINT NOT NULL);
CREATE INDEX login_attempt_time ON login_attempt (time_ms);

CREATE TABLE session (
  id {id},
  hash TEXT NOT NULL UNIQUE,
  account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  client TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  seen_ms BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL
);
CREATE INDEX session_account ON session (account_id);

CREATE TABLE token (
  id {id},
  hash TEXT NOT NULL UNIQUE,
  account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  expires_ms BIGINT,
  used_ms BIGINT,
  UNIQUE (account_id, name)
);

CREATE TABLE team (
  id {id},
  uid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  selector TEXT NOT NULL,
  preferences TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  updated_ms BIGINT NOT NULL
);
CREATE TABLE team_member (
  team_id BIGINT NOT NULL REFERENCES team (id) ON DELETE CASCADE,
  account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  is_admin BIGINT NOT NULL,
  PRIMARY KEY (team_id, account_id)
);

CREATE TABLE folder (
  id {id},
  uid TEXT NOT NULL UNIQUE,
  parent_uid TEXT NOT NULL,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  version BIGINT NOT NULL,
  created_ms BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  updated_ms BIGINT NOT NULL,
  updated_by BIGINT NOT NULL
);

CREATE TABLE dashboard (
  id {id},
  uid TEXT NOT NULL UNIQUE,
  folder_uid TEXT NOT NULL,
  title TEXT NOT NULL,
  tags TEXT NOT NULL,
  version BIGINT NOT NULL,
  schema_version BIGINT NOT NULL,
  provider TEXT NOT NULL,
  source_path TEXT NOT NULL,
  source_digest TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  updated_ms BIGINT NOT NULL,
  updated_by BIGINT NOT NULL
);
CREATE INDEX dashboard_folder ON dashboard (folder_uid);
CREATE TABLE dashboard_version (
  id {id},
  dashboard_id BIGINT NOT NULL REFERENCES dashboard (id) ON DELETE CASCADE,
  version BIGINT NOT NULL,
  parent_version BIGINT NOT NULL,
  restored_from BIGINT NOT NULL,
  message TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  document TEXT NOT NULL,
  UNIQUE (dashboard_id, version)
);

CREATE TABLE permission (
  id {id},
  kind TEXT NOT NULL,
  uid TEXT NOT NULL,
  role TEXT NOT NULL,
  team_id BIGINT REFERENCES team (id) ON DELETE CASCADE,
  account_id BIGINT REFERENCES account (id) ON DELETE CASCADE,
  level BIGINT NOT NULL
);
CREATE INDEX permission_of ON permission (kind, uid);

CREATE TABLE star (
  account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  dashboard_uid TEXT NOT NULL,
  PRIMARY KEY (account_id, dashboard_uid)
);

CREATE TABLE data_source (
  id {id},
  uid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  access TEXT NOT NULL,
  url TEXT NOT NULL,
  login TEXT NOT NULL,
  database_name TEXT NOT NULL,
  basic_auth BIGINT NOT NULL,
  basic_auth_user TEXT NOT NULL,
  with_credentials BIGINT NOT NULL,
  is_default BIGINT NOT NULL,
  json_data TEXT NOT NULL,
  secrets TEXT NOT NULL,
  is_provisioned BIGINT NOT NULL,
  read_only BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_ms BIGINT NOT NULL,
  updated_ms BIGINT NOT NULL
);

CREATE TABLE annotation (
  id {id},
  dashboard_uid TEXT NOT NULL,
  panel_id BIGINT NOT NULL,
  time_ms BIGINT NOT NULL,
  end_ms BIGINT NOT NULL,
  text TEXT NOT NULL,
  tags TEXT NOT NULL,
  account_id BIGINT NOT NULL,
  created_ms BIGINT NOT NULL,
  updated_ms BIGINT NOT NULL
);
CREATE INDEX annotation_time ON annotation (time_ms);
CREATE INDEX annotation_dashboard ON annotation (dashboard_uid, time_ms);

CREATE TABLE playlist (
  id {id},
  uid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  pause TEXT NOT NULL,
  items TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  updated_ms BIGINT NOT NULL
);

CREATE TABLE snapshot (
  id {id},
  name TEXT NOT NULL,
  share_key TEXT NOT NULL UNIQUE,
  delete_hash TEXT NOT NULL UNIQUE,
  account_id BIGINT NOT NULL,
  created_ms BIGINT NOT NULL,
  expires_ms BIGINT,
  document TEXT NOT NULL
);

CREATE TABLE audit (
  id {id},
  time_ms BIGINT NOT NULL,
  actor TEXT NOT NULL,
  client TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  outcome TEXT NOT NULL
);
CREATE INDEX audit_time ON audit (time_ms);
