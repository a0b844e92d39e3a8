package provision_test

import (
	"slices"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
)

func TestTheOwnershipIsNotLostOnTheWay(t *testing.T) {
	t.Parallel()
	owned := func(d *desk) (ana, bea provision.View) {
		d.t.Helper()
		ana, bea = d.person("ana", right(directory.ProfileEntitlement, "Lead")), d.person("bea", right(directory.ProfileEntitlement, "Lead"))
		return d.must(d.engine.TransferOwner(d.t.Context(), d.admin, ana.ID, provision.PersonOptions{})), bea
	}
	atDesk(t, "campaign-contact-centre", map[string]func(*testing.T, *desk){
		"another role does not take its place": func(t *testing.T, d *desk) {
			ana, _ := owned(d)
			for _, r := range []directory.Entitlement{role("agent"), right(directory.ProfileEntitlement, "Seller"), right(directory.ProfileEntitlement, "Lead")} {
				_, err := d.assign(ana.ID, r)
				d.wantKind(err, directory.Conflict)
			}
			r, err := d.engine.Bulk(t.Context(), d.admin, provision.BulkRequest{People: []string{ana.ID}, Add: []directory.Entitlement{role("agent")}}, provision.BulkOptions{Approve: true})
			if err != nil || len(r.Problems) != 1 || r.Status != provision.SyncNothing {
				t.Errorf("%+v, %v", r, err)
			}
			if v := d.view(ana.ID); !slices.Equal(roles(v), []string{"owner"}) || v.Profile != nil {
				t.Errorf("%v, %+v", roles(v), v.Profile)
			}
		},
		"neither side of a transfer is undone": func(t *testing.T, d *desk) {
			ana, bea := owned(d)
			d.must(d.engine.TransferOwner(t.Context(), d.admin, bea.ID, provision.PersonOptions{}))
			for _, id := range []string{ana.ID, bea.ID} {
				_, err := d.engine.ApplyUndo(t.Context(), d.admin, provision.UndoTarget{Change: d.last(t, id)}, provision.SyncOptions{Approve: true})
				d.wantKind(err, directory.Invalid)
			}
			if got := roles(d.view(bea.ID)); !slices.Equal(got, []string{"owner"}) {
				t.Errorf("roles %v", got)
			}
		},
		"an owner who left comes back as the owner while nobody else is": func(t *testing.T, d *desk) {
			for _, other := range []bool{false, true} {
				name := map[bool]string{false: "cleo", true: "dora"}[other]
				id := d.user(d.okta, name+"@example.com", name).ID
				d.must(d.engine.TransferOwner(t.Context(), d.admin, id, provision.PersonOptions{}))
				d.delete(d.okta, id)
				gone, want, problems := d.last(t, id), []string{"owner"}, 0
				if other {
					eve := d.person("eve", right(directory.ProfileEntitlement, "Lead"))
					d.must(d.engine.TransferOwner(t.Context(), d.admin, eve.ID, provision.PersonOptions{}))
					want, problems = nil, 1
				}
				r, _ := d.undo(t, provision.UndoTarget{Change: gone})
				if v := d.view(id); v.State != directory.Active || !slices.Equal(roles(v), want) || len(r.Problems) != problems {
					t.Errorf("%s is %s with %v; %+v", name, v.State, roles(v), r)
				}
			}
		},
	})
}
