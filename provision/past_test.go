package provision_test

import (
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// place is the last place in the ledger.
func (b *bench) place() store.Instant {
	b.t.Helper()
	for {
		n, err := b.db.Sequence(b.t.Context(), b.tenant)
		if err != nil {
			b.t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	page, err := b.db.Reader(b.tenant).AuditChanges(b.t.Context(), store.AuditQuery{NewestFirst: true, Limit: 1})
	if err != nil || len(page.Entries) != 1 {
		b.t.Fatalf("%v %v", page, err)
	}
	return store.Instant{Place: page.Entries[0].Sequence}
}

func (b *bench) at(user string, at store.Instant) provision.PastView {
	b.t.Helper()
	v, err := b.engine.ViewAt(b.t.Context(), b.tenant, user, at)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

func (b *bench) holdersAt(right directory.Entitlement, at store.Instant) (names []string) {
	b.t.Helper()
	after := ""
	for {
		page, err := b.engine.HoldersAt(b.t.Context(), b.tenant, right, at, after, 1)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, x := range page.People {
			if len(x.Rights) == 0 || x.Rights[0].Origin.Change == "" {
				b.t.Errorf("%s without a reason: %+v", x.UserName, x.Rights)
			}
			names = append(names, x.UserName)
		}
		if after = page.Next; after == "" {
			return names
		}
	}
}

// Who had what at a time: by a place in the ledger and by the clock, also of what ended since and of who is gone.
func TestWhoHadWhatWhen(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.configure(configureRules(supportRule))
		b.user(b.okta, "zoe", "0")
		before := b.place()
		ana := b.user(b.okta, "ana", "1")
		created := b.place()
		g := b.group(b.okta, "CC-Support", ana.ID)
		joined := b.place()
		afterJoining := time.Now()
		b.members(g.ID, provision.RemoveMembers, ana.ID)
		b.mustSet(b.okta, ana.ID, map[string]any{"active": false})
		suspended := b.place()
		if err := b.engine.DeleteUser(t.Context(), b.okta, ana.ID, nil); err != nil {
			t.Fatal(err)
		}
		gone := b.place()

		_, err := b.engine.ViewAt(t.Context(), b.tenant, ana.ID, before)
		b.wantKind(err, directory.NotFound)
		for name, c := range map[string]struct {
			at                       store.Instant
			state                    directory.State
			accounts, groups, rights int
		}{
			"created":              {created, directory.Active, 1, 0, 0},
			"joined":               {joined, directory.Active, 1, 1, 2},
			"joined, by the clock": {store.Instant{Time: afterJoining}, directory.Active, 1, 1, 2},
			"suspended":            {suspended, directory.Suspended, 1, 0, 0},
			"gone":                 {gone, directory.Deprovisioned, 0, 0, 0},
			"today":                {store.Instant{Time: time.Now()}, directory.Deprovisioned, 0, 0, 0},
		} {
			v := b.at("ana", c.at)
			if v.State == nil || *v.State != c.state || len(v.Accounts) != c.accounts || len(v.Memberships) != c.groups || len(v.Rights) != c.rights {
				t.Errorf("%s: %+v", name, v)
			}
		}
		v := b.at(ana.ID, joined)
		if r := v.Rights[0]; r.Kind != directory.RoleEntitlement || r.ID != "agent" || r.Origin.Rule != "support agents" || r.Origin.Group != "CC-Support" {
			t.Errorf("the role's reason: %+v", r)
		}
		if v.Memberships[0].Name != "CC-Support" || v.Accounts[0].Connection != "okta" || v.Accounts[0].ExternalID != "1" {
			t.Errorf("%+v", v)
		}
		agent := directory.Entitlement{Kind: directory.RoleEntitlement, Target: "agent"}
		support := directory.Entitlement{Kind: directory.AgentGroupEntitlement, Target: "support"}
		for name, c := range map[string]struct {
			right directory.Entitlement
			at    store.Instant
			want  int
		}{
			"agents then": {agent, joined, 1}, "agents by the clock": {agent, store.Instant{Time: afterJoining}, 1}, "agents before": {agent, created, 0},
			"agents now": {agent, gone, 0}, "the agent group then": {support, joined, 1},
		} {
			if got := b.holdersAt(c.right, c.at); len(got) != c.want {
				t.Errorf("%s: %q, want %d", name, got, c.want)
			}
		}
		if err := b.db.Write(t.Context(), b.tenant, func(tx *store.Tx) error { tx.EraseChanges("person:" + ana.ID); return nil }); err != nil {
			t.Fatal(err)
		}
		if v := b.at(ana.ID, joined); v.State != nil || len(v.Rights) != 2 {
			t.Errorf("after erasure: %+v", v)
		}
	})
}

func TestInstantsThatAreNone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		ana := b.user(b.okta, "ana", "1")
		b.place()
		for name, c := range map[string]struct {
			at   store.Instant
			kind directory.Kind
		}{
			"none": {store.Instant{}, directory.Invalid}, "negative": {store.Instant{Place: -1}, directory.Invalid}, "not given yet": {store.Instant{Place: 1000}, directory.NotFound},
		} {
			_, err := b.engine.ViewAt(t.Context(), b.tenant, ana.ID, c.at)
			if directory.KindOf(err) != c.kind {
				t.Errorf("%s: %v", name, err)
			}
			_, err = b.engine.HoldersAt(t.Context(), b.tenant, directory.Entitlement{Kind: directory.RoleEntitlement, Target: "agent"}, c.at, "", 10)
			if directory.KindOf(err) != c.kind {
				t.Errorf("%s: %v", name, err)
			}
		}
		now := store.Instant{Time: time.Now()}
		_, err := b.engine.ViewAt(t.Context(), b.tenant, "nobody", now)
		b.wantKind(err, directory.NotFound)
		_, err = b.engine.HoldersAt(t.Context(), b.tenant, directory.Entitlement{Kind: "crown", Target: "x"}, now, "", 10)
		b.wantKind(err, directory.Invalid)
		_, err = b.engine.HoldersAt(t.Context(), b.tenant, directory.Entitlement{Kind: directory.RoleEntitlement, Target: "x"}, now, "", 10)
		b.wantKind(err, directory.NotFound)
	})
}
