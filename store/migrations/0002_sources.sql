-- +goose Up

-- What a connection's kind needs beyond the columns: LDAP's settings, guard, authority; as JSON, without secrets.
ALTER TABLE connection ADD COLUMN settings {{.Text}} NOT NULL DEFAULT '{}';

-- A grant that facts say should end and that a guard keeps until then; 0 for none.
ALTER TABLE grants ADD COLUMN held_until {{.Int}} NOT NULL DEFAULT 0;

-- The value that a hold of an attribute keeps, as JSON.
ALTER TABLE hold ADD COLUMN value {{.Text}} NOT NULL DEFAULT '';

-- The undo that placed a hold; '' for one that a person placed.
ALTER TABLE hold ADD COLUMN run {{.Text}} NOT NULL DEFAULT '';

ALTER TABLE run ADD COLUMN connection   {{.Text}} NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN completeness {{.Text}} NOT NULL DEFAULT 'complete';
ALTER TABLE run ADD COLUMN detail       {{.Text}} NOT NULL DEFAULT '{}'; -- JSON: the reading, the guard, problems
ALTER TABLE run ADD COLUMN done         {{.Int}}  NOT NULL DEFAULT 0;    -- progress: lines applied
ALTER TABLE run ADD COLUMN total        {{.Int}}  NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN expires_at   {{.Int}}  NOT NULL DEFAULT 0;    -- of a held plan
ALTER TABLE run ADD COLUMN approved_by  {{.Text}} NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN undoes       {{.Text}} NOT NULL DEFAULT '';   -- the run, change or window that it reverts

-- What a directory that does not push said last: one row an object, by its immutable id. Raw attributes are not kept.
CREATE TABLE entry (
  tenant     {{.Text}} NOT NULL,
  id         {{.Text}} NOT NULL, -- entryUUID, objectGUID …
  connection {{.Text}} NOT NULL,
  shelf      {{.Text}} NOT NULL, -- the connection again, for the sweep alone
  ord        {{.Int}}  NOT NULL, -- dense within the connection: a bit of what a run has seen
  kind       {{.Text}} NOT NULL, -- user | group
  ref        {{.Text}} NOT NULL, -- the DN in the form that members name it by
  alias      {{.Text}},          -- another name that members may use
  hash       {{.Blob}} NOT NULL,
  object     {{.Text}} NOT NULL, -- the person's or the group's id
  parents    {{.Text}} NOT NULL DEFAULT '', -- groups that the entry itself says it is in, with commas
  pending    {{.Int}}  NOT NULL DEFAULT 0,  -- of a group: members that nobody is known by, and that are awaited
  missing    {{.Int}}  NOT NULL DEFAULT 0,  -- complete runs in a row that did not find it
  PRIMARY KEY (tenant, id, connection)
) {{.Table}};
CREATE INDEX entry_ref ON entry (tenant, ref, connection);
CREATE INDEX entry_alias ON entry (tenant, alias, connection);
CREATE INDEX entry_object ON entry (tenant, object);
CREATE UNIQUE INDEX entry_sweep ON entry (tenant, shelf, ord);

-- Members that a group names and that nobody is known by yet: they join when they arrive.
CREATE TABLE awaited (
  tenant     {{.Text}} NOT NULL,
  grp        {{.Text}} NOT NULL,
  name       {{.Text}} NOT NULL, -- a ref or an alias
  connection {{.Text}} NOT NULL,
  PRIMARY KEY (tenant, grp, name)
) {{.Clustered}};
CREATE INDEX awaited_name ON awaited (tenant, name, connection);

-- How far the reading of a connection is. It has no row before the first one.
CREATE TABLE source (
  tenant      {{.Text}} NOT NULL,
  connection  {{.Text}} NOT NULL,
  status      {{.Text}} NOT NULL, -- active | paused | quarantined
  cookie      {{.Blob}},
  fingerprint {{.Text}} NOT NULL DEFAULT '',
  server      {{.Text}} NOT NULL DEFAULT '',
  full_at     {{.Int}}  NOT NULL DEFAULT 0, -- the last complete full reading that was applied
  checked_at  {{.Int}}  NOT NULL DEFAULT 0, -- the last complete reading
  next_at     {{.Int}}  NOT NULL DEFAULT 0, -- when the schedule reads again
  failures    {{.Int}}  NOT NULL DEFAULT 0, -- readings in a row that were not complete
  error       {{.Text}} NOT NULL DEFAULT '',
  held_run    {{.Text}} NOT NULL DEFAULT '', -- the plan that waits for approval
  held_until  {{.Int}}  NOT NULL DEFAULT 0,
  entries     {{.Int}}  NOT NULL DEFAULT 0, -- the next ordinal
  absent      {{.Int}}  NOT NULL DEFAULT 0, -- entries with missing > 0
  PRIMARY KEY (tenant, connection)
) {{.Clustered}};

-- The lines of a plan that waits for approval, or that somebody may want to apply again.
CREATE TABLE plan_line (
  tenant  {{.Text}} NOT NULL,
  run     {{.Text}} NOT NULL,
  ord     {{.Int}}  NOT NULL,
  subject {{.Text}} NOT NULL, -- person:ID or group:ID
  status  {{.Text}} NOT NULL, -- open | done | stale | excepted
  line    {{.Blob}} NOT NULL, -- JSON
  PRIMARY KEY (tenant, run, ord)
) {{.Clustered}};

-- Who lost their state, last role or last agent group, or gained a privileged role, by a connection's push: what the
-- guard counts over an hour. Insert-only, and forgotten after a day.
CREATE TABLE cut (
  tenant     {{.Text}} NOT NULL,
  connection {{.Text}} NOT NULL,
  at         {{.Int}}  NOT NULL,
  person     {{.Text}} NOT NULL,
  change     {{.Text}} NOT NULL,
  PRIMARY KEY (tenant, connection, at, person, change)
) {{.Clustered}};

CREATE TABLE api_key (
  tenant       {{.Text}} NOT NULL,
  id           {{.Text}} NOT NULL,
  name         {{.Text}} NOT NULL,
  name_fold    {{.Text}} NOT NULL,
  role         {{.Text}} NOT NULL, -- '' for read-only
  owner        {{.Text}} NOT NULL, -- who answers for what it does
  hash         {{.Blob}} NOT NULL, -- SHA-256 of the secret
  created_by   {{.Text}} NOT NULL,
  created_at   {{.Int}}  NOT NULL,
  expires_at   {{.Int}}  NOT NULL, -- 0: never
  revoked_at   {{.Int}}  NOT NULL DEFAULT 0,
  last_used_at {{.Int}}  NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, id)
) {{.Table}};
CREATE UNIQUE INDEX api_key_name ON api_key (tenant, name_fold, revoked_at);

-- +goose Down
DROP TABLE api_key;
DROP TABLE cut;
DROP TABLE plan_line;
DROP TABLE source;
DROP TABLE awaited;
DROP TABLE entry;
ALTER TABLE run DROP COLUMN undoes;
ALTER TABLE run DROP COLUMN approved_by;
ALTER TABLE run DROP COLUMN expires_at;
ALTER TABLE run DROP COLUMN total;
ALTER TABLE run DROP COLUMN done;
ALTER TABLE run DROP COLUMN detail;
ALTER TABLE run DROP COLUMN completeness;
ALTER TABLE run DROP COLUMN connection;
ALTER TABLE hold DROP COLUMN run;
ALTER TABLE hold DROP COLUMN value;
ALTER TABLE grants DROP COLUMN held_until;
ALTER TABLE connection DROP COLUMN settings;
