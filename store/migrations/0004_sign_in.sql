-- +goose Up

-- What providers stated of somebody at their last sign-in, as far as a connection gives roles for it; as JSON.
ALTER TABLE person ADD COLUMN claims {{.Text}} NOT NULL DEFAULT '';

-- Which provider the owners of e-mail addresses sign in at. It is asked before anybody has said for which tenant.
CREATE TABLE domain (
  domain     {{.Text}} NOT NULL, -- folded
  tenant     {{.Text}} NOT NULL,
  connection {{.Text}} NOT NULL,
  PRIMARY KEY (domain)
) {{.Clustered}};

-- Who somebody is at a provider.
CREATE TABLE identity (
  tenant     {{.Text}} NOT NULL,
  connection {{.Text}} NOT NULL,
  issuer     {{.Text}} NOT NULL,
  subject    {{.Text}} NOT NULL,
  person     {{.Text}} NOT NULL,
  created_at {{.Int}}  NOT NULL,
  last_at    {{.Int}}  NOT NULL,
  PRIMARY KEY (tenant, connection, issuer, subject)
) {{.Clustered}};
CREATE INDEX identity_person ON identity (tenant, person, connection);

CREATE TABLE session (
  tenant     {{.Text}} NOT NULL,
  id         {{.Text}} NOT NULL,
  hash       {{.Blob}} NOT NULL,
  person     {{.Text}} NOT NULL, -- '' for who came by a link
  role       {{.Text}} NOT NULL, -- of who came by a link
  made_by    {{.Text}} NOT NULL, -- who made the link
  connection {{.Text}} NOT NULL,
  subject    {{.Text}} NOT NULL,
  sid        {{.Text}} NOT NULL, -- the provider's session
  user_agent {{.Text}} NOT NULL,
  address    {{.Text}} NOT NULL,
  created_at {{.Int}}  NOT NULL,
  seen_at    {{.Int}}  NOT NULL,
  expires_at {{.Int}}  NOT NULL,
  ended_at   {{.Int}}  NOT NULL DEFAULT 0,
  ended_by   {{.Text}} NOT NULL DEFAULT '',
  PRIMARY KEY (tenant, id)
) {{.Table}};
CREATE INDEX session_person ON session (tenant, person, ended_at);
CREATE INDEX session_provider ON session (tenant, connection, subject, ended_at);
CREATE INDEX session_live ON session (tenant, ended_at, expires_at);

CREATE TABLE login_link (
  tenant     {{.Text}} NOT NULL,
  id         {{.Text}} NOT NULL,
  hash       {{.Blob}} NOT NULL,
  role       {{.Text}} NOT NULL,
  created_by {{.Text}} NOT NULL,
  created_at {{.Int}}  NOT NULL,
  expires_at {{.Int}}  NOT NULL,
  used_at    {{.Int}}  NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, id)
) {{.Clustered}};

-- What counts once: logout tokens by their jti, sign-ins by their state.
CREATE TABLE spent (
  tenant {{.Text}} NOT NULL,
  kind   {{.Text}} NOT NULL,
  id     {{.Text}} NOT NULL,
  until  {{.Int}}  NOT NULL,
  PRIMARY KEY (tenant, kind, id)
) {{.Clustered}};

-- +goose Down
DROP TABLE spent;
DROP TABLE login_link;
DROP TABLE session;
DROP TABLE identity;
DROP TABLE domain;
ALTER TABLE person DROP COLUMN claims;
