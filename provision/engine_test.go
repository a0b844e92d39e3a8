package provision_test

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"testing"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
	"rollcall/store/storetest/migrated"
)

// bench is a tenant with two connections and an engine over it.
type bench struct {
	t      testing.TB
	db     *store.DB
	engine *provision.Engine
	tenant string
	okta   directory.Actor
	entra  directory.Actor
}

// unguarded are limits that no test of something else comes near.
var unguarded = directory.GuardLimits{Percent: 100_000, Count: 1_000_000_000}

// each runs a test on both databases.
func each(t *testing.T, f func(*testing.T, *bench)) {
	t.Helper()
	migrated.Each(t, func(t *testing.T, dsn string) { f(t, open(t, dsn)) })
}

func open(t testing.TB, dsn string) *bench {
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
	b := &bench{t: t, db: db, tenant: store.NewShortID()}
	b.okta = directory.Actor{Tenant: b.tenant, Kind: directory.ActorConnection, ID: "okta", Connection: "okta"}
	b.entra = directory.Actor{Tenant: b.tenant, Kind: directory.ActorConnection, ID: "entra", Connection: "entra"}
	b.engine = provision.New(db, provision.Options{})
	b.makeTenant()
	return b
}

// makeTenant makes the bench's tenant, with two connections and the default roles.
func (b *bench) makeTenant() {
	b.t.Helper()
	err := b.db.Write(context.WithoutCancel(b.t.Context()), b.tenant, func(tx *store.Tx) error {
		if err := tx.InsertTenant(b.tenant, "Acme"); err != nil {
			return err
		}
		for i, name := range []string{"okta", "entra"} {
			tx.PutConnection(directory.Connection{
				ID: name, Name: name, Kind: directory.SCIM, Dialect: directory.Dialect(name), Order: i, Claim: true,
				Capabilities: directory.AllCapabilities(), ManagedBy: directory.ByManifest, Guard: unguarded,
			})
		}
		for _, r := range access.Presets()[0].Roles {
			tx.PutRole(r)
		}
		for _, s := range access.Presets()[0].Statuses {
			tx.PutStatus(s)
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// configure changes the configuration as an administrator would, and settles.
func (b *bench) configure(change func(*store.Configuration)) {
	b.t.Helper()
	ctx := b.t.Context()
	err := b.db.Write(ctx, b.tenant, func(tx *store.Tx) error {
		c, err := tx.Configuration(ctx)
		if err != nil {
			return err
		}
		before := c.Rules
		change(c)
		for _, x := range before {
			if !slices.ContainsFunc(c.Rules, func(r directory.Rule) bool { return r.ID == x.ID }) {
				tx.DeleteRule(x.ID)
			}
		}
		for name, value := range c.Settings {
			tx.PutSetting(name, value, directory.SettingOrigin{})
		}
		for _, x := range c.Connections {
			tx.PutConnection(x)
		}
		for i, x := range c.Rules {
			x.Order = i
			tx.PutRule(x)
		}
		for _, g := range slices.Concat(c.AgentGroups, c.Work) {
			tx.PutWorkGroup(g)
		}
		for _, x := range c.SeatPools {
			tx.PutSeatPool(x)
		}
		for _, s := range c.Statuses {
			tx.PutStatus(s)
		}
		if _, err := b.engine.BindRules(tx, c); err != nil {
			return err
		}
		_, err = tx.RaiseConfigVersion(c.Tenant.Name)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.settle()
}

func (b *bench) settle() store.Summary {
	b.t.Helper()
	sum, err := b.engine.Settle(b.t.Context(), b.tenant, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return sum
}

// user makes somebody with an account of the actor's connection.
func (b *bench) user(actor directory.Actor, userName, externalID string, more ...map[string]any) store.Resource {
	b.t.Helper()
	r, err := b.engine.CreateUser(b.t.Context(), actor, account(userName, externalID, more...))
	if err != nil {
		b.t.Fatalf("create %s: %v", userName, err)
	}
	return r
}

func account(userName, externalID string, more ...map[string]any) directory.Account {
	a := directory.Account{ExternalID: externalID, Attributes: directory.Attributes{"userName": userName, "active": true}}
	for _, m := range more {
		maps.Copy(a.Attributes, m)
	}
	return a
}

func (b *bench) group(actor directory.Actor, name string, people ...string) provision.GroupResult {
	b.t.Helper()
	g, err := b.engine.CreateGroup(b.t.Context(), actor, directory.Group{DisplayName: name, Attributes: directory.Attributes{"displayName": name}}, members(people...))
	if err != nil {
		b.t.Fatalf("create group %s: %v", name, err)
	}
	return g
}

func members(ids ...string) []directory.Member {
	var out []directory.Member
	for _, id := range ids {
		out = append(out, directory.Member{ID: id})
	}
	return out
}

func (b *bench) members(group string, kind provision.OpKind, ids ...string) provision.GroupResult {
	b.t.Helper()
	g, err := b.engine.UpdateGroup(b.t.Context(), b.okta, group, nil, nil, []provision.MemberOp{{Kind: kind, Members: members(ids...)}})
	if err != nil {
		b.t.Fatal(err)
	}
	return g
}

func (b *bench) view(user string) provision.View {
	b.t.Helper()
	v, err := b.engine.View(b.t.Context(), b.tenant, user)
	if err != nil {
		b.t.Fatalf("view %s: %v", user, err)
	}
	return v
}

// set changes attributes of somebody's account; nil unassigns.
func (b *bench) set(actor directory.Actor, id string, change map[string]any) (store.Resource, error) {
	return b.engine.UpdateUser(b.t.Context(), actor, id, nil, func(a directory.Account) (directory.Account, error) {
		attributes := directory.Attributes{}
		maps.Copy(attributes, a.Attributes)
		for k, v := range change {
			if v == nil {
				delete(attributes, k)
			} else {
				attributes[k] = v
			}
		}
		a.Attributes = attributes
		return a, nil
	})
}

func (b *bench) mustSet(actor directory.Actor, id string, change map[string]any) store.Resource {
	b.t.Helper()
	r, err := b.set(actor, id, change)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b *bench) wantKind(err error, kind directory.Kind) {
	b.t.Helper()
	if directory.KindOf(err) != kind {
		b.t.Errorf("error %v has the kind %q, want %q", err, directory.KindOf(err), kind)
	}
}

func roles(v provision.View) []string {
	var out []string
	for _, r := range v.Roles {
		out = append(out, r.Key)
	}
	return out
}

func agentGroups(v provision.View) map[string]directory.MembershipKind {
	out := map[string]directory.MembershipKind{}
	for _, g := range v.AgentGroups {
		out[g.Name] = g.Kind
	}
	return out
}

var supportRule = directory.Rule{
	ID: "rule-support", Name: "support agents", Group: "CC-Support", Roles: []string{"agent"},
	AgentGroups: []directory.RuleOutput{{Name: "Support", Kind: directory.AsUser}}, ManagedBy: directory.ByManifest,
}

var leadsRule = directory.Rule{
	ID: "rule-leads", Name: "leads", Group: "CC-Lead-{team}", Roles: []string{"supervisor"},
	AgentGroups: []directory.RuleOutput{{Name: "{team}", Kind: directory.AsSupervisor}}, ManagedBy: directory.ByManifest,
}

var billingRule = directory.Rule{
	ID: "rule-billing", Name: "billing", When: `department eq "Billing"`, Roles: []string{"agent"}, ManagedBy: directory.ByManifest,
}

func department(name string) map[string]any {
	return map[string]any{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": map[string]any{"department": name}}
}
