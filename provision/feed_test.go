package provision_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// cursor is where the feed begins: everything that was committed has its place by then.
func (d *desk) cursor() int64 {
	d.t.Helper()
	d.sequence()
	at, err := d.engine.EligibilityCursor(d.t.Context(), d.tenant)
	if err != nil {
		d.t.Fatal(err)
	}
	return at
}

func (d *desk) sequence() {
	d.t.Helper()
	for n := 1; n > 0; {
		var err error
		if n, err = d.db.Sequence(d.t.Context(), d.tenant); err != nil {
			d.t.Fatal(err)
		}
	}
}

// feed is what the feed tells after a cursor.
func (d *desk) feed(cursor int64) []provision.EligibilityChange {
	d.t.Helper()
	d.sequence()
	page, err := d.engine.EligibilityChanges(d.t.Context(), d.tenant, cursor, 0)
	if err != nil {
		d.t.Fatal(err)
	}
	return page.Changes
}

func told(changes []provision.EligibilityChange) []string {
	var out []string
	for _, c := range changes {
		switch {
		case c.Person != nil:
			out = append(out, fmt.Sprintf("%s %s %t", c.Action, c.Person.UserName, c.Person.Eligible))
		case c.AgentGroup != nil:
			out = append(out, fmt.Sprintf("%s %s %t %t", c.Action, c.AgentGroup.Name, c.AgentGroup.Distribution, c.AgentGroup.Archived))
		case c.Config != nil:
			out = append(out, fmt.Sprintf("%s %v", c.Action, c.Config.Changed))
		}
	}
	return out
}

