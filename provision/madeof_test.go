package provision_test

import (
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// raise publishes the configuration once more.
func (w *site) raise() {
	w.t.Helper()
	if err := w.db.Write(w.t.Context(), w.tenant, func(tx *store.Tx) error { _, err := tx.RaiseConfigVersion("T"); return err }); err != nil {
		w.t.Fatal(err)
	}
}

// DECISIONS 15: an edit of many people and an undo are done on the configuration that their plan was made of, or not at all.
func TestWhatIsConfirmedIsOfTheConfigurationThatItWasPlannedOn(t *testing.T) {
	t.Parallel()
	atDesk(t, "call-centre", map[string]func(*testing.T, *desk){
		"an edit of many": func(t *testing.T, d *desk) {
			r := provision.BulkRequest{People: d.operators(2), Do: "suspend"}
			edit := func(o provision.BulkOptions) (provision.BulkResult, error) {
				o.Approve = true
				return d.engine.Bulk(t.Context(), d.admin, r, o)
			}
			plan, err := edit(provision.BulkOptions{Plan: true})
			if err != nil || plan.Version < store.FirstConfigVersion {
				t.Fatalf("%+v (%v)", plan, err)
			}
			d.raise()
			_, err = edit(provision.BulkOptions{Version: plan.Version})
			d.wantKind(err, directory.Stale)
			_, err = edit(provision.BulkOptions{Plan: true, Version: plan.Version})
			d.wantKind(err, directory.Stale)
			if n := d.number(`SELECT COUNT(*) FROM run WHERE tenant = ? AND kind = 'bulk'`); n != 0 {
				t.Errorf("%d runs of what was refused", n)
			}
			// It moves while it is under way: the rest is left.
			_, err = edit(provision.BulkOptions{Version: plan.Version + 1, Each: func(p provision.PersonChange) {
				if p.UserName == "p0" {
					d.raise()
				}
			}})
			d.wantKind(err, directory.Stale)
			for _, id := range r.People {
				if v := d.view(id); v.State != directory.Active {
					t.Errorf("%s is %s", v.UserName, v.State)
				}
			}
			done, err := edit(provision.BulkOptions{Version: plan.Version + 2})
			if err != nil || done.Status != provision.SyncApplied || done.Version != plan.Version+2 || d.stored(done.Run).Version != done.Version {
				t.Errorf("%+v (%v)", done, err)
			}
		},
		"an undo": func(t *testing.T, d *desk) {
			ids := d.operators(2)
			what := provision.UndoTarget{Run: d.bulk(provision.BulkRequest{People: ids, Do: "suspend"}).Run}
			plan, err := d.engine.PlanUndo(t.Context(), d.admin, what, provision.SyncOptions{})
			if err != nil || plan.Version < store.FirstConfigVersion {
				t.Fatalf("%+v (%v)", plan, err)
			}
			d.raise()
			_, err = d.engine.ApplyUndo(t.Context(), d.admin, what, provision.SyncOptions{Version: plan.Version})
			d.wantKind(err, directory.Stale)
			_, err = d.engine.PlanUndo(t.Context(), d.admin, what, provision.SyncOptions{Version: plan.Version})
			d.wantKind(err, directory.Stale)
			if n := d.number(`SELECT COUNT(*) FROM run WHERE tenant = ? AND kind = 'undo'`); n != 0 {
				t.Errorf("%d runs of what was refused", n)
			}
			moved := false
			_, err = d.engine.ApplyUndo(t.Context(), d.admin, what, provision.SyncOptions{Version: plan.Version + 1, Each: func(provision.SyncChange) error {
				if !moved {
					moved = true
					d.raise()
				}
				return nil
			}})
			d.wantKind(err, directory.Stale)
			for _, id := range ids {
				if v := d.view(id); v.State != directory.Suspended {
					t.Errorf("%s is %s", v.UserName, v.State)
				}
			}
			done, err := d.engine.ApplyUndo(t.Context(), d.admin, what, provision.SyncOptions{Version: plan.Version + 2})
			if err != nil || done.Status != provision.SyncApplied || done.Version != plan.Version+2 || d.stored(done.Run).Version != done.Version {
				t.Errorf("%+v (%v)", done, err)
			}
		},
	})
}
