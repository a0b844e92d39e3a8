package provision_test

import (
	"context"
	"slices"
	"testing"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// lunch is a status of the tenant's own.
var lunch = directory.Status{Key: "lunch", Name: "Lunch", Icon: "soup", Description: "Back within the hour.", Active: true, Order: 3, ManagedBy: directory.ByConsole}

// ordinary is the first role of the tenant's that administers nothing.
func (d *desk) ordinary() []directory.Entitlement {
	d.t.Helper()
	c, err := d.db.Reader(d.tenant).Configuration(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	i := slices.IndexFunc(c.Roles, func(r directory.Role) bool {
		return !r.Privileged && !r.Owner && (r.Kind == directory.BuiltinRole || r.Kind == directory.PermissionGroup)
	})
	return []directory.Entitlement{{Kind: directory.RoleEntitlement, Target: c.Roles[i].Key}}
}

// colleague is somebody with an ordinary role.
func (d *desk) colleague(name string) provision.View {
	d.t.Helper()
	return d.person(name, d.ordinary()...)
}

func (d *desk) setStatus(id, key string) (provision.View, error) {
	return d.engine.SetStatus(d.t.Context(), d.admin, id, key, provision.PersonOptions{Reason: "asked for"})
}

func (d *desk) mustSetStatus(id, key string) provision.View {
	d.t.Helper()
	v, err := d.setStatus(id, key)
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

func (d *desk) wantStatus(id, key string) {
	d.t.Helper()
	v := d.view(id)
	if v.Status == nil || *v.Status != key {
		d.t.Errorf("the status of %s is %v, want %s", v.UserName, v.Status, key)
	}
}

func (d *desk) presences(id string) []directory.Presence {
	d.t.Helper()
	list, err := d.db.Reader(d.tenant).Presences(d.t.Context(), id, 20)
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

// changes are somebody's changes, the newest first.
func (d *desk) changes(id string) []directory.Change {
	d.t.Helper()
	list, err := d.db.Reader(d.tenant).Changes(context.WithoutCancel(d.t.Context()), "person:"+id, 50)
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

// status publishes a status of the catalogue.
func (d *desk) status(s directory.Status) {
	d.t.Helper()
	d.configure(func(c *store.Configuration) {
		c.Statuses = append(slices.DeleteFunc(c.Statuses, func(o directory.Status) bool { return o.Key == s.Key }), s)
	})
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	atDesk(t, "conversations-basic", map[string]func(*testing.T, *desk){
		"000-10 a new person is offline": func(_ *testing.T, d *desk) {
			d.wantStatus(d.colleague("ada").ID, "offline")
			d.wantStatus(d.user(d.okta, "bob@example.com", "b1").ID, "offline")
		},
		"000-11 another status can be chosen at creation": func(t *testing.T, d *desk) {
			v, err := d.engine.CreatePerson(t.Context(), d.admin, provision.NewPerson{Attributes: document("ada"), Rights: d.ordinary(), Status: "online"}, provision.PersonOptions{})
			if err != nil {
				t.Fatal(err)
			}
			d.wantStatus(v.ID, "online")
			if list := d.presences(v.ID); len(list) != 1 || list[0].Status != "online" || list[0].SetBy != "apikey:key" {
				t.Errorf("history %+v", list)
			}
			_, err = d.engine.CreatePerson(t.Context(), d.admin, provision.NewPerson{Attributes: document("bob"), Rights: d.ordinary(), Status: "nowhere"}, provision.PersonOptions{})
			d.wantKind(err, directory.NotFound)
		},
		"000-10 the tenant says where people begin": func(_ *testing.T, d *desk) {
			d.status(lunch)
			d.setting("presence.initial_status", "lunch")
			d.wantStatus(d.colleague("ada").ID, "lunch")
			d.setting("presence.initial_status", "nowhere") // is not in the catalogue
			d.wantStatus(d.colleague("bob").ID, "offline")
		},
		"000-25, 000-26, 000-27, 000-28, 000-31: a status has a keyword, an icon and a description, and is listed once it is saved": func(t *testing.T, d *desk) {
			d.status(lunch)
			changed := lunch
			changed.Icon = "coffee"
			d.status(changed) // the same keyword is the same status
			c, err := d.db.Reader(d.tenant).Configuration(t.Context())
			if err != nil || len(c.Statuses) != 3 || c.Statuses[2] != changed {
				t.Errorf("%+v, %v", c.Statuses, err)
			}
		},
		"a rule says where people begin": func(_ *testing.T, d *desk) {
			d.configure(configureRules(directory.Rule{ID: "r", Name: "r", When: `title eq "Chief"`, InitialStatus: "online", ManagedBy: directory.ByManifest}))
			d.wantStatus(d.user(d.okta, "ada", "a1", map[string]any{"title": "Chief"}).ID, "online")
			bob := d.user(d.okta, "bob", "b1")
			d.mustSet(d.okta, bob.ID, map[string]any{"title": "Chief"}) // he has begun already
			d.wantStatus(bob.ID, "offline")
		},
		"a status is set, with its history": func(t *testing.T, d *desk) {
			ada := d.colleague("ada").ID
			before := d.view(ada).ModifiedAt
			d.mustSetStatus(ada, "online")
			d.mustSetStatus(ada, "online") // already
			list := d.presences(ada)
			if len(list) != 2 || list[0].Status != "online" || list[0].Previous != "offline" || list[0].Until != nil || list[0].SetBy != "apikey:key" ||
				list[1].Until == nil || !list[1].Until.Equal(list[0].Since) {
				t.Errorf("history %+v", list)
			}
			if c := d.changes(ada); len(c) != 2 || c[0].Action != "user.status_changed" || c[0].Reason != "asked for" || string(c[0].After) != `{"status":"online"}` {
				t.Errorf("the log says %s %s %s", c[0].Action, c[0].Reason, c[0].After)
			}
			if !d.view(ada).ModifiedAt.Equal(before) {
				t.Error("how somebody is present is no change of who they are")
			}
		},
		"what cannot be set": func(t *testing.T, d *desk) {
			ada := d.colleague("ada").ID
			off := lunch
			off.Active = false
			d.status(off)
			for _, key := range []string{"", "nowhere", "ONLINE", "lunch"} {
				_, err := d.setStatus(ada, key)
				d.wantKind(err, directory.Invalid)
			}
			_, err := d.setStatus("nobody", "online")
			d.wantKind(err, directory.NotFound)
			gone := d.user(d.okta, "bob", "b1").ID
			d.delete(d.okta, gone)
			_, err = d.setStatus(gone, "online")
			d.wantKind(err, directory.NotFound)
			stale := directory.Errorf(directory.Stale, "not that one")
			_, err = d.engine.SetStatus(t.Context(), d.admin, ada, "online", provision.PersonOptions{If: func(provision.View) error { return stale }})
			d.wantKind(err, directory.Stale)
			d.wantStatus(ada, "offline")
		},
		"who is suspended keeps theirs, and begins anew": func(t *testing.T, d *desk) {
			ada := d.user(d.okta, "ada", "a1").ID
			d.mustSetStatus(ada, "online")
			d.mustSet(d.okta, ada, map[string]any{"active": false})
			d.wantStatus(ada, "online")
			d.mustSet(d.okta, ada, map[string]any{"active": true})
			d.wantStatus(ada, "offline")
			d.mustSetStatus(ada, "online")
			d.delete(d.okta, ada)
			if again := d.user(d.okta, "ada", "a1"); again.ID != ada {
				t.Fatal("somebody else came back")
			}
			d.wantStatus(ada, "offline")
			if list := d.presences(ada); len(list) != 5 || list[0].SetBy != "connection:okta" {
				t.Errorf("history %+v", list)
			}
		},
		"000-30 a status that is switched off moves those who are in it": func(t *testing.T, d *desk) {
			d.status(lunch)
			ada, bob := d.colleague("ada").ID, d.user(d.okta, "bob", "b1").ID
			d.mustSetStatus(ada, "lunch")
			d.mustSetStatus(bob, "lunch")
			d.mustSet(d.okta, bob, map[string]any{"active": false})
			used, err := d.db.Reader(d.tenant).StatusInUse(t.Context(), "lunch")
			if err != nil || !used {
				t.Errorf("in use: %t, %v", used, err)
			}
			off := lunch
			off.Active = false
			next, err := d.db.Reader(d.tenant).Configuration(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			next.Statuses[len(next.Statuses)-1] = off
			told := map[string]provision.PersonChange{}
			if _, _, err := d.engine.PreviewGuarded(t.Context(), next, nil, directory.DefaultGuard(), func(c provision.PersonChange) error { told[c.User] = c; return nil }); err != nil {
				t.Fatal(err)
			}
			if c := told[ada]; c.Change != "status_changed" || c.WasStatus != "lunch" || c.Status != "offline" {
				t.Errorf("the preview says %+v", c)
			}
			d.wantStatus(ada, "lunch") // a preview writes nothing
			d.status(off)
			d.wantStatus(ada, "offline")
			d.wantStatus(bob, "offline")
			if used, err := d.db.Reader(d.tenant).StatusInUse(t.Context(), "lunch"); err != nil || used {
				t.Errorf("still in use: %t, %v", used, err)
			}
			if left := d.unsettled(); len(left) > 0 {
				t.Errorf("a second look changes %v", left)
			}
		},
	})
}

func TestPlatformsWithoutStatusesOfTheirOwn(t *testing.T) {
	t.Parallel()
	atDesk(t, "call-centre", map[string]func(*testing.T, *desk){
		"only the preset's can be set": func(_ *testing.T, d *desk) {
			ada := d.colleague("ada").ID
			d.status(lunch)
			_, err := d.setStatus(ada, "lunch")
			d.wantKind(err, directory.Invalid)
			d.mustSetStatus(ada, "online")
			d.wantStatus(ada, "online")
		},
		"switching them off moves who is in one": func(_ *testing.T, d *desk) {
			d.setting("presence.statuses", "on")
			d.status(lunch)
			ada := d.colleague("ada").ID
			d.mustSetStatus(ada, "lunch")
			d.setting("presence.statuses", "off")
			d.wantStatus(ada, "offline")
		},
	})
}
