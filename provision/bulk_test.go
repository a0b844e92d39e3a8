package provision_test

import (
	"fmt"
	"slices"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// bulk edits many people, whatever a guard says.
func (d *desk) bulk(r provision.BulkRequest) provision.BulkResult {
	d.t.Helper()
	out, err := d.engine.Bulk(d.t.Context(), d.admin, r, provision.BulkOptions{Approve: true})
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

// undone undoes a run, and returns how.
func (d *desk) undone(run string) provision.SyncResult {
	d.t.Helper()
	out, err := d.engine.ApplyUndo(d.t.Context(), d.admin, provision.UndoTarget{Run: run}, provision.SyncOptions{Approve: true})
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

func (d *desk) stored(run string) store.Run {
	d.t.Helper()
	x, err := d.db.Reader(d.tenant).Run(d.t.Context(), run)
	if err != nil {
		d.t.Fatal(err)
	}
	return x
}

func (d *desk) operators(n int) (ids []string) {
	for i := range n {
		ids = append(ids, d.person(fmt.Sprint("p", i), role("operator"), right(directory.AgentGroupEntitlement, "Sales")).ID)
	}
	return ids
}

func TestUndoOfEditsOfMany(t *testing.T) {
	t.Parallel()
	atDesk(t, "call-centre", map[string]func(*testing.T, *desk){
		"rights": func(t *testing.T, d *desk) {
			ids := d.operators(3)
			r := d.bulk(provision.BulkRequest{
				People: ids, Add: []directory.Entitlement{role("interface_user"), right(directory.CampaignEntitlement, "Sales")},
				Remove: []directory.Entitlement{role("operator")},
			})
			d.must(d.assign(ids[2], role("administrator"))) // somebody moved since
			if undone := d.undone(r.Run); undone.Status != provision.SyncApplied || undone.Summary.Granted != 3 || undone.Summary.Revoked != 6 {
				t.Errorf("%+v", undone)
			}
			for i, want := range [][]string{{"operator"}, {"operator"}, {"administrator", "operator"}} {
				if v := d.view(ids[i]); !slices.Equal(roles(v), want) || len(v.Campaigns) != 0 || len(v.Holds) != 0 || len(v.AgentGroups) != 1 {
					t.Errorf("%s: %v, %v, %v", v.UserName, roles(v), v.Campaigns, v.Holds)
				}
			}
			if again := d.undone(r.Run); again.Status != provision.SyncNothing {
				t.Errorf("again %+v", again)
			}
		},
		"the end of a suspension": func(t *testing.T, d *desk) {
			ids := d.operators(2)
			d.bulk(provision.BulkRequest{People: ids, Do: "suspend", Reason: "audit"})
			resumed := d.bulk(provision.BulkRequest{People: ids, Do: "resume"})
			d.undone(resumed.Run)
			for _, id := range ids {
				if v := d.view(id); v.State != directory.Suspended || len(v.Holds) != 1 || v.Holds[0].Reason != "audit" {
					t.Errorf("%s %+v", v.State, v.Holds)
				}
			}
			if again := d.undone(resumed.Run); again.Status != provision.SyncNothing {
				t.Errorf("again %+v", again)
			}
		},
		"a suspension": func(t *testing.T, d *desk) {
			ids := d.operators(3)
			r := d.bulk(provision.BulkRequest{People: ids, Do: "suspend"})
			d.must(d.engine.Resume(t.Context(), d.admin, ids[0], provision.PersonOptions{}))
			d.must(d.engine.Suspend(t.Context(), d.admin, ids[0], provision.PersonOptions{Reason: "anew"})) // which is another suspension
			undone := d.undone(r.Run)
			for i, want := range []directory.State{directory.Suspended, directory.Active, directory.Active} {
				if v := d.view(ids[i]); v.State != want || len(v.Holds) != map[directory.State]int{directory.Suspended: 1}[want] {
					t.Errorf("%s %s %+v", v.UserName, v.State, v.Holds)
				}
			}
			if undone.Status != provision.SyncPartial || len(undone.Problems) != 1 || undone.Problems[0].Subject != "p0" {
				t.Errorf("%+v", undone)
			}
		},
		"a deletion": func(t *testing.T, d *desk) {
			ids := d.operators(3)
			g := d.group(d.okta, "team", ids[0]).ID
			r := d.bulk(provision.BulkRequest{People: ids, Do: "delete"})
			if len(d.in(g)) != 0 || r.Summary.Deprovisioned != 3 {
				t.Fatalf("%+v, in the group %v", r, d.in(g))
			}
			back := d.person("p1", role("interface_user")) // who came back by hand
			if back.ID != ids[1] {
				t.Fatalf("%s came back as %s", ids[1], back.ID)
			}
			undone := d.undone(r.Run)
			for _, i := range []int{0, 2} {
				if v := d.view(ids[i]); v.State != directory.Active || !slices.Equal(roles(v), []string{"operator"}) || len(v.AgentGroups) != 1 || len(v.Accounts) != 1 || len(v.Holds) != 0 {
					t.Errorf("%+v", v)
				}
			}
			if v := d.view(ids[1]); v.State != directory.Active || !slices.Contains(roles(v), "interface_user") || len(v.Accounts) != 1 {
				t.Errorf("%+v", v)
			}
			if !slices.Equal(d.in(g), []string{"p0"}) || undone.Summary.Reactivated != 2 {
				t.Errorf("in the group %v, %+v", d.in(g), undone)
			}
		},
	})
}

func TestARunOfABulkEditTellsTheTruth(t *testing.T) {
	t.Parallel()
	atDesk(t, "call-centre", map[string]func(*testing.T, *desk){
		"all of them": func(t *testing.T, d *desk) {
			r := d.bulk(provision.BulkRequest{People: d.operators(2), Do: "suspend"})
			x := d.stored(r.Run)
			if x.Status != "applied" || x.Kind != "bulk" || x.Done != 2 || x.Total != 2 || x.FinishedAt.IsZero() || x.CreatedAt.After(x.FinishedAt) || x.Summary != r.Summary || x.Summary.Suspended != 2 {
				t.Errorf("%+v", x)
			}
		},
		"not all of them": func(t *testing.T, d *desk) {
			ids := append(d.operators(1), d.user(d.okta, "ana@example.com", "x1").ID)
			r := d.bulk(provision.BulkRequest{People: ids, Do: "delete"})
			x := d.stored(r.Run)
			if r.Status != provision.SyncPartial || x.Status != "partial" || len(x.Detail.Problems) != 1 || x.Detail.Problems[0].Subject != "ana@example.com" {
				t.Errorf("%+v", x)
			}
		},
		"whom a directory suspended is not resumed, and that is told": func(t *testing.T, d *desk) {
			ids := append(d.operators(1), d.user(d.okta, "ana@example.com", "x1", map[string]any{"active": false}).ID)
			d.bulk(provision.BulkRequest{People: ids[:1], Do: "suspend"})
			r := d.bulk(provision.BulkRequest{People: ids, Do: "resume"})
			if r.Status != provision.SyncPartial || r.Summary.Reactivated != 1 || len(r.Problems) != 1 || r.Problems[0].Subject != "ana@example.com" {
				t.Errorf("%+v", r)
			}
		},
	})
}
