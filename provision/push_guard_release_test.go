package provision_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

func TestHeldRightsEnd(t *testing.T) {
	t.Parallel()
	underGuard(t, map[string]func(*testing.T, *watched){
		"approved": func(t *testing.T, g *watched) {
			group, ids := g.crowd(20)
			g.remove(group, ids[:10], 10)
			r := g.release(true)
			if r.Status != provision.SyncApplied || r.Summary.Revoked != 20 || r.Connection != "okta" {
				t.Errorf("%+v", r)
			}
			g.inForce(ids[:10], false)
			g.inForce(ids[10:], true)
			run, err := g.db.Reader(g.tenant).Run(t.Context(), r.Run)
			if err != nil || run.ApprovedBy != "cli:root@host" || run.Done != 10 || run.FinishedAt.IsZero() || run.Summary != r.Summary {
				t.Errorf("recorded as %+v (%v)", run, err)
			}
			list, err := g.db.Reader(g.tenant).Changes(t.Context(), "person:"+ids[0], 1)
			if err != nil || list[0].Actor.Run != r.Run || len(list[0].Grants) != 2 || list[0].Reason != "approved by cli:root@host" {
				t.Errorf("the log says %+v (%v)", list, err)
			}
			g.noneHeld("okta")
			if again := g.release(true); again.Status != provision.SyncNothing || again.Run != "" {
				t.Errorf("a second time: %+v", again)
			}
			g.settledForGood()
		},
		"by the time": func(t *testing.T, g *watched) {
			group, ids := g.crowd(20)
			g.remove(group, ids[:10], 10)
			if n := g.expire(); n != 0 {
				t.Errorf("%d ended before their time", n)
			}
			g.later(23 * time.Hour)
			g.remove(group, ids[10:16], 6)
			g.later(90 * time.Minute)
			if v := g.view(ids[0]); v.Roles[0].Origins[0].HeldUntil != nil {
				t.Errorf("still said to be held: %+v", v.Roles)
			}
			g.mustSet(g.okta, ids[0], department("Sales")) // who is written before the job comes is not held once more
			g.inForce(ids[:1], false)
			if n := g.expire(); n != 9 {
				t.Errorf("%d ended, want 9", n)
			}
			g.inForce(ids[:10], false)
			g.inForce(ids[10:16], true)
			g.later(24 * time.Hour)
			if n := g.expire(); n != 6 {
				t.Errorf("%d ended, want 6", n)
			}
			g.inForce(ids[:16], false)
			g.noneHeld("okta")
			g.settledForGood()
		},
		"who is added again": func(t *testing.T, g *watched) {
			group, ids := g.crowd(20)
			g.remove(group, ids[:10], 10)
			if r := g.members(group, provision.AddMembers, ids[:10]...); r.Held != 0 {
				t.Errorf("%d are held", r.Held)
			}
			g.inForce(ids, true)
			for _, id := range ids {
				if until := g.heldUntil(id); !until.IsZero() {
					t.Fatalf("still held until %s", until)
				}
			}
			if w := g.waiting("okta"); len(w) != 0 {
				t.Errorf("still waiting: %v", w)
			}
			g.later(25 * time.Hour)
			g.expire()
			g.inForce(ids, true)
			g.noneHeld("okta")
		},
		"who is added again after their time, before the job": func(t *testing.T, g *watched) {
			group, ids := g.crowd(20)
			g.remove(group, ids[:10], 10)
			g.later(25 * time.Hour)
			g.members(group, provision.AddMembers, ids[:10]...)
			if n := g.expire(); n != 0 {
				t.Errorf("%d ended", n)
			}
			g.inForce(ids, true)
			g.noneHeld("okta")
		},
		"who is gone": func(t *testing.T, g *watched) {
			group, ids := g.crowd(20)
			g.remove(group, ids[:10], 10)
			g.delete(g.okta, ids[0])
			if v := g.view(ids[0]); len(v.Roles)+len(v.AgentGroups) != 0 {
				t.Errorf("still has %v %v", v.Roles, v.AgentGroups)
			}
			g.user(g.okta, "u0@acme.test", "0")
			if v := g.view(ids[0]); v.State != directory.Active || len(v.Roles) != 0 {
				t.Errorf("came back %s to %v", v.State, v.Roles)
			}
			g.mustSet(g.okta, ids[1], map[string]any{"active": false})
			g.mustSet(g.okta, ids[1], map[string]any{"active": true})
			g.allHeld(ids[1:10]) // an hour's suspension is no approval
		},
		"who has others by now": func(t *testing.T, g *watched) {
			group, ids := g.crowd(20)
			g.remove(group, ids[:10], 10)
			g.group(g.okta, "CC-Lead-Day", ids[:10]...) // a reorganisation in two requests
			for _, id := range ids[:10] {
				if v := g.view(id); !slices.Equal(roles(v), []string{"supervisor"}) || len(v.AgentGroups) != 1 {
					t.Fatalf("%v and %v", roles(v), agentGroups(v))
				}
			}
			g.settledForGood()
		},
		"of a group that is gone, with what a rule made for it": func(t *testing.T, g *watched) {
			ids := g.people(g.okta, 20)
			day := g.group(g.okta, "CC-Lead-Day", ids...).ID
			archived := func() bool {
				c, err := g.engine.Configuration(t.Context(), g.tenant)
				if err != nil {
					t.Fatal(err)
				}
				i := slices.IndexFunc(c.AgentGroups, func(x directory.WorkGroup) bool { return x.Name == "Day" })
				found, err := g.db.Reader(g.tenant).AgentGroup(t.Context(), c.AgentGroups[i].ID)
				if err != nil {
					t.Fatal(err)
				}
				return found.Archived
			}
			g.configure(func(*store.Configuration) {})
			if r, err := g.engine.DeleteGroup(t.Context(), g.okta, day, nil); err != nil || r.Held != 20 || archived() {
				t.Errorf("%+v (%v), archived %t", r, err, archived())
			}
			g.release(true)
			if v := g.view(ids[0]); len(v.AgentGroups) != 0 || !archived() {
				t.Errorf("%v, archived %t", v.AgentGroups, archived())
			}
			day = g.group(g.okta, "CC-Lead-Day", ids...).ID
			if v := g.view(ids[0]); len(v.AgentGroups) != 1 || archived() {
				t.Errorf("it came back to %v, archived %t", v.AgentGroups, archived())
			}
			g.later(2 * time.Hour)
			g.members(day, provision.ReplaceMembers, ids[:3]...)
			g.release(true)
			if _, err := g.engine.DeleteGroup(t.Context(), g.okta, day, nil); err != nil {
				t.Fatal(err)
			}
			g.release(true)
			if !archived() {
				t.Error("not archived")
			}
		},
		"discarded": func(t *testing.T, g *watched) {
			group, ids := g.crowd(20)
			choir := g.group(g.okta, "choir").ID
			g.remove(group, ids[:10], 10)
			if r := g.release(false); r.Status != "discarded" || r.Summary.Revoked != 0 {
				t.Errorf("%+v", r)
			}
			g.inForce(ids, true)
			v := g.view(ids[0])
			if len(v.Holds) != 2 || v.Holds[0].Effect != directory.Keep || v.Holds[0].Actor != "cli:root@host" || !g.heldUntil(ids[0]).IsZero() {
				t.Errorf("%+v, held until %s", v.Holds, g.heldUntil(ids[0]))
			}
			g.noneHeld("okta")
			g.later(48 * time.Hour)
			g.expire()
			g.inForce(ids, true)
			g.members(choir, provision.AddMembers, ids[0]) // the directory changes its statement
			g.inForce(ids[:1], false)
			g.inForce(ids[1:], true)
			g.settledForGood()
		},
	})
}

