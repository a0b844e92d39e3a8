package provision_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// offboarded takes people and groups away from a connection, publishes the configuration without it, and evaluates.
func (b *bench) offboarded(connection, do, to string) {
	b.t.Helper()
	o := provision.Offboarding{Connection: connection, Name: connection, Do: do, To: to}
	if _, err := b.engine.Offboard(b.t.Context(), directory.Actor{Tenant: b.tenant, Kind: directory.ActorCLI, ID: "root@host"}, o, nil); err != nil {
		b.t.Fatal(err)
	}
	b.goes(connection)
}

func (b *bench) goes(connection string) {
	b.t.Helper()
	err := b.db.Write(b.t.Context(), b.tenant, func(tx *store.Tx) error {
		tx.EndConnection(connection)
		tx.ForgetSource(connection)
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.configure(func(*store.Configuration) {})
	b.settle()
}

func TestADirectoryTakesOverWhomAnotherConnectionLeft(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		ana, bo := b.user(b.okta, "ana", "1").ID, b.user(b.okta, "bo", "2").ID
		group := b.group(b.okta, "CC-Support", ana, bo).ID
		b.offboarded("okta", directory.OffboardMove, "hq")
		for _, who := range []string{"ana", "bo"} {
			b.is(who, directory.Active, "agent", "Support/user")
		}
		d.user("ana")
		d.user("bo")
		d.user("new")
		d.group("CC-Support", "ana", "new")
		got := b.sync(d)
		if got.Summary.Created != 1 || got.Summary.Suspended != 0 || len(got.Problems) > 0 {
			t.Errorf("%+v %+v", got.SyncResult, got.lines)
		}
		if b.view("ana").ID != ana || !slices.Equal(b.in(group), []string{"ana", "new"}) {
			t.Errorf("the directory's ana is %s and its group has %v; want those that were there", b.view("ana").ID, b.in(group))
		}
		b.is("ana", directory.Active, "agent", "Support/user")
		b.is("bo", directory.Active) // the directory does not say that he is in it
		delete(d.users, "bo")
		b.sync(d)
		b.sync(d)
		b.is("bo", directory.Suspended)
	})
}

func TestADirectoryThatGoesIsForgotten(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		d.user("ana")
		d.user("bo")
		d.group("CC-Support", "ana", "nobody-yet")
		b.sync(d)
		ana := b.view("ana").ID
		b.offboarded("hq", directory.OffboardMove, "okta")
		b.is("ana", directory.Active, "agent", "Support/user")
		r := b.db.Reader(b.tenant)
		if left, err := r.EntriesFrom(t.Context(), "hq", 0, 10); err != nil || len(left) > 0 {
			t.Errorf("entries %+v, %v; want none", left, err)
		}
		if waits, err := r.Awaiting(t.Context(), "hq", []string{d.name("nobody-yet")}); err != nil || len(waits) > 0 {
			t.Errorf("%+v, %v", waits, err)
		}
		// Its client finds them by name, and says who they are to it.
		if a := b.mustSet(b.okta, ana, map[string]any{"title": "Lead"}); a.ID != ana {
			t.Errorf("%+v", a)
		}
		if _, err := b.engine.CreateUser(t.Context(), b.okta, account("bo", "2")); directory.KindOf(err) != directory.Conflict {
			t.Errorf("%v; want the name to be taken in okta", err)
		}
	})
}

func TestAnOffboardingOfManyGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	eachReading(t, func(t *testing.T, b *bench, d *paper) {
		const people = 600
		var names []string
		for i := range people {
			names = append(names, fmt.Sprintf("u%03d", i))
			d.user(names[i])
		}
		d.group("CC-Support", names...)
		b.sync(d)
		o := provision.Offboarding{Connection: "hq", Name: "headquarters", Do: directory.OffboardSuspend}
		actor := directory.Actor{Tenant: b.tenant, Kind: directory.ActorCLI, ID: "root@host"}
		for steps, want := range []int{250, 500} {
			ctx, cancel := context.WithCancel(t.Context())
			if _, err := b.engine.Offboard(ctx, actor, o, func(int) { cancel() }); err == nil {
				t.Fatalf("step %d: it was not broken off", steps)
			}
			left, err := b.db.Reader(b.tenant).PeopleOf(t.Context(), "hq", 1000)
			if err != nil || len(left) != people-want {
				t.Errorf("step %d: %d people are left, %v; want %d", steps, len(left), err, people-want)
			}
		}
		b.is("u000", directory.Active, "agent", "Support/user") // until somebody evaluates them
		sum, err := b.engine.Offboard(t.Context(), actor, o, nil)
		if err != nil || sum.Updated != people {
			t.Errorf("%+v, %v; want all %d counted", sum, err, people)
		}
		b.goes("hq")
		for _, who := range []string{"u000", "u300", "u599"} {
			if v := b.view(who); v.State != directory.Suspended || len(v.Roles) != 1 {
				t.Errorf("%s is %s with %v; want them suspended, with what comes back when they do", who, v.State, v.Roles)
			}
		}
		if sum, _, err := b.engine.PreviewGuarded(t.Context(), must(b.db.Reader(b.tenant).Configuration(t.Context())), nil, directory.DefaultGuard(), func(provision.PersonChange) error { return nil }); err != nil || sum != (store.Summary{}) {
			t.Errorf("a fresh evaluation would change %+v, %v", sum, err)
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
