package jobs

import (
	"testing"
	"time"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// staffed is a tenant with one person, ada, whom nothing but an absence or a hold keeps from being eligible.
func (b *bench) staffed() (ada string, admin directory.Actor) {
	b.t.Helper()
	admin = directory.Actor{Tenant: b.tenant, Kind: directory.ActorAPIKey, ID: "key"}
	err := b.db.Write(b.t.Context(), b.tenant, func(tx *store.Tx) error {
		for _, s := range access.Presets()[0].Statuses {
			tx.PutStatus(s)
		}
		for _, r := range access.Presets()[0].Roles {
			tx.PutRole(r)
		}
		g := directory.NewWorkGroup(directory.AgentGroupWork, "Support")
		g.ID, g.ManagedBy = "support", directory.ByConsole
		tx.PutWorkGroup(g)
		_, err := tx.RaiseConfigVersion("Acme")
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	v, err := b.engine.CreatePerson(b.t.Context(), admin, provision.NewPerson{
		Attributes: directory.Attributes{"userName": "ada", "displayName": "Ada", "emails": []any{map[string]any{"value": "ada@example.com"}}},
		Status:     "online",
		Rights: []directory.Entitlement{
			{Kind: directory.RoleEntitlement, Target: "agent"},
			{Kind: directory.AgentGroupEntitlement, Target: "support", Membership: directory.AsUser},
		},
	}, provision.PersonOptions{})
	if err != nil {
		b.t.Fatal(err)
	}
	return v.ID, admin
}

// stored is whether the person's row says that they are away, whatever the clock says.
func (b *bench) stored(id string) *store.Person {
	b.t.Helper()
	people, err := b.db.Reader(b.tenant).People(b.t.Context(), id)
	if err != nil || len(people) != 1 {
		b.t.Fatal(people, err)
	}
	return people[0]
}

func soon() time.Time { return time.Now().Add(300 * time.Millisecond) }

func TestAbsencesTurnAtTheirInstants(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		ada, admin := b.staffed()
		b.start(Options{})
		add := func(a directory.Absence) {
			t.Helper()
			a.Person, a.Kind = ada, directory.Sick
			if _, err := b.engine.AddAbsence(t.Context(), admin, a, provision.PersonOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		until := time.Now().Add(3 * time.Second)
		add(directory.Absence{Until: &until})
		if !b.stored(ada).Absent {
			t.Error("she is away from now on, and that is not stored")
		}
		await(t, "she comes back", func() bool { return !b.stored(ada).Absent })
		add(directory.Absence{From: soon()})
		await(t, "she is away again", func() bool { return b.stored(ada).Absent })
		changes, err := b.db.Reader(b.tenant).Changes(t.Context(), "person:"+ada, 10)
		if err != nil || changes[0].Action != "user.absence_changed" || changes[0].Actor.Kind != directory.ActorSystem {
			t.Errorf("%+v, %v", changes, err)
		}
	})
}

func TestHoldsRunOutAtTheirInstant(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		ada, admin := b.staffed()
		until := time.Now().Add(2 * time.Second)
		if _, err := b.engine.PlaceHold(t.Context(), admin, directory.Hold{Person: ada, Subject: "state", Effect: directory.Deny, Reason: "leave of absence", Until: &until}); err != nil {
			t.Fatal(err)
		}
		if x := b.stored(ada); x.State != directory.Suspended { // the row says so until somebody evaluates her
			t.Fatalf("held, and %s", x.State)
		}
		b.start(Options{})
		await(t, "she is active again", func() bool { return b.stored(ada).State == directory.Active })
		if x := b.stored(ada); len(x.Expired) > 0 {
			t.Errorf("%+v was not ended", x.Expired)
		}
	})
}

func TestMissedInstantsAreCaughtUpWith(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		ada, admin := b.staffed()
		if _, err := b.engine.AddAbsence(t.Context(), admin, directory.Absence{Person: ada, Kind: directory.Holiday, From: soon()}, provision.PersonOptions{}); err != nil {
			t.Fatal(err)
		}
		await(t, "the clock says that she is away", func() bool {
			v, err := b.engine.Eligibility(t.Context(), b.tenant, ada)
			return err == nil && v.Absent
		})
		if b.stored(ada).Absent {
			t.Fatal("somebody evaluated her although nothing runs")
		}
		b.start(Options{})
		b.start(Options{}) // and another replica
		await(t, "the missed instant is looked at", func() bool { return b.stored(ada).Absent })
	})
}
