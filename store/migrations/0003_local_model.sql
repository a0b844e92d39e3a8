-- +goose Up

-- What the tenant's roles and settings were copied from, name@version, and the modules of its platform as JSON.
ALTER TABLE tenant ADD COLUMN preset  {{.Text}} NOT NULL DEFAULT '';
ALTER TABLE tenant ADD COLUMN modules {{.Text}} NOT NULL DEFAULT '[]';

-- Who set a setting, and under which version of the configuration.
ALTER TABLE setting ADD COLUMN managed_by {{.Text}} NOT NULL DEFAULT 'manifest'; -- preset | manifest | console
ALTER TABLE setting ADD COLUMN version    {{.Int}}  NOT NULL DEFAULT 0;
ALTER TABLE setting ADD COLUMN changed_by {{.Text}} NOT NULL DEFAULT '';
ALTER TABLE setting ADD COLUMN changed_at {{.Int}}  NOT NULL DEFAULT 0;

-- What a role has beyond the columns: kind, permissions, options, modules, colour, ceiling; as JSON.
ALTER TABLE role ADD COLUMN content {{.Text}} NOT NULL DEFAULT '{}';

-- What only the server needs: the password of a directory, sealed.
ALTER TABLE connection ADD COLUMN secret {{.Blob}};

CREATE TABLE profile (
  tenant      {{.Text}} NOT NULL,
  id          {{.Text}} NOT NULL,
  name        {{.Text}} NOT NULL,
  name_fold   {{.Text}} NOT NULL,
  role        {{.Text}} NOT NULL,
  icon        {{.Text}} NOT NULL,
  description {{.Text}} NOT NULL,
  modules     {{.Text}} NOT NULL, -- JSON list of keys
  managed_by  {{.Text}} NOT NULL,
  archived    {{.Bool}} NOT NULL DEFAULT {{.False}},
  PRIMARY KEY (tenant, id)
) {{.Table}};
CREATE UNIQUE INDEX profile_name ON profile (tenant, name_fold);

-- Agent groups, and now campaigns, queues and strategies: each kind has its own names.
ALTER TABLE agent_group ADD COLUMN kind    {{.Text}} NOT NULL DEFAULT 'agent_group';
ALTER TABLE agent_group ADD COLUMN content {{.Text}} NOT NULL DEFAULT '{"visibility":"team","distribution":true}'; -- JSON
DROP INDEX agent_group_name;
CREATE UNIQUE INDEX agent_group_name ON agent_group (tenant, name_fold, kind);

CREATE TABLE company (
  tenant     {{.Text}} NOT NULL,
  id         {{.Text}} NOT NULL,
  name       {{.Text}} NOT NULL,
  name_fold  {{.Text}} NOT NULL,
  managed_by {{.Text}} NOT NULL,
  PRIMARY KEY (tenant, id)
) {{.Table}};
CREATE UNIQUE INDEX company_name ON company (tenant, name_fold);

CREATE TABLE status (
  tenant      {{.Text}} NOT NULL,
  key         {{.Text}} NOT NULL, -- folded
  name        {{.Text}} NOT NULL,
  icon        {{.Text}} NOT NULL,
  description {{.Text}} NOT NULL,
  receives    {{.Bool}} NOT NULL,
  active      {{.Bool}} NOT NULL,
  ord         {{.Int}}  NOT NULL,
  system      {{.Bool}} NOT NULL,
  managed_by  {{.Text}} NOT NULL,
  PRIMARY KEY (tenant, key)
) {{.Clustered}};

CREATE TABLE seat_pool (
  tenant     {{.Text}} NOT NULL,
  key        {{.Text}} NOT NULL,
  name       {{.Text}} NOT NULL,
  policy     {{.Text}} NOT NULL, -- '' for the setting seats.policy
  size       {{.Int}}  NOT NULL, -- 0: none was agreed
  grace      {{.Int}}  NOT NULL,
  roles      {{.Text}} NOT NULL, -- JSON list of role keys
  contact    {{.Text}} NOT NULL,
  managed_by {{.Text}} NOT NULL,
  PRIMARY KEY (tenant, key)
) {{.Clustered}};

