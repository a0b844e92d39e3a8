package provision_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
)

// atOnce runs several things at once, and returns how many succeeded; the others have to be in conflict.
func (d *desk) atOnce(all ...func(context.Context) error) (succeeded int) {
	d.t.Helper()
	ctx := context.WithoutCancel(d.t.Context())
	begin, failed := make(chan struct{}), make([]error, len(all))
	var wg sync.WaitGroup
	for i, f := range all {
		wg.Go(func() {
			<-begin
			failed[i] = f(ctx)
		})
	}
	close(begin)
	wg.Wait()
	for i, err := range failed {
		switch directory.KindOf(err) {
		case directory.Conflict:
		case "":
			if err == nil {
				succeeded++
				continue
			}
			fallthrough
		default:
			d.t.Errorf("the one with the number %d: %v", i, err)
		}
	}
	return succeeded
}

func TestOneAddressForTwoAtOnce(t *testing.T) {
	t.Parallel()
	atDesk(t, "", map[string]func(*testing.T, *desk){
		"created": func(t *testing.T, d *desk) {
			d.setting("login.identifiers", "email")
			both := []*provision.Engine{d.engine, d.elsewhere(t, provision.Options{}).engine}
			for round := range 4 {
				var all []func(context.Context) error
				for i := range 6 {
					doc := document(fmt.Sprintf("u%d-%d", round, i))
					doc["emails"] = []any{map[string]any{"value": fmt.Sprintf("Sales%d@example.com", round)}}
					all = append(all, func(ctx context.Context) error {
						_, err := both[i%2].CreatePerson(ctx, d.admin, provision.NewPerson{Attributes: doc, Rights: []directory.Entitlement{role("agent")}}, provision.PersonOptions{})
						return err
					})
				}
				if n := d.atOnce(all...); n != 1 {
					t.Errorf("%d were created", n)
				}
				if found, err := d.db.Reader(d.tenant).PeopleByIdentifier(t.Context(), "email", fmt.Sprintf("sales%d@example.com", round)); err != nil || len(found) != 1 {
					t.Errorf("%v have it (%v)", found, err)
				}
			}
		},
		"changed": func(t *testing.T, d *desk) {
			d.setting("login.identifiers", "email")
			both := []*provision.Engine{d.engine, d.elsewhere(t, provision.Options{}).engine}
			var all []func(context.Context) error
			for i := range 4 {
				id := d.person(fmt.Sprint("u", i), role("agent")).ID
				all = append(all, func(ctx context.Context) error {
					_, err := both[i%2].UpdatePerson(ctx, d.admin, id, stating("emails", []any{map[string]any{"value": "sales@example.com"}}), provision.PersonOptions{})
					return err
				})
			}
			if n := d.atOnce(all...); n != 1 {
				t.Errorf("%d were changed", n)
			}
		},
		"who comes back": func(t *testing.T, d *desk) {
			d.setting("login.identifiers", "email")
			ana := d.person("ana", role("agent"))
			if err := d.engine.RemovePerson(t.Context(), d.admin, ana.ID, provision.PersonOptions{}); err != nil {
				t.Fatal(err)
			}
			doc := document("bea")
			doc["emails"] = document("ana")["emails"]
			if _, err := d.engine.CreatePerson(t.Context(), d.admin, provision.NewPerson{Attributes: doc, Rights: []directory.Entitlement{role("agent")}}, provision.PersonOptions{}); err != nil {
				t.Fatal(err)
			}
			_, err := d.create("ana", role("agent"))
			d.wantKind(err, directory.Conflict)
			if v := d.view(ana.ID); v.State != directory.Deprovisioned {
				t.Errorf("came back %s", v.State)
			}
		},
	})
}

func TestTheLastAdministratorTakenByTwoAtOnce(t *testing.T) {
	t.Parallel()
	administrator := role("administrator")
	remove := func(_ *testing.T, e *provision.Engine, d *desk, id string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := e.Assign(ctx, d.admin, id, provision.Assignment{Remove: []directory.Entitlement{administrator}}, provision.PersonOptions{})
			return err
		}
	}
	bulk := func(_ *testing.T, e *provision.Engine, d *desk, id string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := e.Bulk(ctx, d.admin, provision.BulkRequest{People: []string{id}, Remove: []directory.Entitlement{administrator}}, provision.BulkOptions{Approve: true})
			return err
		}
	}
	cases := map[string]func(*testing.T, *desk){}
	for name, ways := range map[string][2]func(*testing.T, *provision.Engine, *desk, string) func(context.Context) error{
		"one by one": {remove, remove}, "both in bulk": {bulk, bulk}, "one of them in bulk": {remove, bulk},
		"one of them undone": {remove, func(t *testing.T, e *provision.Engine, d *desk, id string) func(context.Context) error {
			change := d.last(t, id)
			return func(ctx context.Context) error {
				_, err := e.ApplyUndo(ctx, d.admin, provision.UndoTarget{Change: change}, provision.SyncOptions{Approve: true})
				return err
			}
		}},
	} {
		cases[name] = func(t *testing.T, d *desk) {
			other := d.elsewhere(t, provision.Options{}).engine
			for round := range 6 {
				ana, bea := d.person(fmt.Sprint("ana", round)), d.person(fmt.Sprint("bea", round))
				d.must(d.assign(ana.ID, administrator))
				d.must(d.assign(bea.ID, administrator))
				if n := d.atOnce(ways[0](t, d.engine, d, ana.ID), ways[1](t, other, d, bea.ID)); n != 1 {
					t.Errorf("%d succeeded", n)
				}
				left := 0
				for _, id := range []string{ana.ID, bea.ID} {
					left += len(roles(d.view(id)))
					d.must(d.engine.Suspend(t.Context(), d.admin, id, provision.PersonOptions{})) // of the next round nobody else is one
				}
				if left != 1 {
					t.Errorf("%d administrators are left", left)
				}
			}
		}
	}
	atDesk(t, "", cases)
}

func TestTwoTransfersOfTheOwnershipAtOnce(t *testing.T) {
	t.Parallel()
	atDesk(t, "campaign-contact-centre", map[string]func(*testing.T, *desk){
		"one wins": func(t *testing.T, d *desk) {
			both := []*provision.Engine{d.engine, d.elsewhere(t, provision.Options{}).engine}
			var ids []string
			for i := range 4 {
				ids = append(ids, d.person(fmt.Sprint("p", i), right(directory.ProfileEntitlement, "Seller")).ID)
			}
			refused := 0
			for round := 0; round < 8 || refused == 0 && round < 200; round++ { // on a quick machine one may be over before the next begins
				var all []func(context.Context) error
				for i, id := range ids {
					all = append(all, func(ctx context.Context) error {
						_, err := both[i%2].TransferOwner(ctx, d.admin, id, provision.PersonOptions{})
						return err
					})
				}
				n := d.atOnce(all...)
				refused += len(all) - n
				owners, err := d.db.Reader(d.tenant).Holders(t.Context(), "owner", 10)
				if n == 0 || err != nil || len(owners) != 1 {
					t.Fatalf("%d transfers, owners %v (%v)", n, owners, err)
				}
			}
			if refused == 0 {
				t.Error("of all the transfers, four at a time, none was refused")
			}
		},
	})
}
