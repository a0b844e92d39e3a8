-- +goose Up

-- The tables that no tenant leads: tenant itself and lease. See docs/adr/0001.
CREATE TABLE tenant (
  id             {{.Text}} NOT NULL PRIMARY KEY,
  key            {{.Text}} NOT NULL UNIQUE,
  name           {{.Text}} NOT NULL,
  config_version {{.Int}}  NOT NULL,
  secret         {{.Blob}} NOT NULL, -- 32 random bytes, sealed; every derived key comes from it
  created_at     {{.Int}}  NOT NULL
) {{.Table}};

CREATE TABLE lease (
  name   {{.Text}} NOT NULL PRIMARY KEY,
  holder {{.Text}} NOT NULL,
  until  {{.Int}}  NOT NULL
) {{.Clustered}};

-- Configuration. Every change of it raises tenant.config_version in the same commit.
CREATE TABLE setting (
  tenant {{.Text}} NOT NULL,
  name   {{.Text}} NOT NULL,
  value  {{.Text}} NOT NULL,
  PRIMARY KEY (tenant, name)
) {{.Clustered}};

CREATE TABLE connection (
  tenant       {{.Text}} NOT NULL,
  id           {{.Text}} NOT NULL,
  name         {{.Text}} NOT NULL,
  name_fold    {{.Text}} NOT NULL,
  kind         {{.Text}} NOT NULL,
  dialect      {{.Text}} NOT NULL,
  ord          {{.Int}}  NOT NULL,
  claim        {{.Bool}} NOT NULL,
  link         {{.Text}} NOT NULL,
  direct       {{.Text}} NOT NULL, -- JSON list of role keys
  capabilities {{.Text}} NOT NULL, -- JSON
  managed_by   {{.Text}} NOT NULL,
  created_at   {{.Int}}  NOT NULL,
  ended        {{.Int}}  NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, id)
) {{.Table}};
CREATE UNIQUE INDEX connection_name ON connection (tenant, name_fold, ended);

CREATE TABLE token (
  tenant       {{.Text}} NOT NULL,
  id           {{.Text}} NOT NULL,
  connection   {{.Text}} NOT NULL,
  hash         {{.Blob}} NOT NULL, -- SHA-256 of the secret
  created_at   {{.Int}}  NOT NULL,
  expires_at   {{.Int}}  NOT NULL, -- 0: never
  revoked_at   {{.Int}}  NOT NULL DEFAULT 0,
  last_used_at {{.Int}}  NOT NULL DEFAULT 0,
  user_agent   {{.Text}} NOT NULL DEFAULT '',
  PRIMARY KEY (tenant, id)
) {{.Table}};

CREATE TABLE role (
  tenant      {{.Text}} NOT NULL,
  key         {{.Text}} NOT NULL,
  name        {{.Text}} NOT NULL,
  description {{.Text}} NOT NULL,
  rank        {{.Int}}  NOT NULL,
  privileged  {{.Bool}} NOT NULL,
  owner       {{.Bool}} NOT NULL,
  managed_by  {{.Text}} NOT NULL,
  PRIMARY KEY (tenant, key)
) {{.Clustered}};

CREATE TABLE agent_group (
  tenant     {{.Text}} NOT NULL,
  id         {{.Text}} NOT NULL,
  name       {{.Text}} NOT NULL,
  name_fold  {{.Text}} NOT NULL,
  managed_by {{.Text}} NOT NULL,
  rule       {{.Text}} NOT NULL DEFAULT '',
  archived   {{.Bool}} NOT NULL DEFAULT {{.False}},
  PRIMARY KEY (tenant, id)
) {{.Table}};
CREATE UNIQUE INDEX agent_group_name ON agent_group (tenant, name_fold);

CREATE TABLE rule (
  tenant       {{.Text}} NOT NULL,
  id           {{.Text}} NOT NULL,
  name         {{.Text}} NOT NULL,
  ord          {{.Int}}  NOT NULL,
  connection   {{.Text}} NOT NULL, -- '' for all
  group_name   {{.Text}} NOT NULL,
  group_id     {{.Text}} NOT NULL,
  condition    {{.Text}} NOT NULL,
  roles        {{.Text}} NOT NULL, -- JSON list of role keys
  agent_groups {{.Text}} NOT NULL, -- JSON list of {name, kind}
  managed_by   {{.Text}} NOT NULL,
  PRIMARY KEY (tenant, id)
) {{.Table}};
CREATE UNIQUE INDEX rule_name ON rule (tenant, name);

