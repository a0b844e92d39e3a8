package provision_test

import (
	"context"
	"slices"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

func TestUserIsActiveSuspendedDeprovisionedAndRestoredWithTheSameID(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		r := b.user(b.okta, "Ana@acme.test", "00u1")
		if v := b.view("ana@ACME.test"); v.State != directory.Active || v.ID != r.ID || v.UserName != "Ana@acme.test" {
			t.Fatalf("created: %+v", v)
		}
		suspended := b.mustSet(b.okta, r.ID, map[string]any{"active": false})
		if suspended.Version != r.Version+1 || b.view(r.ID).State != directory.Suspended {
			t.Errorf("suspended: version %d, %+v", suspended.Version, b.view(r.ID))
		}
		if _, err := b.engine.CreateUser(t.Context(), b.okta, account("ana@acme.test", "00u2")); directory.KindOf(err) != directory.Conflict {
			t.Errorf("a second POST of a suspended user: %v, want a conflict", err)
		}
		if err := b.engine.DeleteUser(t.Context(), b.okta, r.ID, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := b.db.Reader(b.tenant).User(t.Context(), "okta", r.ID, true); directory.KindOf(err) != directory.NotFound {
			t.Errorf("deprovisioned user is still found: %v", err)
		}
		if v := b.view(r.ID); v.State != directory.Deprovisioned || len(v.Roles) > 0 {
			t.Errorf("deprovisioned: %+v", v)
		}
		back := b.user(b.okta, "ana@acme.test", "00u1")
		if back.ID != r.ID || back.Version <= suspended.Version || b.view(r.ID).State != directory.Active {
			t.Errorf("came back as %+v, want id %s with a later version", back, r.ID)
		}
	})
}

func TestSameUserNameWithAnotherExternalIDIsAnotherPerson(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		r := b.user(b.okta, "ana@acme.test", "00u1")
		if err := b.engine.DeleteUser(t.Context(), b.okta, r.ID, nil); err != nil {
			t.Fatal(err)
		}
		if other := b.user(b.okta, "ana@acme.test", "00u9"); other.ID == r.ID {
			t.Error("a different externalId got the id of the person before")
		}
	})
}

func TestUnchangedUserKeepsVersionAndLastModified(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		r := b.user(b.okta, "ana@acme.test", "00u1")
		before, err := b.db.Reader(b.tenant).Changes(t.Context(), "person:"+r.ID, 10)
		if err != nil {
			t.Fatal(err)
		}
		same := b.mustSet(b.okta, r.ID, map[string]any{"active": true})
		if same.Version != r.Version || !same.ModifiedAt.Equal(r.ModifiedAt) || string(same.Document) != string(r.Document) {
			t.Errorf("no change answered %+v, want %+v", same, r)
		}
		after, err := b.db.Reader(b.tenant).Changes(t.Context(), "person:"+r.ID, 10)
		if err != nil || len(after) != len(before) {
			t.Errorf("%d changes after nothing changed, want %d (%v)", len(after), len(before), err)
		}
	})
}

func TestClearedExternalIDStillCorrelates(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		r := b.user(b.okta, "ana@acme.test", "00u1")
		_, err := b.engine.UpdateUser(t.Context(), b.okta, r.ID, nil, func(a directory.Account) (directory.Account, error) {
			a.ExternalID = ""
			return a, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.engine.CreateUser(t.Context(), b.okta, account("other@acme.test", "00u1"))
		b.wantKind(err, directory.Conflict)
	})
}

func TestPreconditionThatDoesNotHoldIsStale(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		r := b.user(b.okta, "ana@acme.test", "00u1")
		never := func(int64) bool { return false }
		b.wantKind(b.engine.DeleteUser(t.Context(), b.okta, r.ID, never), directory.Stale)
		_, err := b.engine.UpdateUser(t.Context(), b.okta, r.ID, never, func(a directory.Account) (directory.Account, error) { return a, nil })
		b.wantKind(err, directory.Stale)
	})
}

func TestTwoConnectionsForOnePersonEachSeeTheirOwnAccount(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		first := b.user(b.okta, "ana@acme.test", "00u1", map[string]any{"title": "Agent"})
		_, err := b.engine.CreateUser(t.Context(), b.entra, account("ana@acme.test", "e-1", map[string]any{"title": "Lead"}))
		b.wantKind(err, directory.Conflict)

		b.configure(func(c *store.Configuration) { c.Connections[1].Link = "userName" })
		second := b.user(b.entra, "ana@acme.test", "e-1", map[string]any{"title": "Lead", "nickName": "Ana"})
		if second.ID != first.ID {
			t.Fatalf("linked account has id %s, want the person's %s", second.ID, first.ID)
		}
		v := b.view(first.ID)
		if v.Attributes["title"] != "Agent" || v.Attributes["nickName"] != "Ana" || len(v.Accounts) != 2 {
			t.Errorf("effective person: %v, accounts %v; want the first connection's title and the second's nickName", v.Attributes, v.Accounts)
		}
		mine, err := b.db.Reader(b.tenant).User(t.Context(), "okta", first.ID, true)
		if err != nil || !slices.Equal(mine.Document, first.Document) {
			t.Errorf("okta sees %s (%v), want its own statement %s", mine.Document, err, first.Document)
		}
		if _, err := b.set(b.entra, first.ID, map[string]any{"active": false}); err != nil {
			t.Fatal(err)
		}
		if v := b.view(first.ID); v.State != directory.Suspended {
			t.Errorf("state %s under leaver.when any, want suspended", v.State)
		}
		b.configure(func(c *store.Configuration) { c.Settings["leaver.when"] = "all" })
		if v := b.view(first.ID); v.State != directory.Active {
			t.Errorf("state %s under leaver.when all, want active", v.State)
		}
		if err := b.engine.DeleteUser(t.Context(), b.okta, first.ID, nil); err != nil {
			t.Fatal(err)
		}
		if v := b.view(first.ID); v.State != directory.Suspended || v.Attributes["title"] != "Lead" {
			t.Errorf("after okta's goodbye: %+v, want entra's statement alone", v)
		}
	})
}

