package provision_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// paper is a directory that a test writes: what a source would read from a server.
type paper struct {
	users, groups       map[string]*leaf // by id
	usersAre, groupsAre directory.Completeness
	fingerprint, cookie string
	delta               []string // ids that a reading of changes mentions; nil reads everything
}

// leaf is one of its entries.
type leaf struct {
	dn, alias  string
	attributes directory.Attributes
	members    []string // names
	parents    []string
	partial    bool // not all members are known
	broken     string
	gone       bool
}

func newPaper() *paper {
	return &paper{users: map[string]*leaf{}, groups: map[string]*leaf{}, usersAre: directory.Complete, groupsAre: directory.Complete, fingerprint: "1"}
}

func (d *paper) user(id string, more ...directory.Attributes) *leaf {
	x := &leaf{dn: "uid=" + id + ",ou=people", attributes: directory.Attributes{"userName": id, "active": true}}
	for _, m := range more {
		maps.Copy(x.attributes, m)
	}
	d.users[id] = x
	return x
}

func (d *paper) group(name string, members ...string) *leaf {
	x := &leaf{dn: "cn=" + name + ",ou=groups", attributes: directory.Attributes{"displayName": name}}
	for _, m := range members {
		x.members = append(x.members, d.name(m))
	}
	d.groups["g-"+name] = x
	return x
}

// name is by what members are named: the DN of somebody who is there, or a text that nobody has.
func (d *paper) name(id string) string {
	if x := d.users[id]; x != nil {
		return x.dn
	}
	if x := d.groups["g-"+id]; x != nil {
		return x.dn
	}
	return "uid=" + id + ",ou=people"
}

func (d *paper) Close() error { return nil }

func (d *paper) Read(_ context.Context, since directory.Since, each func(directory.Page) error) (directory.Reading, error) {
	r := directory.Reading{Server: "paper", Mode: "full", Users: d.usersAre, Groups: d.groupsAre, Fingerprint: d.fingerprint, Cookie: []byte("c" + d.cookie)}
	for which, is := range map[string]directory.Completeness{"people": d.usersAre, "groups": d.groupsAre} {
		if is != directory.Complete {
			r.Problems = append(r.Problems, directory.Problem{Kind: "search", Message: directory.Say("the search for %s is %s", which, is), Fix: "look"})
		}
	}
	changes := d.delta != nil && len(since.Cookie) > 0 && since.Fingerprint == d.fingerprint
	if changes {
		r.Mode, r.Delta = "changes", true
	}
	for _, kind := range []directory.EntryKind{directory.UserEntry, directory.GroupEntry} {
		list := d.users
		if kind == directory.GroupEntry {
			list = d.groups
		}
		var page []directory.Entry
		for _, id := range slices.Sorted(maps.Keys(list)) {
			if !changes || slices.Contains(d.delta, id) {
				page = append(page, list[id].entry(kind, id))
			}
		}
		for chunk := range slices.Chunk(page, 7) {
			if err := each(directory.Page{Kind: kind, Entries: chunk}); err != nil {
				return r, err
			}
		}
	}
	return r, nil
}

func (x *leaf) entry(kind directory.EntryKind, id string) directory.Entry {
	e := directory.Entry{ID: id, DN: x.dn, Ref: x.dn, Alias: x.alias, Parents: x.parents, Members: x.members, MembersKnown: directory.Complete, Gone: x.gone}
	if kind == directory.GroupEntry && x.partial {
		e.MembersKnown = directory.Partial
	}
	sorted := slices.Sorted(slices.Values(x.members))
	b, _ := json.Marshal([]any{x.attributes, sorted, x.parents, x.broken})
	h := sha256.Sum256(b)
	e.Hash = h[:16]
	e.Resource = func() (directory.Attributes, error) {
		if x.broken != "" {
			return nil, errors.New(x.broken)
		}
		return maps.Clone(x.attributes), nil
	}
	return e
}

// hq is the actor of a connection that reads a paper.
func (b *bench) hq() directory.Actor {
	return directory.Actor{Tenant: b.tenant, Kind: directory.ActorCLI, ID: "root@host", Connection: "hq"}
}

