package provision_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// edit changes attributes of somebody by hand.
func (d *desk) edit(id string, change directory.Attributes) (provision.View, error) {
	return d.engine.UpdatePerson(d.t.Context(), d.admin, id, func(doc directory.Attributes) (directory.Attributes, error) {
		out := maps.Clone(doc)
		for k, v := range change {
			if v == nil {
				delete(out, k)
			} else {
				out[k] = v
			}
		}
		return out, nil
	}, provision.PersonOptions{})
}

func TestPeopleCreatedByHandHaveWhatTheTenantRequires(t *testing.T) {
	t.Parallel()
	create := func(d *desk, doc directory.Attributes, rights ...directory.Entitlement) error {
		_, err := d.engine.CreatePerson(d.t.Context(), d.admin, provision.NewPerson{Attributes: doc, Rights: rights}, provision.PersonOptions{})
		return err
	}
	without := func(key string) directory.Attributes {
		doc := document("ana")
		delete(doc, key)
		return doc
	}
	atDesk(t, "commerce-chat", map[string]func(*testing.T, *desk){
		"first name, last name, e-mail, roles (001-04)": func(_ *testing.T, d *desk) {
			d.wantKind(create(d, without("name"), role("supervisor")), directory.Invalid)
			d.wantKind(create(d, without("emails"), role("supervisor")), directory.Invalid)
			d.wantKind(create(d, document("ana")), directory.Invalid)
			d.wantKind(create(d, directory.Attributes{}, role("supervisor")), directory.Invalid)
			d.wantKind(create(d, document("ana"), role("supervisor")), "")
			d.wantKind(create(d, document("ana"), role("supervisor")), directory.Conflict)
		},
		"a document that is none": func(_ *testing.T, d *desk) {
			doc := document("ana")
			doc["emails"] = "ana@example.com, bea@example.com"
			doc["planet"] = 3
			d.wantKind(create(d, doc, role("supervisor")), directory.Invalid)
		},
	})
	atDesk(t, "conversations-basic", map[string]func(*testing.T, *desk){
		"an e-mail address is one person's, in any letter case (000-07)": func(_ *testing.T, d *desk) {
			d.person("ana", role("agent"))
			doc := document("bea")
			doc["emails"] = []any{map[string]any{"value": "ANA@Example.com"}}
			d.wantKind(create(d, doc, role("agent")), directory.Conflict)
			_, err := d.engine.CreateUser(d.t.Context(), d.okta, directory.Account{ExternalID: "x", Attributes: doc})
			d.wantKind(err, directory.Conflict)
		},
		"an e-mail address stays (000-08)": func(t *testing.T, d *desk) {
			v := d.person("ana", role("agent"))
			_, err := d.edit(v.ID, directory.Attributes{"emails": []any{map[string]any{"value": "other@example.com"}}})
			d.wantKind(err, directory.Immutable)
			if v = d.must(d.edit(v.ID, directory.Attributes{"title": "Lead"})); v.Attributes["title"] != "Lead" {
				t.Errorf("%+v", v.Attributes)
			}
		},
		"an e-mail address is required (000-06)": func(_ *testing.T, d *desk) {
			d.wantKind(create(d, without("emails"), role("agent")), directory.Invalid)
		},
	})
	atDesk(t, "call-centre", map[string]func(*testing.T, *desk){
		"a login of Latin letters and digits, without e-mail (003-09, 003-21)": func(_ *testing.T, d *desk) {
			doc := without("emails")
			doc["userName"] = "ana7"
			d.wantKind(create(d, doc, role("operator")), "")
			for _, wrong := range []string{"ana.7", "añá", "ana 7", ""} {
				doc := without("emails")
				doc["userName"] = wrong
				d.wantKind(create(d, doc, role("operator")), directory.Invalid)
			}
		},
	})
	atDesk(t, "campaign-contact-centre", map[string]func(*testing.T, *desk){
		"personal data belongs to the person (004-31)": func(_ *testing.T, d *desk) {
			v := d.person("ana", right(directory.ProfileEntitlement, "Seller"))
			_, err := d.edit(v.ID, directory.Attributes{"title": "Lead"})
			d.wantKind(err, directory.Forbidden)
			self := *d
			self.admin = directory.Actor{Tenant: d.tenant, Kind: directory.ActorPerson, ID: v.ID}
			if v = d.must(self.edit(v.ID, directory.Attributes{"title": "Lead"})); v.Attributes["title"] != "Lead" {
				d.t.Errorf("%+v", v.Attributes)
			}
		},
	})
}