CREATE TABLE binding (
  tenant       {{.Text}} NOT NULL,
  grp          {{.Text}} NOT NULL,
  rule         {{.Text}} NOT NULL,
  connection   {{.Text}} NOT NULL,
  slot         {{.Text}} NOT NULL, -- '' for a literal name, which binds once a connection; the group for a capture
  agent_groups {{.Text}} NOT NULL, -- JSON list of ids
  confirmed    {{.Bool}} NOT NULL,
  PRIMARY KEY (tenant, grp, rule)
) {{.Clustered}};
CREATE UNIQUE INDEX binding_rule ON binding (tenant, rule, connection, slot);

-- People and what connections state about them. No two indexes of a table share more than the tenant at their front: on
-- a table without statistics PostgreSQL's planner takes the wrong one of two that tie, and walks the tenant. Lists
-- therefore have a column of their own, "shelf". No index is partial: SQLite would prepare each statement anew each time.
CREATE TABLE person (
  tenant      {{.Text}} NOT NULL,
  id          {{.Text}} NOT NULL,
  ord         {{.Int}}  NOT NULL, -- the display id: given once, rising
  state       {{.Text}} NOT NULL,
  onboarded   {{.Bool}} NOT NULL,
  user_name   {{.Text}} NOT NULL,
  evaluated   {{.Int}}  NOT NULL, -- the configuration version of the last evaluation; 0 and 1 are due at once
  departed    {{.Text}} NOT NULL DEFAULT '', -- connections whose account of this person ended, with commas
  doc         {{.Blob}},          -- NULL while one account's document is theirs
  created_at  {{.Int}}  NOT NULL,
  modified_at {{.Int}}  NOT NULL,
  PRIMARY KEY (tenant, id)
) {{.Table}};
CREATE INDEX person_evaluated ON person (tenant, evaluated);
CREATE UNIQUE INDEX person_ord ON person (tenant, ord);

CREATE TABLE account (
  tenant         {{.Text}} NOT NULL,
  person         {{.Text}} NOT NULL,
  connection     {{.Text}} NOT NULL, -- '' for people whom no connection owns
  shelf          {{.Text}},          -- the connection while the account lives, for lists alone
  ended          {{.Int}}  NOT NULL DEFAULT 0,
  ord            {{.Int}}  NOT NULL, -- the person's
  external_id    {{.Text}} NOT NULL,
  key            {{.Text}},          -- the correlation key: the last externalId that was not empty
  user_name      {{.Text}} NOT NULL,
  user_name_fold {{.Text}} NOT NULL,
  active         {{.Bool}} NOT NULL,
  version        {{.Int}}  NOT NULL,
  doc            {{.Blob}} NOT NULL,
  fold           {{.JSON}} NOT NULL,
  created_at     {{.Int}}  NOT NULL,
  modified_at    {{.Int}}  NOT NULL,
  began_by       {{.Text}} NOT NULL,
  ended_by       {{.Text}} NOT NULL DEFAULT '',
  PRIMARY KEY (tenant, person, connection, ended)
) {{.Table}};
CREATE UNIQUE INDEX account_user_name ON account (tenant, user_name_fold, connection, ended);
CREATE UNIQUE INDEX account_key ON account (tenant, key, connection, ended);
CREATE INDEX account_list ON account (tenant, shelf, ord);

CREATE TABLE identifier (
  tenant   {{.Text}} NOT NULL,
  kind     {{.Text}} NOT NULL, -- email | phone
  value    {{.Text}} NOT NULL, -- folded
  person   {{.Text}} NOT NULL,
  claim    {{.Text}},          -- the value again; NULL in conflict: another live person had it first, so nobody signs in with it
  PRIMARY KEY (tenant, kind, value, person)
) {{.Clustered}};
CREATE UNIQUE INDEX identifier_claim ON identifier (tenant, kind, claim);