// reads gives the tenant a connection that is read.
func (b *bench) reads(change ...func(*directory.Connection)) *paper {
	b.t.Helper()
	l := directory.DefaultLDAP()
	c := directory.Connection{
		ID: "hq", Name: "headquarters", Kind: directory.LDAP, Dialect: directory.RFC, Order: 2, Claim: true, Capabilities: directory.AllCapabilities(),
		Guard: unguarded, LDAP: &l, ManagedBy: directory.ByManifest,
	}
	for _, f := range change {
		f(&c)
	}
	b.configure(func(cfg *store.Configuration) { cfg.Connections = append(cfg.Connections, c) })
	return newPaper()
}

// supports gives a role and an agent group to those in a directory group, and a rule by capture.
func (b *bench) supports() {
	b.t.Helper()
	b.configure(func(c *store.Configuration) {
		c.Rules = append(c.Rules,
			directory.Rule{ID: "support", Name: "support agents", Group: "CC-Support", Roles: []string{"agent"}, AgentGroups: []directory.RuleOutput{{Name: "Support", Kind: directory.AsUser}}, ManagedBy: directory.ByManifest},
			directory.Rule{ID: "leads", Name: "leads", Group: "CC-Lead-{team}", Roles: []string{"supervisor"}, AgentGroups: []directory.RuleOutput{{Name: "{team}", Kind: directory.AsSupervisor}}, ManagedBy: directory.ByManifest},
		)
	})
}

// synced is what became of a sync, and its lines.
type synced struct {
	provision.SyncResult

	lines []provision.SyncChange
}

func (s synced) line(userName string) provision.SyncChange {
	for _, l := range s.lines {
		if l.UserName == userName {
			return l
		}
	}
	return provision.SyncChange{}
}

func (b *bench) plan(d *paper, o provision.SyncOptions) (synced, *provision.SyncPlan) {
	b.t.Helper()
	var out synced
	o.Each = func(c provision.SyncChange) error {
		out.lines = append(out.lines, c)
		return nil
	}
	p, err := b.engine.PlanSync(b.t.Context(), b.hq(), "hq", d, o)
	if err != nil {
		b.t.Fatalf("plan: %v", err)
	}
	out.SyncResult = p.Result()
	return out, p
}

// sync reads everything and applies what it says.
func (b *bench) sync(d *paper) synced {
	b.t.Helper()
	return b.syncWith(d, provision.SyncOptions{Full: true})
}

func (b *bench) syncWith(d *paper, o provision.SyncOptions) synced {
	b.t.Helper()
	out, p := b.plan(d, o)
	defer func() {
		if err := p.Close(); err != nil {
			b.t.Error(err)
		}
	}()
	var err error
	if out.SyncResult, err = b.engine.ApplySync(b.t.Context(), b.hq(), p, o); err != nil {
		b.t.Fatalf("apply: %v", err)
	}
	return out
}

// is checks somebody's state, roles and agent groups.
func (b *bench) is(user string, state directory.State, rights ...string) {
	b.t.Helper()
	v := b.view(user)
	var has []string
	for _, r := range v.Roles {
		has = append(has, r.Key)
	}
	for _, g := range v.AgentGroups {
		has = append(has, fmt.Sprintf("%s/%s", g.Name, g.Kind))
	}
	slices.Sort(has)
	slices.Sort(rights)
	if v.State != state || !slices.Equal(has, rights) {
		b.t.Errorf("%s is %s with %v; want %s with %v", user, v.State, has, state, rights)
	}
}

// changes counts the records of the log.
func (b *bench) changes() int {
	b.t.Helper()
	if _, err := b.db.Sequence(b.t.Context(), b.tenant); err != nil {
		b.t.Fatal(err)
	}
	list, err := b.db.Reader(b.tenant).Ledger(b.t.Context(), 0, 100_000)
	if err != nil {
		b.t.Fatal(err)
	}
	return len(list)
}

func eachReading(t *testing.T, f func(t *testing.T, b *bench, d *paper)) {
	t.Helper()
	each(t, func(t *testing.T, b *bench) {
		d := b.reads()
		b.supports()
		f(t, b, d)
	})
}