func TestWhatADirectoryOwnsIsRefusedWithItsName(t *testing.T) {
	t.Parallel()
	atDesk(t, "", map[string]func(*testing.T, *desk){
		"stated, not stated, stated later": func(t *testing.T, d *desk) {
			id := d.user(d.okta, "ana", "x1", map[string]any{"displayName": "Ana", "title": "Agent"}).ID
			_, err := d.edit(id, directory.Attributes{"title": "Boss"})
			d.wantKind(err, directory.Forbidden)
			if err == nil || !slices.Contains([]string{`title is owned by the connection okta: change it there, or place a hold of attribute:title`}, err.Error()) {
				t.Errorf("error %v", err)
			}
			v := d.must(d.edit(id, directory.Attributes{"nickName": "Nana"}))
			if v.Attributes["nickName"] != "Nana" || len(v.Holds) != 1 {
				t.Fatalf("%+v", v)
			}
			v = d.must(d.edit(id, directory.Attributes{"nickName": nil}))
			if v.Attributes["nickName"] != nil || len(v.Holds) != 0 {
				t.Errorf("%+v", v)
			}
			d.must(d.edit(id, directory.Attributes{"nickName": "Nana"}))
			d.mustSet(d.okta, id, map[string]any{"nickName": "Anita"})
			if v = d.view(id); v.Attributes["nickName"] != "Anita" || len(v.Holds) != 0 {
				t.Errorf("the directory states it by now: %+v", v)
			}
			_, err = d.edit(id, directory.Attributes{"active": false})
			d.wantKind(err, directory.Invalid)
			d.wantKind(d.engine.RemovePerson(t.Context(), d.admin, id, provision.PersonOptions{}), directory.Forbidden)
		},
		"suspended by hand, and back": func(t *testing.T, d *desk) {
			id := d.user(d.okta, "ana", "x1").ID
			if v := d.must(d.engine.Suspend(t.Context(), d.admin, id, provision.PersonOptions{Reason: "theft"})); v.State != directory.Suspended || v.Holds[0].Reason != "theft" {
				t.Errorf("%+v", v)
			}
			d.mustSet(d.okta, id, map[string]any{"active": true, "title": "x"})
			if v := d.must(d.engine.Suspend(t.Context(), d.admin, id, provision.PersonOptions{})); v.State != directory.Suspended || len(v.Holds) != 1 {
				t.Errorf("%+v", v)
			}
			if v := d.must(d.engine.Resume(t.Context(), d.admin, id, provision.PersonOptions{})); v.State != directory.Active {
				t.Errorf("%+v", v)
			}
			d.mustSet(d.okta, id, map[string]any{"active": false})
			_, err := d.engine.Resume(t.Context(), d.admin, id, provision.PersonOptions{})
			d.wantKind(err, directory.Forbidden)
		},
		"deleted by hand, whatever the leaver rule, and back with the same id": func(t *testing.T, d *desk) {
			d.configure(func(c *store.Configuration) { c.Settings["leaver.do"] = "keep" })
			v := d.person("ana", role("agent"))
			if err := d.engine.RemovePerson(t.Context(), d.admin, v.ID, provision.PersonOptions{}); err != nil {
				t.Fatal(err)
			}
			if gone := d.view(v.ID); gone.State != directory.Deprovisioned || len(gone.Roles) != 0 {
				t.Errorf("%+v", gone)
			}
			d.wantKind(d.engine.RemovePerson(t.Context(), d.admin, v.ID, provision.PersonOptions{}), directory.NotFound)
			if back := d.person("ana"); back.ID != v.ID || !slices.Equal(roles(back), []string{"agent"}) {
				t.Errorf("%+v", back)
			}
		},
	})
}

