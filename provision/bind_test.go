package provision_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// republished checks that publishing the same rules again would change nobody, and does not.
func (w *site) republished(t *testing.T) {
	t.Helper()
	if who := w.unsettled(); len(who) > 0 {
		t.Errorf("publishing the same rules again would change: %v", who)
	}
	before := w.number(`SELECT COUNT(*) FROM change WHERE tenant = ?`)
	w.configure(func(*store.Configuration) {})
	if after := w.number(`SELECT COUNT(*) FROM change WHERE tenant = ?`); after != before {
		t.Errorf("publishing the same rules again made %d changes", after-before)
	}
}

func TestBindingsOutliveWhatDoesNotConcernThem(t *testing.T) {
	t.Parallel()
	inOneDatabase(t, map[string]func(*testing.T, *site){
		"a captured group renamed to what captures otherwise": func(t *testing.T, w *site) {
			w.configure(configureRules(leadsRule))
			ana, bob := w.user(w.okta, "ana", "1").ID, w.user(w.okta, "bob", "2").ID
			day := w.group(w.okta, "CC-Lead-Day", ana).ID
			w.group(w.okta, "CC-Lead-Night", bob)
			rename(w.bench, day, "CC-Lead-Night")
			w.settle()
			for _, id := range []string{ana, bob} {
				if diff := cmp.Diff(map[string]directory.MembershipKind{"Night": directory.AsSupervisor}, agentGroups(w.view(id))); diff != "" {
					t.Error(diff)
				}
			}
			w.republished(t)
		},
		"a captured group renamed to what captures nothing": func(t *testing.T, w *site) {
			w.configure(configureRules(leadsRule))
			ana := w.user(w.okta, "ana", "1").ID
			g := w.group(w.okta, "CC-Lead-Day", ana).ID
			rename(w.bench, g, "choir")
			w.settle()
			had := agentGroups(w.view(ana))
			w.republished(t)
			w.configure(configureRules(leadsRule, supportRule)) // another rule is no edit of this one
			if now := agentGroups(w.view(ana)); len(had) != 1 || !maps.Equal(had, now) {
				t.Errorf("%v became %v by publishing the same rules again", had, now)
			}
			rename(w.bench, g, "CC-Lead-Night")
			w.settle()
			if now := agentGroups(w.view(ana)); len(now) != 1 || now["Night"] == "" {
				t.Errorf("renamed to what captures again: %v", now)
			}
			rename(w.bench, g, "choir")
			edited := leadsRule
			edited.AgentGroups = []directory.RuleOutput{{Name: "Leads {team}", Kind: directory.AsUser}}
			w.configure(configureRules(edited))
			if now := w.view(ana); len(now.AgentGroups)+len(now.Roles) != 0 {
				t.Errorf("the rule was edited, and nobody knows which team that is: %v %v", now.Roles, now.AgentGroups)
			}
		},
		"a name that one rule has bound elsewhere binds the other rules that wait for it": func(t *testing.T, w *site) {
			w.configure(configureRules(supportRule))
			first := w.group(w.okta, "CC-Support").ID
			rename(w.bench, first, "choir")
			second := supportRule
			second.ID, second.Name, second.Order, second.Roles, second.AgentGroups = "second", "second", 99, []string{"supervisor"}, nil
			w.configure(configureRules(supportRule, second))
			ana := w.user(w.okta, "ana", "1").ID
			w.group(w.okta, "CC-Support", ana)
			w.settle()
			if got := roles(w.view(ana)); !slices.Equal(got, []string{"supervisor"}) {
				t.Errorf("in the second group of that name: %v", got)
			}
			w.republished(t)
		},
		"a bound group renamed, then deleted": func(t *testing.T, w *site) {
			w.configure(configureRules(supportRule))
			ana := w.user(w.okta, "ana", "1").ID
			g := w.group(w.okta, "CC-Support", ana).ID
			rename(w.bench, g, "choir")
			w.settle()
			w.republished(t)
			if got := roles(w.view(ana)); !slices.Equal(got, []string{"agent"}) {
				t.Errorf("after the rename: %v", got)
			}
			if _, err := w.engine.DeleteGroup(t.Context(), w.okta, g, nil); err != nil {
				t.Fatal(err)
			}
			w.group(w.okta, "CC-Support", ana)
			if got := roles(w.view(ana)); !slices.Equal(got, []string{"agent"}) {
				t.Errorf("the next group of the name: %v", got)
			}
			w.republished(t)
		},
		"two connections' groups of one name": func(t *testing.T, w *site) {
			w.configure(configureRules(supportRule))
			ana, bob := w.user(w.okta, "ana", "1").ID, w.user(w.entra, "bob", "2").ID
			first := w.group(w.okta, "CC-Support", ana).ID
			w.group(w.entra, "cc-support", bob)
			if got := roles(w.view(bob)); !slices.Equal(got, []string{"agent"}) {
				t.Errorf("entra's group: %v", got)
			}
			if _, err := w.engine.DeleteGroup(t.Context(), w.okta, first, nil); err != nil {
				t.Fatal(err)
			}
			if got := roles(w.view(bob)); !slices.Equal(got, []string{"agent"}) || len(roles(w.view(ana))) != 0 {
				t.Errorf("after okta's group went: %v and %v", got, roles(w.view(ana)))
			}
			w.republished(t)
		},
		"one person in two connections' groups": func(t *testing.T, w *site) {
			w.configure(func(c *store.Configuration) { link("userName")(c); configureRules(supportRule)(c) })
			ana := w.user(w.okta, "ana", "1").ID
			w.user(w.entra, "ana", "2")
			first := w.group(w.okta, "CC-Support", ana).ID
			second := w.group(w.entra, "CC-Support", ana).ID
			for i, g := range []struct {
				actor directory.Actor
				id    string
			}{{w.okta, first}, {w.entra, second}} {
				if got := roles(w.view(ana)); !slices.Equal(got, []string{"agent"}) {
					t.Errorf("with %d groups gone: %v", i, got)
				}
				if _, err := w.engine.DeleteGroup(t.Context(), g.actor, g.id, nil); err != nil {
					t.Fatal(err)
				}
			}
			if v := w.view(ana); len(v.Roles)+len(v.AgentGroups) != 0 {
				t.Errorf("both groups are gone: %v, %v", v.Roles, v.AgentGroups)
			}
			w.consistent(t)
		},
		"a rule that changes its group": func(t *testing.T, w *site) {
			w.configure(configureRules(supportRule))
			ana, bob := w.user(w.okta, "ana", "1").ID, w.user(w.okta, "bob", "2").ID
			w.group(w.okta, "CC-Support", ana)
			choir := w.group(w.okta, "choir", bob).ID
			moved := supportRule
			moved.Group = "Choir"
			w.configure(configureRules(moved))
			if a, b := roles(w.view(ana)), roles(w.view(bob)); len(a) != 0 || !slices.Equal(b, []string{"agent"}) {
				t.Errorf("by name: ana has %v, bob has %v", a, b)
			}
			w.republished(t)
			moved.Group, moved.GroupID = "", choir
			w.configure(configureRules(moved))
			if b := roles(w.view(bob)); !slices.Equal(b, []string{"agent"}) {
				t.Errorf("by id: bob has %v", b)
			}
			rename(w.bench, choir, "orchestra")
			w.settle()
			w.republished(t)
			if _, err := w.engine.DeleteGroup(t.Context(), w.okta, choir, nil); err != nil {
				t.Fatal(err)
			}
			if b := roles(w.view(bob)); len(b) != 0 {
				t.Errorf("the pinned group is gone: bob has %v", b)
			}
			w.republished(t)
		},
		"a rule that is taken away and comes back": func(t *testing.T, w *site) {
			w.configure(configureRules(leadsRule, billingRule))
			ana := w.user(w.okta, "ana", "1").ID
			w.group(w.okta, "CC-Lead-Day", ana)
			first := agentGroupID(t, w, "Day")
			w.configure(configureRules(billingRule))
			if v := w.view(ana); len(v.Roles)+len(v.AgentGroups) != 0 {
				t.Errorf("without the rule: %v, %v", v.Roles, v.AgentGroups)
			}
			w.configure(configureRules(leadsRule, billingRule))
			if v := w.view(ana); len(v.AgentGroups) != 1 || agentGroupID(t, w, "day") != first {
				t.Errorf("with the rule again: %v; agent group %s was %s", v.AgentGroups, agentGroupID(t, w, "Day"), first)
			}
			w.republished(t)
		},
		"a group deleted while the rules are being published": func(t *testing.T, w *site) {
			ana := w.user(w.okta, "ana", "1").ID
			g := w.group(w.okta, "CC-Support", ana).ID
			publisher, deleter := w.elsewhere(t, provision.Options{}), w.elsewhere(t, provision.Options{})
			m := newMeet()
			var once sync.Once
			var wg sync.WaitGroup
			wg.Go(func() {
				err := publisher.db.Write(context.Background(), w.tenant, func(tx *store.Tx) error {
					c, err := tx.Configuration(tx.Context())
					if err != nil {
						return err
					}
					configureRules(supportRule)(c)
					tx.PutWorkGroup(c.AgentGroups[0])
					tx.PutRule(c.Rules[0])
					if _, err := tx.RaiseConfigVersion(c.Tenant.Name); err != nil {
						return err
					}
					if _, err := publisher.engine.BindRules(tx, c); err != nil {
						return err
					}
					m.at(0, &once) // bound, and not committed
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
			<-m.here[0]
			if _, err := deleter.engine.DeleteGroup(context.Background(), w.okta, g, nil); err != nil {
				t.Error(err)
			}
			close(m.here[1])
			wg.Wait()
			w.settle()
			w.group(w.okta, "CC-Support", ana)
			if got := roles(w.view(ana)); !slices.Equal(got, []string{"agent"}) {
				t.Errorf("the next group of the name does not bind: %v", got)
			}
			w.consistent(t)
		},
	})
}

func agentGroupID(t *testing.T, w *site, name string) string {
	t.Helper()
	g, found, err := w.db.Reader(w.tenant).AgentGroupNamed(t.Context(), name)
	if err != nil || !found || g.Archived {
		t.Errorf("agent group %s: %+v, found %v (%v)", name, g, found, err)
	}
	return g.ID
}

func TestHoldsOutliveAndWithholdWhatDirectoriesSay(t *testing.T) {
	t.Parallel()
	admin := func(w *site) directory.Actor {
		return directory.Actor{Tenant: w.tenant, Kind: directory.ActorPerson, ID: "boss"}
	}
	place := func(t *testing.T, w *site, person, subject string, effect directory.Effect) string {
		t.Helper()
		id, err := w.engine.PlaceHold(t.Context(), admin(w), directory.Hold{Person: person, Subject: subject, Effect: effect, Reason: "because"})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	inOneDatabase(t, map[string]func(*testing.T, *site){
		"deny a role": func(t *testing.T, w *site) {
			w.configure(configureRules(supportRule))
			ana := w.user(w.okta, "ana", "1").ID
			id := place(t, w, ana, "role:agent", directory.Deny)
			g := w.group(w.okta, "CC-Support", ana).ID
			if v := w.view(ana); len(v.Roles) != 0 || len(v.AgentGroups) != 1 {
				t.Errorf("withheld: %v, %v", v.Roles, v.AgentGroups)
			}
			w.members(g, provision.RemoveMembers, ana)
			w.members(g, provision.AddMembers, ana)
			w.consistent(t)
			if err := w.engine.ReleaseHold(t.Context(), admin(w), ana, id, "done"); err != nil {
				t.Fatal(err)
			}
			if got := roles(w.view(ana)); !slices.Equal(got, []string{"agent"}) {
				t.Errorf("released: %v", got)
			}
			w.wantKind(w.engine.ReleaseHold(t.Context(), admin(w), ana, id, "again"), directory.NotFound)
			w.consistent(t)
		},
		"keep a role until the groups change again": func(t *testing.T, w *site) {
			w.configure(configureRules(supportRule))
			ana := w.user(w.okta, "ana", "1").ID
			g, other := w.group(w.okta, "CC-Support", ana).ID, w.group(w.okta, "choir").ID
			place(t, w, ana, "role:agent", directory.Keep)
			w.configure(configureRules(billingRule))
			if got := roles(w.view(ana)); !slices.Equal(got, []string{"agent"}) {
				t.Errorf("kept although the rule is gone: %v", got)
			}
			w.consistent(t)
			w.members(other, provision.AddMembers, ana)
			if v := w.view(ana); len(v.Roles) != 0 || len(v.Holds) != 0 {
				t.Errorf("after the directory moved them: %v with %v", v.Roles, v.Holds)
			}
			w.members(g, provision.RemoveMembers, ana)
			w.consistent(t)
		},
		"nothing of those who are gone": func(t *testing.T, w *site) {
			w.configure(configureRules(supportRule))
			ana := w.user(w.okta, "ana", "1").ID
			w.group(w.okta, "CC-Support", ana)
			place(t, w, ana, "role:agent", directory.Keep)
			place(t, w, ana, "state", directory.Keep)
			w.delete(w.okta, ana)
			if v := w.view(ana); v.State != directory.Deprovisioned || len(v.Roles) != 0 {
				t.Errorf("%s with %v", v.State, v.Roles)
			}
			w.consistent(t)
			_, err := w.engine.PlaceHold(t.Context(), admin(w), directory.Hold{Person: ana, Subject: "state", Effect: directory.Deny, Reason: "late"})
			w.wantKind(err, directory.NotFound)
		},
		"bad ones": func(t *testing.T, w *site) {
			ana := w.user(w.okta, "ana", "1").ID
			for _, h := range []directory.Hold{
				{Person: ana, Subject: "role:", Effect: directory.Deny, Reason: "x"},
				{Person: ana, Subject: "state", Effect: "maybe", Reason: "x"},
				{Person: ana, Subject: "state", Effect: directory.Deny, Reason: " "},
				{Person: ana, Effect: directory.Deny, Reason: "x"},
			} {
				_, err := w.engine.PlaceHold(t.Context(), admin(w), h)
				w.wantKind(err, directory.Invalid)
			}
			_, err := w.engine.PlaceHold(t.Context(), admin(w), directory.Hold{Person: "nobody", Subject: "state", Effect: directory.Deny, Reason: "x"})
			w.wantKind(err, directory.NotFound)
			if n := w.number(`SELECT COUNT(*) FROM hold WHERE tenant = ?`); n != 0 {
				t.Errorf("%d holds were written", n)
			}
		},
	})
}