-- What rules yield beyond roles and agent groups, as JSON.
ALTER TABLE rule ADD COLUMN outputs {{.Text}} NOT NULL DEFAULT '{}';

CREATE TABLE mapping_test (
  tenant     {{.Text}} NOT NULL,
  name       {{.Text}} NOT NULL, -- folded
  ord        {{.Int}}  NOT NULL,
  body       {{.Text}} NOT NULL, -- JSON
  managed_by {{.Text}} NOT NULL,
  PRIMARY KEY (tenant, name)
) {{.Clustered}};

-- Versions of the rules with their tests: a draft, the published one and those before it.
CREATE TABLE rule_set (
  tenant     {{.Text}} NOT NULL,
  id         {{.Text}} NOT NULL,
  state      {{.Text}} NOT NULL, -- draft | published | retired
  version    {{.Int}}  NOT NULL, -- the configuration's when it was published; of a draft, the one it began from
  rules      {{.Text}} NOT NULL, -- JSON
  tests      {{.Text}} NOT NULL, -- JSON
  note       {{.Text}} NOT NULL,
  actor      {{.Text}} NOT NULL,
  at         {{.Int}}  NOT NULL,
  PRIMARY KEY (tenant, id)
) {{.Table}};

-- People: where they sit, how they are present, and what lists look for.
ALTER TABLE person ADD COLUMN seat      {{.Text}} NOT NULL DEFAULT 'exempt';
ALTER TABLE person ADD COLUMN seat_pool {{.Text}} NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN status    {{.Text}} NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN absent    {{.Bool}} NOT NULL DEFAULT {{.False}};
ALTER TABLE person ADD COLUMN lacks     {{.Text}} NOT NULL DEFAULT ''; -- what the tenant requires and they have not, with commas between
ALTER TABLE person ADD COLUMN extension {{.Bool}} NOT NULL DEFAULT {{.False}}; -- they have one
ALTER TABLE person ADD COLUMN name      {{.Text}} NOT NULL DEFAULT ''; -- folded, what lists are sorted by
ALTER TABLE person ADD COLUMN search    {{.Text}} NOT NULL DEFAULT ''; -- folded: names, e-mail addresses, userName, phones
ALTER TABLE person ADD COLUMN user_fold {{.Text}} NOT NULL DEFAULT ''; -- the folded userName
-- Everybody is evaluated once more, in the background, for what these columns say.
UPDATE person SET status = 'offline', evaluated = 1 WHERE evaluated > 1 AND state <> 'deprovisioned';
CREATE INDEX person_name ON person (tenant, name, id);
CREATE INDEX person_user_name ON person (tenant, user_fold, id);
CREATE INDEX person_state ON person (tenant, state, name, id);
CREATE INDEX person_created ON person (tenant, created_at, id);
CREATE INDEX person_modified ON person (tenant, modified_at, id);
CREATE INDEX person_status ON person (tenant, status, id);

-- Who has a right; and who had it.
CREATE INDEX grants_target ON grants (tenant, target, ended, person);

CREATE TABLE presence (
  tenant   {{.Text}} NOT NULL,
  person   {{.Text}} NOT NULL,
  since    {{.Int}}  NOT NULL,
  until    {{.Int}}  NOT NULL DEFAULT 0, -- 0: the current one
  status   {{.Text}} NOT NULL,
  previous {{.Text}} NOT NULL,
  set_by   {{.Text}} NOT NULL,
  began_by {{.Text}} NOT NULL, -- the change
  PRIMARY KEY (tenant, person, since)
) {{.Clustered}};

CREATE TABLE absence (
  tenant     {{.Text}} NOT NULL,
  person     {{.Text}} NOT NULL,
  id         {{.Text}} NOT NULL,
  kind       {{.Text}} NOT NULL,
  begins     {{.Int}}  NOT NULL,
  ends       {{.Int}}  NOT NULL, -- 0: until somebody ends it
  note       {{.Text}} NOT NULL,
  actor      {{.Text}} NOT NULL,
  connection {{.Text}} NOT NULL,
  ended      {{.Int}}  NOT NULL DEFAULT 0,
  began_by   {{.Text}} NOT NULL,
  ended_by   {{.Text}} NOT NULL DEFAULT '',
  PRIMARY KEY (tenant, person, id)
) {{.Clustered}};

