package jobs

import (
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// TestAFreeSeatFindsWhoWaits frees a seat in a process that settles nobody: the settler of another one gives it on.
func TestAFreeSeatFindsWhoWaits(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		err := b.db.Write(t.Context(), b.tenant, func(tx *store.Tx) error {
			tx.PutSetting("seats.policy", "hard_cap", directory.SettingOrigin{})
			tx.PutSeatPool(directory.SeatPool{Key: "desks", Limit: 1})
			if _, err := tx.RaiseConfigVersion("Acme"); err != nil {
				return err
			}
			return tx.SizeSeats("desks", 1)
		})
		if err != nil {
			t.Fatal(err)
		}
		b.person("ana")
		b.person("bob")
		b.start(Options{})
		seat := func(user string) directory.SeatState {
			v, err := b.engine.View(t.Context(), b.tenant, user)
			if err != nil {
				t.Fatal(err)
			}
			return v.Seat
		}
		if ana, bob := seat("ana"), seat("bob"); ana != directory.SeatHeld || bob != directory.SeatBlocked {
			t.Fatalf("ana: %s, bob: %s", ana, bob)
		}
		ana, err := b.engine.View(t.Context(), b.tenant, "ana")
		if err != nil {
			t.Fatal(err)
		}
		other := provision.New(b.db, provision.Options{})
		actor := directory.Actor{Tenant: b.tenant, Kind: directory.ActorConnection, ID: "c", Connection: "c"}
		if err := other.DeleteUser(t.Context(), actor, ana.ID, nil); err != nil {
			t.Fatal(err)
		}
		await(t, "bob sits where ana sat", func() bool { return seat("bob") == directory.SeatHeld })
	})
}