func TestPersonWhomNobodyOwnsIsClaimed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		local := directory.Actor{Tenant: b.tenant, Kind: directory.ActorCLI, ID: "root@host"}
		r := b.user(local, "ana@acme.test", "")
		seen, err := b.db.Reader(b.tenant).User(t.Context(), "okta", r.ID, true)
		if err != nil || seen.ID != r.ID {
			t.Fatalf("okta does not see a person whom nobody owns: %v", err)
		}
		if claimed := b.user(b.okta, "ana@acme.test", "00u1"); claimed.ID != r.ID {
			t.Errorf("claimed id %s, want %s", claimed.ID, r.ID)
		}
		if _, err := b.db.Reader(b.tenant).User(t.Context(), "entra", r.ID, true); directory.KindOf(err) != directory.NotFound {
			t.Errorf("entra still sees a claimed person: %v", err)
		}
	})
}

func TestHoldOutlivesTheDirectory(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		r := b.user(b.okta, "ana@acme.test", "00u1")
		admin := directory.Actor{Tenant: b.tenant, Kind: directory.ActorPerson, ID: "boss"}
		id, err := b.engine.PlaceHold(t.Context(), admin, directory.Hold{Person: r.ID, Subject: "state", Effect: directory.Deny, Reason: "under investigation"})
		if err != nil {
			t.Fatal(err)
		}
		b.mustSet(b.okta, r.ID, map[string]any{"active": true, "title": "Agent"})
		if v := b.view(r.ID); v.State != directory.Suspended {
			t.Errorf("state %s after okta's active: true with a new title, want the hold's suspended", v.State)
		}
		if err := b.engine.ReleaseHold(t.Context(), admin, r.ID, id, "cleared"); err != nil {
			t.Fatal(err)
		}
		if v := b.view(r.ID); v.State != directory.Active {
			t.Errorf("state %s after the release, want active", v.State)
		}
		_, err = b.engine.PlaceHold(t.Context(), admin, directory.Hold{Person: r.ID, Subject: "mood", Effect: directory.Deny, Reason: "x"})
		b.wantKind(err, directory.Invalid)
	})
}

func TestKeepHoldLapsesWhenTheDirectoryChangesItsStatement(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		r := b.user(b.okta, "ana@acme.test", "00u1")
		b.mustSet(b.okta, r.ID, map[string]any{"active": false})
		admin := directory.Actor{Tenant: b.tenant, Kind: directory.ActorPerson, ID: "boss"}
		if _, err := b.engine.PlaceHold(t.Context(), admin, directory.Hold{Person: r.ID, Subject: "state", Effect: directory.Keep, Reason: "notice period"}); err != nil {
			t.Fatal(err)
		}
		if v := b.view(r.ID); v.State != directory.Active {
			t.Fatalf("kept: %s", v.State)
		}
		b.mustSet(b.okta, r.ID, map[string]any{"active": true})
		b.mustSet(b.okta, r.ID, map[string]any{"active": false})
		if v := b.view(r.ID); v.State != directory.Suspended || len(v.Holds) != 0 {
			t.Errorf("after a new statement: %s with holds %v, want suspended without", v.State, v.Holds)
		}
	})
}

func TestGuardRefusesTheWholeWrite(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		r := b.user(b.okta, "ana@acme.test", "00u1")
		guarded := provision.New(b.db, provision.Options{Guard: func(_ context.Context, _ directory.Actor, p *provision.Plan) error {
			if p.After.State == directory.Suspended {
				return directory.Errorf(directory.Forbidden, "not today")
			}
			return nil
		}})
		_, err := guarded.UpdateUser(t.Context(), b.okta, r.ID, nil, func(a directory.Account) (directory.Account, error) {
			a.Attributes = directory.Attributes{"userName": "ana@acme.test", "active": false}
			return a, nil
		})
		b.wantKind(err, directory.Forbidden)
		if v := b.view(r.ID); v.State != directory.Active {
			t.Errorf("state %s after a refused write", v.State)
		}
	})
}