// published leaves the record that an administrator's publication leaves.
func (d *desk) published(key string) {
	d.t.Helper()
	err := d.db.Write(d.t.Context(), d.tenant, func(tx *store.Tx) error {
		return tx.AppendChange(directory.Change{
			ID: store.NewID(), Subject: "config", Action: "tenant.applied", Actor: d.admin, After: []byte(`{"` + key + `":{"name":"x"}}`),
		})
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func TestEachFlipIsOneRecord(t *testing.T) {
	t.Parallel()
	flips := []struct {
		name string
		do   func(d *desk, id string) error
		want string
	}{
		{"status", func(d *desk, id string) error { _, err := d.setStatus(id, "offline"); return err }, "user.status_changed ada false"},
		{"status back", func(d *desk, id string) error { _, err := d.setStatus(id, "online"); return err }, "user.status_changed ada true"},
		{"suspended", func(d *desk, id string) error {
			_, err := d.engine.Suspend(d.t.Context(), d.admin, id, provision.PersonOptions{Reason: "r"})
			return err
		}, "user.suspended ada false"},
		{"resumed, and offline", func(d *desk, id string) error {
			_, err := d.engine.Resume(d.t.Context(), d.admin, id, provision.PersonOptions{Reason: "r"})
			return err
		}, "user.activated ada false"},
		{"online", func(d *desk, id string) error { _, err := d.setStatus(id, "online"); return err }, "user.status_changed ada true"},
		{"away", func(d *desk, id string) error {
			_, err := d.absent(directory.Absence{Person: id, Kind: directory.Sick})
			return err
		}, "user.absence_changed ada false"},
		{"there again", func(d *desk, id string) error { return d.endAbsence(id, d.absences(id)[0].ID) }, "user.absence_changed ada true"},
		{"out of the group", func(d *desk, id string) error {
			_, err := d.takeAway(id, directory.Entitlement{Kind: directory.AgentGroupEntitlement, Target: salesGroup})
			return err
		}, "user.entitled ada false"},
		{"in again", func(d *desk, id string) error {
			_, err := d.assign(id, salesAgent(directory.AsUser)...)
			return err
		}, "user.entitled ada true"},
		{"an extension", func(d *desk, id string) error {
			_, err := d.engine.UpdatePerson(d.t.Context(), d.admin, id, stating("phoneNumbers", []any{map[string]any{"type": "work", "value": "4711"}}), provision.PersonOptions{})
			return err
		}, "user.updated ada true"},
		{"a title is nobody's business", func(d *desk, id string) error {
			_, err := d.engine.UpdatePerson(d.t.Context(), d.admin, id, stating("title", "Chief"), provision.PersonOptions{})
			return err
		}, ""},
		{"the same status again", func(d *desk, id string) error { _, err := d.setStatus(id, "online"); return err }, ""},
		{"a planned absence", func(d *desk, id string) error {
			_, err := d.absent(directory.Absence{Person: id, Kind: directory.Sick, From: *in(time.Hour)})
			return err
		}, ""},
	}
	atDesk(t, "", map[string]func(*testing.T, *desk){"one after the other": func(t *testing.T, d *desk) {
		d.working("bob") // whom it does not concern
		id := d.working("ada")
		for _, f := range flips {
			cursor := d.cursor()
			if err := f.do(d, id); err != nil {
				t.Fatalf("%s: %v", f.name, err)
			}
			got := told(d.feed(cursor))
			if f.want == "" && len(got) != 0 || f.want != "" && !slices.Equal(got, []string{f.want}) {
				t.Errorf("%s: the feed tells %q, want %q", f.name, got, f.want)
			}
		}
	}})
}

func TestFeed(t *testing.T) {
	t.Parallel()
	atDesk(t, "", map[string]func(*testing.T, *desk){
		"a snapshot and what follows": func(t *testing.T, d *desk) {
			cursor := d.cursor()
			ada := d.working("ada")
			changes := d.feed(cursor)
			if got := told(changes); !slices.Equal(got, []string{"user.created ada true", "user.status_changed ada true"}) { // as she stands now
				t.Errorf("%q", got)
			}
			for _, c := range changes {
				if c.Person.Person != ada || len(c.Person.Groups) == 0 || c.Seq <= cursor || c.At.IsZero() {
					t.Errorf("%+v", c)
				}
			}
		},
		"in pages": func(t *testing.T, d *desk) {
			cursor := d.cursor()
			for i := range 3 {
				d.person(fmt.Sprint("p", i))
			}
			d.sequence()
			var seen []string
			for range 3 {
				page, err := d.engine.EligibilityChanges(t.Context(), d.tenant, cursor, 1)
				if err != nil || page.Cursor <= cursor || page.More != (len(seen) < 2) {
					t.Fatalf("%+v, %v", page, err)
				}
				seen, cursor = append(seen, told(page.Changes)...), page.Cursor
			}
			page, err := d.engine.EligibilityChanges(t.Context(), d.tenant, cursor, 1)
			if len(seen) != 3 || err != nil || len(page.Changes) != 0 || page.Changes == nil || page.Cursor != cursor || page.BehindMS != 0 {
				t.Errorf("%q, then %+v, %v", seen, page, err)
			}
		},
		"it says how far behind it is": func(t *testing.T, d *desk) {
			cursor := d.cursor()
			d.person("ada")
			d.await("it is behind", func() bool {
				page, err := d.engine.EligibilityChanges(t.Context(), d.tenant, cursor, 0)
				if err != nil || len(page.Changes) > 0 {
					t.Fatalf("%+v, %v", page, err)
				}
				return page.BehindMS > 0
			})
		},
		"the configuration": func(t *testing.T, d *desk) {
			ada := d.working("ada")
			cursor := d.cursor()
			d.sales(func(g *directory.WorkGroup) { g.Distribution = false })
			d.published("agent_group Sales")
			d.published("status lunch")
			d.published("role agent")
			d.published("setting presence.absence")
			d.published("setting scim.rate.burst") // nobody's business
			d.published("rule r")
			d.published("agent_group Gone")
			want := []string{
				"tenant.applied Sales false false", "tenant.applied [status lunch]", "tenant.applied [role agent]",
				"tenant.applied [setting presence.absence]", "tenant.applied [agent_group Gone]",
			}
			if got := told(d.feed(cursor)); !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
			d.setting("user.required_fields", "title") // and what that means for her
			if got := told(d.feed(cursor)); len(got) != 6 || got[5] != "user.entitled ada false" || d.view(ada).Eligible {
				t.Errorf("%q", got)
			}
		},
		"a rule's group that is archived": func(t *testing.T, d *desk) {
			d.configure(configureRules(leadsRule))
			g := d.group(d.okta, "CC-Lead-Care")
			cursor := d.cursor()
			if _, err := d.engine.DeleteGroup(t.Context(), d.okta, g.ID, nil); err != nil {
				t.Fatal(err)
			}
			if got := told(d.feed(cursor)); !slices.Equal(got, []string{"agent_group.archived Care true true"}) {
				t.Errorf("%q", got)
			}
			cursor = d.cursor()
			d.group(d.okta, "CC-Lead-Care")
			if got := told(d.feed(cursor)); !slices.Equal(got, []string{"agent_group.restored Care true false"}) {
				t.Errorf("%q", got)
			}
		},
		"a group that a rule makes is known at once": func(t *testing.T, d *desk) {
			d.configure(configureRules(directory.Rule{
				ID: "r", Name: "teams", Group: "CC-{team}", Roles: []string{"agent"}, AgentGroups: []directory.RuleOutput{{Name: "{team}", Kind: directory.AsUser}},
				InitialStatus: "online", ManagedBy: directory.ByManifest,
			}))
			ada := d.user(d.okta, "ada", "a1", map[string]any{"displayName": "Ada"}).ID
			d.mustSetStatus(ada, "online")
			if v := d.eligibility(ada); v.Eligible {
				t.Fatalf("%+v", v)
			}
			d.group(d.okta, "CC-Care", ada)
			if v := d.eligibility(ada, ""); !v.Eligible || v.Groups[0].Name != "Care" {
				t.Errorf("%+v", v)
			}
		},
		"bad cursors and limits": func(t *testing.T, d *desk) {
			d.person("ada")
			end := d.cursor()
			for _, cursor := range []int64{-1, end + 1} {
				_, err := d.engine.EligibilityChanges(t.Context(), d.tenant, cursor, 0)
				d.wantKind(err, directory.Invalid)
			}
			for _, limit := range []int{-1, 1001} {
				_, err := d.engine.EligibilityChanges(t.Context(), d.tenant, 0, limit)
				d.wantKind(err, directory.Invalid)
			}
			_, err := d.engine.EligibilityCursor(t.Context(), "nobody")
			d.wantKind(err, directory.NotFound)
			_, err = d.engine.EligibilityChanges(t.Context(), "nobody", 0, 0)
			d.wantKind(err, directory.NotFound)
			other := &desk{d.tenantAnew(t), d.admin}
			if got := other.feed(0); len(got) != 0 {
				t.Errorf("another tenant is told %q", told(got))
			}
		},
	})
}