CREATE TABLE hold (
  tenant   {{.Text}} NOT NULL,
  person   {{.Text}} NOT NULL,
  id       {{.Text}} NOT NULL,
  subject  {{.Text}} NOT NULL,
  effect   {{.Text}} NOT NULL,
  actor    {{.Text}} NOT NULL,
  reason   {{.Text}} NOT NULL,
  until    {{.Int}}  NOT NULL, -- 0: until released
  began_by {{.Text}} NOT NULL,
  ended    {{.Int}}  NOT NULL DEFAULT 0,
  ended_by {{.Text}} NOT NULL DEFAULT '',
  PRIMARY KEY (tenant, person, id)
) {{.Clustered}};

-- Directory groups and who is in them.
CREATE TABLE grp (
  tenant      {{.Text}} NOT NULL,
  id          {{.Text}} NOT NULL,
  connection  {{.Text}} NOT NULL,
  shelf       {{.Text}},          -- as in account
  ord         {{.Int}}  NOT NULL,
  external_id {{.Text}} NOT NULL,
  name        {{.Text}} NOT NULL,
  name_fold   {{.Text}} NOT NULL,
  name_key    {{.Text}} NOT NULL, -- the folded name where the dialect wants names unique, else the id
  version     {{.Int}}  NOT NULL,
  doc         {{.Blob}} NOT NULL,
  fold        {{.JSON}} NOT NULL,
  created_at  {{.Int}}  NOT NULL,
  modified_at {{.Int}}  NOT NULL,
  began_by    {{.Text}} NOT NULL,
  ended       {{.Int}}  NOT NULL DEFAULT 0,
  ended_by    {{.Text}} NOT NULL DEFAULT '',
  PRIMARY KEY (tenant, id)
) {{.Table}};
CREATE UNIQUE INDEX grp_name_key ON grp (tenant, name_key, connection, ended);
CREATE INDEX grp_name ON grp (tenant, name_fold, connection, ended);
CREATE INDEX grp_external ON grp (tenant, external_id, connection, ended);
CREATE INDEX grp_list ON grp (tenant, shelf, ord);

CREATE TABLE membership (
  tenant   {{.Text}} NOT NULL,
  grp      {{.Text}} NOT NULL,
  ended    {{.Int}}  NOT NULL DEFAULT 0,
  person   {{.Text}} NOT NULL,
  began_by {{.Text}} NOT NULL,
  ended_by {{.Text}} NOT NULL DEFAULT '',
  PRIMARY KEY (tenant, grp, ended, person)
) {{.Clustered}};
CREATE INDEX membership_person ON membership (tenant, person);

CREATE TABLE nesting (
  tenant   {{.Text}} NOT NULL,
  parent   {{.Text}} NOT NULL,
  ended    {{.Int}}  NOT NULL DEFAULT 0,
  child    {{.Text}} NOT NULL,
  began_by {{.Text}} NOT NULL,
  ended_by {{.Text}} NOT NULL DEFAULT '',
  PRIMARY KEY (tenant, parent, ended, child)
) {{.Clustered}};
CREATE INDEX nesting_child ON nesting (tenant, child);

-- Rights, each with who gave it. "grants" because GRANT is a word of SQL.
CREATE TABLE grants (
  tenant     {{.Text}} NOT NULL,
  person     {{.Text}} NOT NULL,
  ended      {{.Int}}  NOT NULL DEFAULT 0,
  kind       {{.Text}} NOT NULL,
  target     {{.Text}} NOT NULL,
  membership {{.Text}} NOT NULL,
  origin     {{.Text}} NOT NULL, -- rule | person | default | direct
  rule       {{.Text}} NOT NULL,
  grp        {{.Text}} NOT NULL,
  connection {{.Text}} NOT NULL,
  actor      {{.Text}} NOT NULL,
  run        {{.Text}} NOT NULL,
  held       {{.Bool}} NOT NULL,
  began_at   {{.Int}}  NOT NULL,
  began_by   {{.Text}} NOT NULL,
  ended_by   {{.Text}} NOT NULL DEFAULT '',
  PRIMARY KEY (tenant, person, ended, kind, target, membership, origin, rule, grp, connection, actor)
) {{.Clustered}};