-- Instants at which somebody has to be looked at again: an absence begins or ends, a hold or a right runs out, a seat is
-- given back.
CREATE TABLE due (
  tenant {{.Text}} NOT NULL,
  at     {{.Int}}  NOT NULL,
  person {{.Text}} NOT NULL,
  PRIMARY KEY (tenant, at, person)
) {{.Clustered}};

-- A seat is a row, free while it has no person. Capped pools have as many as their limit; metered ones make them.
CREATE TABLE seat (
  tenant {{.Text}} NOT NULL,
  pool   {{.Text}} NOT NULL,
  n      {{.Int}}  NOT NULL,
  person {{.Text}} NOT NULL DEFAULT '', -- '' for free
  since  {{.Int}}  NOT NULL DEFAULT 0,
  until  {{.Int}}  NOT NULL DEFAULT 0,  -- paid for up to then, although the person left
  PRIMARY KEY (tenant, pool, n)
) {{.Clustered}};
CREATE INDEX seat_person ON seat (tenant, person, pool, n);
CREATE INDEX seat_until ON seat (tenant, until, person);

-- Who waits for a seat, in order.
CREATE TABLE seat_wait (
  tenant {{.Text}} NOT NULL,
  pool   {{.Text}} NOT NULL,
  since  {{.Int}}  NOT NULL,
  person {{.Text}} NOT NULL,
  PRIMARY KEY (tenant, pool, since, person)
) {{.Clustered}};
CREATE INDEX seat_wait_person ON seat_wait (tenant, person);

-- Answers to requests that carried an idempotency key, for a day.
CREATE TABLE idempotency (
  tenant  {{.Text}} NOT NULL,
  key     {{.Text}} NOT NULL, -- the principal's, hashed together with who it is
  request {{.Blob}} NOT NULL, -- SHA-256 of method, path and body
  status  {{.Int}}  NOT NULL, -- 0: it is being answered
  headers {{.Text}} NOT NULL, -- JSON
  body    {{.Blob}},
  at      {{.Int}}  NOT NULL,
  PRIMARY KEY (tenant, key)
) {{.Clustered}};

-- +goose Down
DROP TABLE idempotency;
DROP TABLE seat_wait;
DROP TABLE seat;
DROP TABLE due;
DROP TABLE absence;
DROP TABLE presence;
DROP INDEX grants_target;
DROP INDEX person_status;
DROP INDEX person_modified;
DROP INDEX person_created;
DROP INDEX person_state;
DROP INDEX person_user_name;
DROP INDEX person_name;
ALTER TABLE person DROP COLUMN user_fold;
ALTER TABLE person DROP COLUMN search;
ALTER TABLE person DROP COLUMN name;
ALTER TABLE person DROP COLUMN extension;
ALTER TABLE person DROP COLUMN lacks;
ALTER TABLE person DROP COLUMN absent;
ALTER TABLE person DROP COLUMN status;
ALTER TABLE person DROP COLUMN seat_pool;
ALTER TABLE person DROP COLUMN seat;
DROP TABLE rule_set;
DROP TABLE mapping_test;
ALTER TABLE rule DROP COLUMN outputs;
DROP TABLE seat_pool;
DROP TABLE status;
DROP TABLE company;
DROP INDEX agent_group_name;
ALTER TABLE agent_group DROP COLUMN content;
ALTER TABLE agent_group DROP COLUMN kind;
CREATE UNIQUE INDEX agent_group_name ON agent_group (tenant, name_fold);
DROP TABLE profile;
ALTER TABLE connection DROP COLUMN secret;
ALTER TABLE role DROP COLUMN content;
ALTER TABLE setting DROP COLUMN changed_at;
ALTER TABLE setting DROP COLUMN changed_by;
ALTER TABLE setting DROP COLUMN version;
ALTER TABLE setting DROP COLUMN managed_by;
ALTER TABLE tenant DROP COLUMN modules;
ALTER TABLE tenant DROP COLUMN preset;