func TestManyPeopleAtOnce(t *testing.T) {
	t.Parallel()
	bulk := func(d *desk, r provision.BulkRequest, o provision.BulkOptions) provision.BulkResult {
		d.t.Helper()
		out, err := d.engine.Bulk(d.t.Context(), d.admin, r, o)
		if err != nil {
			d.t.Fatal(err)
		}
		return out
	}
	crowd := func(d *desk, n int) (ids []string) {
		for i := range n {
			ids = append(ids, d.person(fmt.Sprint("p", i), role("operator")).ID)
		}
		return ids
	}
	atDesk(t, "call-centre", map[string]func(*testing.T, *desk){
		"a group for all, others kept, and undone (003-17)": func(t *testing.T, d *desk) {
			ids := crowd(d, 3)
			request := provision.BulkRequest{People: append(ids, "nobody", ids[0]), Add: []directory.Entitlement{role("interface_user")}}
			var told []provision.PersonChange
			r := bulk(d, request, provision.BulkOptions{Plan: true, Each: func(c provision.PersonChange) { told = append(told, c) }})
			if r.Status != provision.SyncPlanned || r.Summary.Granted != 3 || len(told) != 3 || len(r.Problems) != 1 || len(d.view(ids[0]).Roles) != 1 {
				t.Fatalf("%+v, told %d", r, len(told))
			}
			r = bulk(d, request, provision.BulkOptions{})
			if r.Status != provision.SyncPartial || r.Summary.Granted != 3 || !slices.Equal(roles(d.view(ids[2])), []string{"interface_user", "operator"}) {
				t.Fatalf("%+v", r)
			}
			if again := bulk(d, request, provision.BulkOptions{}); again.Status != provision.SyncNothing || again.Run != "" {
				t.Errorf("again %+v", again)
			}
		},
		"many at once wait for an approval, with their number (003-19, 003-20)": func(t *testing.T, d *desk) {
			ids := crowd(d, 7)
			request := provision.BulkRequest{People: ids, Do: "delete"}
			if r := bulk(d, request, provision.BulkOptions{}); r.Status != provision.SyncHeld || len(r.Guard) != 1 || d.view(ids[0]).State != directory.Active {
				t.Fatalf("%+v", r)
			}
			if r := bulk(d, request, provision.BulkOptions{Approve: true}); r.Status != provision.SyncApplied || r.Summary.Deprovisioned != 7 || d.view(ids[6]).State != directory.Deprovisioned {
				t.Errorf("%+v", r)
			}
		},
		"suspended and resumed": func(t *testing.T, d *desk) {
			ids := crowd(d, 2)
			bulk(d, provision.BulkRequest{People: ids, Do: "suspend"}, provision.BulkOptions{})
			if d.view(ids[1]).State != directory.Suspended {
				t.Error("not suspended")
			}
			bulk(d, provision.BulkRequest{People: ids, Do: "resume"}, provision.BulkOptions{})
			if d.view(ids[1]).State != directory.Active {
				t.Error("not resumed")
			}
		},
		"what it cannot be": func(t *testing.T, d *desk) {
			ids := crowd(d, 1)
			for _, wrong := range []provision.BulkRequest{
				{Do: "suspend"}, {People: ids}, {People: ids, Do: "dance"}, {People: ids, Do: "delete", Add: []directory.Entitlement{role("operator")}},
			} {
				_, err := d.engine.Bulk(t.Context(), d.admin, wrong, provision.BulkOptions{})
				d.wantKind(err, directory.Invalid)
			}
			_, err := d.engine.Bulk(t.Context(), d.admin, provision.BulkRequest{People: make([]string, provision.MostBulk+1), Do: "suspend"}, provision.BulkOptions{})
			d.wantKind(err, directory.TooMany)
			boss := d.person("boss", role("administrator"))
			_, err = d.engine.Bulk(t.Context(), d.admin, provision.BulkRequest{People: []string{boss.ID}, Remove: []directory.Entitlement{role("administrator")}}, provision.BulkOptions{})
			d.wantKind(err, directory.Conflict)
		},
	})
}