-- The log. change is insert-only but for erasure, which clears payload and salt; ledger is insert-only.
CREATE TABLE change (
  tenant     {{.Text}} NOT NULL,
  id         {{.Text}} NOT NULL,
  subject    {{.Text}} NOT NULL,
  action     {{.Text}} NOT NULL,
  actor_kind {{.Text}} NOT NULL,
  actor      {{.Text}} NOT NULL,
  connection {{.Text}} NOT NULL,
  request_id {{.Text}} NOT NULL,
  run        {{.Text}} NOT NULL,
  at         {{.Int}}  NOT NULL,
  salt       {{.Blob}},
  payload    {{.Blob}},
  digest     {{.Blob}} NOT NULL, -- SHA-256 of salt and payload
  PRIMARY KEY (tenant, id)
) {{.Table}};
CREATE INDEX change_subject ON change (tenant, subject, id);

CREATE TABLE ledger (
  tenant {{.Text}} NOT NULL,
  seq    {{.Int}}  NOT NULL,
  change {{.Text}} NOT NULL,
  hash   {{.Blob}} NOT NULL,
  PRIMARY KEY (tenant, seq)
) {{.Clustered}};
CREATE UNIQUE INDEX ledger_change ON ledger (tenant, change);

-- What waits for the sequencer: each change, with what it adds to totals and versions. The sequencer folds it into tally,
-- so a total is the sum of both and no writer waits for another's counter. See docs/adr/0003.
CREATE TABLE backlog (
  tenant {{.Text}} NOT NULL,
  scope  {{.Text}} NOT NULL,
  block  {{.Int}}  NOT NULL,
  change {{.Text}} NOT NULL,
  n      {{.Int}}  NOT NULL,
  v      {{.Int}}  NOT NULL,
  at     {{.Int}}  NOT NULL,
  PRIMARY KEY (tenant, scope, block, change)
) {{.Clustered}};

CREATE TABLE tally (
  tenant {{.Text}} NOT NULL,
  scope  {{.Text}} NOT NULL,
  block  {{.Int}}  NOT NULL,
  n      {{.Int}}  NOT NULL,
  v      {{.Int}}  NOT NULL,
  at     {{.Int}}  NOT NULL,
  PRIMARY KEY (tenant, scope, block)
) {{.Clustered}};

CREATE TABLE counter (
  tenant {{.Text}} NOT NULL,
  name   {{.Text}} NOT NULL,
  next   {{.Int}}  NOT NULL,
  PRIMARY KEY (tenant, name)
) {{.Clustered}};

CREATE TABLE run (
  tenant      {{.Text}} NOT NULL,
  id          {{.Text}} NOT NULL,
  kind        {{.Text}} NOT NULL, -- push | apply
  status      {{.Text}} NOT NULL, -- applying | applied
  actor_kind  {{.Text}} NOT NULL,
  actor       {{.Text}} NOT NULL,
  request_id  {{.Text}} NOT NULL,
  version     {{.Int}}  NOT NULL, -- the configuration version that it brings everybody to
  summary     {{.Text}} NOT NULL, -- JSON
  created_at  {{.Int}}  NOT NULL,
  finished_at {{.Int}}  NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, id)
) {{.Table}};
CREATE INDEX run_open ON run (tenant, finished_at, id);

CREATE TABLE request_log (
  tenant     {{.Text}} NOT NULL,
  connection {{.Text}} NOT NULL,
  at         {{.Int}}  NOT NULL,
  id         {{.Text}} NOT NULL,
  method     {{.Text}} NOT NULL,
  path       {{.Text}} NOT NULL,
  status     {{.Int}}  NOT NULL,
  scim_type  {{.Text}} NOT NULL,
  detail     {{.Text}} NOT NULL,
  hint       {{.Text}} NOT NULL,
  user_agent {{.Text}} NOT NULL,
  took_us    {{.Int}}  NOT NULL,
  PRIMARY KEY (tenant, connection, at, id)
) {{.Clustered}};

-- +goose Down
DROP TABLE request_log;
DROP TABLE run;
DROP TABLE counter;
DROP TABLE tally;
DROP TABLE backlog;
DROP TABLE ledger;
DROP TABLE change;
DROP TABLE grants;
DROP TABLE nesting;
DROP TABLE membership;
DROP TABLE grp;
DROP TABLE hold;
DROP TABLE identifier;
DROP TABLE account;
DROP TABLE person;
DROP TABLE binding;
DROP TABLE rule;
DROP TABLE agent_group;
DROP TABLE role;
DROP TABLE token;
DROP TABLE connection;
DROP TABLE setting;
DROP TABLE lease;
DROP TABLE tenant;