// adminsRule gives a privileged role, and an agent group beside it.
var adminsRule = directory.Rule{
	ID: "rule-admins", Name: "admins", Group: "CC-Admins", Roles: []string{"administrator"},
	AgentGroups: []directory.RuleOutput{{Name: "Support", Kind: directory.AsUser}}, ManagedBy: directory.ByManifest,
}

// admins makes twenty users and an empty group that makes administrators, as somebody confirmed.
func (g *watched) admins() (group string, ids []string) {
	g.t.Helper()
	ids = g.people(g.okta, 20)
	group = g.group(g.okta, "CC-Admins").ID
	g.configure(configureRules(supportRule, adminsRule))
	return group, ids
}

func (g *watched) administrators(ids []string) (n int) {
	g.t.Helper()
	all := g.views()
	for _, id := range ids {
		if slices.Contains(roles(all[id]), "administrator") {
			n++
		}
	}
	return n
}

func TestGuardOnPushesWithholdsPrivilegedRoles(t *testing.T) {
	t.Parallel()
	underGuard(t, map[string]func(*testing.T, *watched){
		"until they are approved": func(t *testing.T, g *watched) {
			group, ids := g.admins()
			if r := g.members(group, provision.AddMembers, ids[:5]...); r.Held != 0 || g.administrators(ids) != 5 {
				t.Errorf("five: %d held, %d administrators", r.Held, g.administrators(ids))
			}
			if r := g.members(group, provision.AddMembers, ids[5:8]...); r.Held != 3 || g.administrators(ids) != 5 {
				t.Errorf("three more: %d held, %d administrators", r.Held, g.administrators(ids))
			}
			v := g.view(ids[5])
			if len(v.AgentGroups) != 1 || len(v.Holds) != 1 || v.Holds[0].Actor != "guard:okta" || v.Holds[0].Effect != directory.Deny || !strings.Contains(v.Holds[0].Reason, "8 people") {
				t.Errorf("%v with %+v", agentGroups(v), v.Holds)
			}
			if n := len(g.in(group)); n != 8 {
				t.Errorf("the group has %d members", n)
			}
			g.settledForGood()
			g.later(48 * time.Hour)
			g.expire()
			g.mustSet(g.okta, ids[6], department("Sales"))
			if n := g.administrators(ids); n != 5 {
				t.Errorf("%d administrators by waiting", n)
			}
			if w := g.waiting("okta"); len(w) != 3 || len(w[0].Gained) != 1 || !w[0].WillBePrivileged || w[0].Privileged {
				t.Errorf("waiting: %+v", w)
			}
			if r := g.release(true); r.Summary.Granted != 3 || g.administrators(ids) != 8 || len(g.view(ids[5]).Holds) != 0 {
				t.Errorf("%+v, %d administrators", r, g.administrators(ids))
			}
			g.noneHeld("okta")
			g.settledForGood()
		},
		"and not for who leaves again": func(t *testing.T, g *watched) {
			group, ids := g.admins()
			g.members(group, provision.AddMembers, ids[:8]...)
			g.members(group, provision.RemoveMembers, ids[:8]...)
			for _, w := range g.waiting("okta") { // their agent groups, and nothing else
				if len(w.Gained) != 0 || len(w.Lost) != 1 || len(g.view(w.User).Holds) != 0 {
					t.Errorf("waiting: %+v", w)
				}
			}
			g.release(true)
			g.later(2 * time.Hour)
			g.members(group, provision.AddMembers, ids[0])
			if n := g.administrators(ids); n != 1 {
				t.Errorf("%d administrators", n)
			}
		},
		"in a run": func(t *testing.T, g *watched) {
			ids := g.people(g.okta, provision.InOneCommit+1)
			group := g.group(g.okta, "CC-Admins").ID
			g.configure(configureRules(supportRule, adminsRule))
			if r := g.members(group, provision.AddMembers, ids...); !r.Pending {
				t.Errorf("%+v", r)
			}
			g.settle()
			if n := g.administrators(ids); n != 0 {
				t.Errorf("%d administrators", n)
			}
			g.release(true)
			if n := g.administrators(ids); n != len(ids) {
				t.Errorf("%d administrators of %d", n, len(ids))
			}
			g.noneHeld("okta")
		},
		"for good, where that is refused": func(t *testing.T, g *watched) {
			group, ids := g.admins()
			g.members(group, provision.AddMembers, ids[:8]...)
			g.release(false)
			v := g.view(ids[0])
			if g.administrators(ids) != 0 || len(v.Holds) != 1 || v.Holds[0].Actor != "cli:root@host" || v.Holds[0].Effect != directory.Deny {
				t.Errorf("%d administrators; %+v", g.administrators(ids), v.Holds)
			}
			g.noneHeld("okta")
			admin := directory.Actor{Tenant: g.tenant, Kind: directory.ActorCLI, ID: "root@host"}
			if err := g.engine.ReleaseHold(t.Context(), admin, ids[0], v.Holds[0].ID, "a new colleague"); err != nil {
				t.Fatal(err)
			}
			if n := g.administrators(ids); n != 1 {
				t.Errorf("%d administrators", n)
			}
			g.settledForGood()
		},
		"not from who has one, or joins alone": func(t *testing.T, g *watched) {
			group, ids := g.admins()
			for i, id := range ids[:5] {
				g.members(group, provision.AddMembers, id)
				if n := g.administrators(ids); n != i+1 {
					t.Fatalf("%d administrators, want %d", n, i+1)
				}
			}
			g.configure(func(c *store.Configuration) {
				second := adminsRule
				second.ID, second.Name, second.Group = "rule-second", "second", "CC-Second"
				c.Rules = append(c.Rules, second)
			})
			again := g.group(g.okta, "CC-Second", ids[:5]...).ID
			g.configure(func(*store.Configuration) {})
			if r := g.members(group, provision.RemoveMembers, ids[:5]...); r.Held != 0 || g.administrators(ids) != 5 {
				t.Errorf("%d held, %d administrators by %s", r.Held, g.administrators(ids), again)
			}
		},
	})
}
