package admin_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io"
	"strings"
	"testing"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// desk is a database with the verbs over it.
type desk struct {
	t      *testing.T
	dsn    string
	db     *store.DB
	engine *provision.Engine
	admin  *admin.Admin
	raw    *sql.DB // the same database, for dump
	tenant string  // the tenant's key; "" for acme
}

var operator = directory.Actor{Kind: directory.ActorCLI, ID: "op@host"}

// each runs a test on both databases.
func each(t *testing.T, f func(*testing.T, *desk)) {
	t.Helper()
	migrated.Each(t, func(t *testing.T, dsn string) { f(t, open(t, dsn)) })
}

func open(t *testing.T, dsn string) *desk {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	db, err := store.Open(ctx, dsn, store.Options{Create: true, Keys: [][]byte{bytes.Repeat([]byte{7}, 32)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	engine := provision.New(db, provision.Options{})
	return &desk{t: t, dsn: dsn, db: db, engine: engine, admin: admin.New(db, engine, nil)}
}

// team is an agent group in a manifest.
func team(name, was string) directory.WorkGroupSpec {
	g := directory.NewWorkGroup(directory.AgentGroupWork, name)
	g.ManagedBy = directory.ByManifest
	return directory.WorkGroupSpec{WorkGroup: g, Was: was}
}

// acme is the manifest that most tests begin with.
func acme() directory.Spec {
	return directory.Spec{
		Tenant: "acme", Name: "Acme", Settings: map[string]string{},
		Connections: []directory.ConnectionSpec{connection("okta")},
		Work:        []directory.WorkGroupSpec{team("Support", "")},
		Rules: []directory.RuleSpec{
			rule("support", directory.Rule{When: `department eq "Support"`, Roles: []string{"agent"}, AgentGroups: outputs("Support")}),
			rule("admins", directory.Rule{When: `title eq "Boss"`, Roles: []string{"administrator"}}),
		},
	}
}

func connection(name string) directory.ConnectionSpec {
	return directory.ConnectionSpec{Connection: directory.Connection{
		Name: name, Kind: directory.SCIM, Dialect: directory.Okta, Claim: true, Capabilities: directory.AllCapabilities(), ManagedBy: directory.ByManifest,
	}}
}

func rule(name string, r directory.Rule) directory.RuleSpec {
	r.Name, r.ManagedBy = name, directory.ByManifest
	return directory.RuleSpec{Rule: r}
}

func outputs(names ...string) []directory.RuleOutput {
	var out []directory.RuleOutput
	for _, n := range names {
		out = append(out, directory.RuleOutput{Name: n, Kind: directory.AsUser})
	}
	return out
}

// ordered gives each object its place, as the reader of manifests does.
func ordered(s directory.Spec) directory.Spec {
	for i := range s.Connections {
		s.Connections[i].Order = i
	}
	for i := range s.Rules {
		s.Rules[i].Order = i
	}
	return s
}

func (d *desk) apply(s directory.Spec) admin.Result {
	d.t.Helper()
	r, err := d.admin.Apply(d.t.Context(), operator, ordered(s), admin.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

// refused applies a manifest that must not be applied, and returns why.
func (d *desk) refused(s directory.Spec) string {
	d.t.Helper()
	before := d.dump()
	r, err := d.admin.Apply(d.t.Context(), operator, ordered(s), admin.Options{})
	if err == nil {
		d.t.Fatalf("status %s, want a refusal", r.Status)
	}
	if r.Status != admin.Failed {
		d.t.Errorf("status %s with the error %v, want failed", r.Status, err)
	}
	if after := d.dump(); after != before {
		d.t.Error("a refused manifest wrote something")
	}
	return err.Error()
}

func (d *desk) configuration() *store.Configuration {
	d.t.Helper()
	t, err := d.db.Ops().Tenant(d.t.Context(), cmp.Or(d.tenant, "acme"))
	if err != nil {
		d.t.Fatal(err)
	}
	c, err := d.db.Reader(t.ID).Configuration(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// okta returns the actor of the tenant's connection okta.
func (d *desk) okta() directory.Actor {
	d.t.Helper()
	c := d.configuration()
	for _, x := range c.Connections {
		if x.Name == "okta" {
			return directory.Actor{Tenant: c.Tenant.ID, Kind: directory.ActorConnection, ID: x.ID, Connection: x.ID}
		}
	}
	d.t.Fatal("there is no connection okta")
	return directory.Actor{}
}

// person makes a user by the connection okta and returns the id. pairs are attributes.
func (d *desk) person(name string, pairs ...string) string {
	d.t.Helper()
	attributes := directory.Attributes{"userName": name, "active": true}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] == "department" {
			attributes["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] = map[string]any{"department": pairs[i+1]}
		} else {
			attributes[pairs[i]] = pairs[i+1]
		}
	}
	r, err := d.engine.CreateUser(d.t.Context(), d.okta(), directory.Account{Attributes: attributes})
	if err != nil {
		d.t.Fatal(err)
	}
	return r.ID
}

// rights returns what somebody has, as "role agent, group Support".
func (d *desk) rights(user string) string {
	d.t.Helper()
	v, err := d.engine.View(d.t.Context(), d.configuration().Tenant.ID, user)
	if err != nil {
		d.t.Fatal(err)
	}
	var out []string
	for _, r := range v.Roles {
		out = append(out, "role "+r.Key)
	}
	for _, g := range v.AgentGroups {
		out = append(out, "group "+g.Name)
	}
	return strings.Join(out, ", ")
}

// tables are all but the one of the tool that migrates.
var tables = []string{
	"tenant", "lease", "setting", "connection", "token", "role", "agent_group", "rule", "binding", "person", "account", "identifier", "hold",
	"grp", "membership", "nesting", "grants", "change", "ledger", "backlog", "tally", "counter", "run", "request_log", "api_key", "source", "entry", "cut",
	"profile", "company", "status", "seat_pool", "mapping_test", "rule_set", "seat", "seat_wait",
}

// raw opens the database without the program.
func raw(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	driver, source := "pgx", dsn
	if path, ok := strings.CutPrefix(dsn, "sqlite://"); ok {
		driver, source = "sqlite", path
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // a test's database is dropped anyhow
	return db
}

// dump is a fingerprint of everything that is stored.
func (d *desk) dump() string {
	d.t.Helper()
	if d.raw == nil {
		d.raw = raw(d.t, d.dsn)
	}
	h := sha256.New()
	for _, table := range tables {
		d.hash(h, table)
	}
	return string(h.Sum(nil))
}

func (d *desk) hash(h io.Writer, table string) {
	d.t.Helper()
	rows, err := d.raw.QueryContext(d.t.Context(), "SELECT * FROM "+table+" ORDER BY 1, 2, 3")
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }() // read to its end
	columns, err := rows.Columns()
	if err != nil {
		d.t.Fatal(err)
	}
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			d.t.Fatal(err)
		}
		for _, v := range values {
			if b, ok := (*v.(*any)).([]byte); ok {
				_, _ = h.Write(b)
			} else {
				_, _ = fmt.Fprintf(h, "%v|", *v.(*any))
			}
		}
	}
	if err := rows.Err(); err != nil {
		d.t.Fatal(err)
	}
}
