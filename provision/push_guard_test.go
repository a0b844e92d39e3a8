package provision_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

func TestGuardOnPushesLetsSinglePeopleGo(t *testing.T) {
	t.Parallel()
	underGuard(t, map[string]func(*testing.T, *watched){
		"sixty of two hundred, one by one": func(t *testing.T, g *watched) {
			group, ids := g.crowd(200)
			for _, id := range ids[:60] {
				g.mustSet(g.okta, id, map[string]any{"active": false})
				if v := g.view(id); v.State != directory.Suspended || len(v.Roles) != 1 {
					t.Fatalf("%s with %v", v.State, v.Roles)
				}
			}
			g.delete(g.okta, ids[60])
			if v := g.view(ids[60]); v.State != directory.Deprovisioned || len(v.Roles) != 0 {
				t.Errorf("%s with %v", v.State, v.Roles)
			}
			g.noneHeld("okta")
			g.remove(group, ids[:60], 0) // who is suspended has nothing in force to lose
			for _, id := range ids[:60] {
				if v := g.view(id); len(v.Roles) != 0 {
					t.Fatalf("still has %v", v.Roles)
				}
			}
			g.remove(group, ids[100:101], 1) // they count for what groups take
			g.allHeld(ids[100:101])
		},
		"by an attribute, one by one": func(t *testing.T, g *watched) {
			ids := g.people(g.okta, 8)
			for _, id := range ids {
				g.mustSet(g.okta, id, department("Billing"))
			}
			for _, id := range ids {
				g.mustSet(g.okta, id, department("Sales"))
				if v := g.view(id); len(v.Roles) != 0 {
					t.Fatalf("still has %v", v.Roles)
				}
			}
		},
		"whose groups go with the account, of two": func(t *testing.T, g *watched) {
			g.configure(func(c *store.Configuration) {
				c.Connections[1].Link, c.Settings["leaver.when"] = "userName", "all"
			})
			_, ids := g.crowd(8)
			g.people(g.entra, 8)
			for _, id := range ids {
				g.delete(g.okta, id)
				if v := g.view(id); v.State != directory.Active || len(v.Roles) != 0 {
					t.Fatalf("%s with %v", v.State, v.Roles)
				}
			}
			g.noneHeld("okta")
		},
	})
}

func TestGuardOnPushesHoldsWhatGroupsTake(t *testing.T) {
	t.Parallel()
	underGuard(t, map[string]func(*testing.T, *watched){
		"sixty of two hundred": func(t *testing.T, g *watched) {
			group, ids := g.crowd(200)
			g.remove(group, ids[:60], 60)
			if n := len(g.in(group)); n != 140 {
				t.Errorf("the group has %d members, want 140", n)
			}
			g.allHeld(ids[:60])
			if r := g.explained(ids[0], supportRule.Name); r.Hit || r.HeldUntil == nil || r.Missed.Text == "" {
				t.Errorf("explained as %+v", r)
			}
			if r := g.explained(ids[60], supportRule.Name); !r.Hit || r.HeldUntil != nil {
				t.Errorf("who stayed is explained as %+v", r)
			}
			if n := g.told.Load(); n != 60 {
				t.Errorf("the metrics were told of %d people", n)
			}
			s, err := g.db.Reader(g.tenant).Source(t.Context(), "okta")
			if err != nil || s.Status != store.SourceQuarantined || !s.HeldUntil.Equal(g.heldUntil(ids[0])) {
				t.Errorf("the connection is %+v (%v)", s, err)
			}
			list, err := g.db.Reader(g.tenant).Changes(t.Context(), "person:"+ids[0], 1)
			if err != nil || len(list) != 1 || len(list[0].Grants) != 0 || !strings.Contains(list[0].Reason, "60 people") || !strings.Contains(list[0].Reason, "lets 20 pass") {
				t.Errorf("recorded as %+v (%v)", list, err)
			}
			wait := g.waiting("okta")
			if len(wait) != 60 || len(wait[0].Lost) != 2 || len(wait[0].Gained) != 0 {
				t.Errorf("%d people wait, the first %+v", len(wait), wait[0])
			}
			g.settledForGood()
			g.members(group, provision.RemoveMembers, ids[:60]...) // again: nothing more
			g.allHeld(ids[:60])
		},
		"six of twenty, and not five": func(t *testing.T, g *watched) {
			group, ids := g.crowd(20)
			g.remove(group, ids[:5], 0)
			g.inForce(ids[:5], false)
			g.noneHeld("okta")
			g.remove(group, ids[5:6], 1)
			g.allHeld(ids[5:6])
			g.later(2 * time.Hour)
			g.remove(group, ids[6:12], 6)
		},
		"what is taken in the course of an hour": func(t *testing.T, g *watched) {
			g.configure(func(c *store.Configuration) { c.Connections[0].Guard = directory.GuardLimits{Percent: 100, Count: 50} })
			group, ids := g.crowd(120)
			g.remove(group, ids[:20], 0)
			g.later(20 * time.Minute)
			g.remove(group, ids[20:40], 0)
			g.later(20 * time.Minute)
			g.remove(group, ids[40:60], 20)
			g.inForce(ids[:40], false)
			g.allHeld(ids[40:60])
			g.later(25 * time.Minute) // the first twenty are out of sight, and those that are held count
			g.remove(group, ids[60:71], 11)
			g.later(61 * time.Minute)
			g.remove(group, ids[71:91], 0)
			g.inForce(ids[71:91], false)
			g.inForce(ids[40:71], true)
		},
		"a group of three hundred that is deleted": func(t *testing.T, g *watched) {
			group, ids := g.crowd(300)
			r, err := g.engine.DeleteGroup(t.Context(), g.okta, group, nil)
			if err != nil || r.Held != 300 || r.Pending {
				t.Fatalf("%+v (%v)", r, err)
			}
			g.allHeld(ids)
			g.release(true)
			g.inForce(ids, false)
			g.noneHeld("okta")
			g.settledForGood()
		},
		"members who are replaced, and a nested group that is taken out": func(t *testing.T, g *watched) {
			ids := g.people(g.okta, 24)
			g.group(g.okta, "CC-Support", ids[:12]...)
			inner := g.group(g.okta, "inner", ids[12:]...).ID
			lead := g.group(g.okta, "CC-Lead-Day", inner).ID
			if r := g.members(lead, provision.ReplaceMembers, ids[0]); r.Held != 12 {
				t.Errorf("the rights of %d are held, want 12", r.Held)
			}
			for _, id := range ids[12:] {
				if v := g.view(id); !slices.Equal(roles(v), []string{"supervisor"}) || len(v.AgentGroups) != 1 {
					t.Fatalf("%v with %v", roles(v), agentGroups(v))
				}
			}
			if v := g.view(ids[0]); !slices.Equal(roles(v), []string{"agent", "supervisor"}) {
				t.Errorf("who joined has %v", roles(v))
			}
		},
		"more people than one commit changes": func(t *testing.T, g *watched) {
			group, ids := g.crowd(provision.InOneCommit + 20)
			if r := g.members(group, provision.ReplaceMembers, ids[0]); !r.Pending || r.Held != 0 {
				t.Fatalf("%+v", r)
			}
			g.mustSet(g.okta, ids[1], department("Sales")) // who is changed before the run comes is not past the guard
			g.settle()
			if n := len(g.waiting("okta")); n != len(ids)-1 && n != len(ids)-2 { // the one before the run is within the limit
				t.Errorf("%d people wait of %d", n, len(ids))
			}
			g.allHeld(ids[2:])
			runs, err := g.db.Reader(g.tenant).Runs(t.Context(), store.RunFilter{Connection: "okta"}, "", 10)
			if err != nil || len(runs) == 0 || runs[0].Kind != "push" || len(runs[0].Detail.Guard) == 0 {
				t.Errorf("the run is %+v (%v)", runs, err)
			}
			if r := g.release(true); r.Summary.Revoked < 2*(len(ids)-2) {
				t.Errorf("approved: %+v", r)
			}
			g.inForce(ids[:1], true)
			g.inForce(ids[1:], false)
			g.noneHeld("okta")
			g.settledForGood()
		},
	})
}

func TestGuardOnPushesKeepsToItsConnection(t *testing.T) {
	t.Parallel()
	underGuard(t, map[string]func(*testing.T, *watched){
		"another directory": func(t *testing.T, g *watched) {
			group, ids := g.crowd(10)
			other := g.user(g.entra, "eve@example.com", "e").ID
			theirs := g.group(g.entra, "CC-Lead-Day", other).ID
			g.remove(group, ids, 10)
			_, err := g.engine.UpdateGroup(t.Context(), g.entra, theirs, nil, nil, []provision.MemberOp{{Kind: provision.ReplaceMembers}})
			if err != nil {
				t.Fatal(err)
			}
			if v := g.view(other); len(v.Roles) != 0 {
				t.Errorf("eve still has %v", v.Roles)
			}
			g.noneHeld("entra")
		},
		"its own limits": func(t *testing.T, g *watched) {
			g.configure(func(c *store.Configuration) { c.Connections[0].Guard = directory.GuardLimits{Percent: 100, Count: 8} })
			group, ids := g.crowd(20)
			g.remove(group, ids[:8], 0)
			g.remove(group, ids[8:9], 1)
		},
		"the tenant's settings": func(t *testing.T, g *watched) {
			g.configure(func(c *store.Configuration) {
				c.Settings["guard.percent"], c.Settings["guard.hold"] = "50", "1h0m0s"
			})
			group, ids := g.crowd(20)
			g.remove(group, ids[:10], 0)
			g.remove(group, ids[10:11], 1)
			if left := time.Until(g.heldUntil(ids[10])); left > time.Hour || left < 55*time.Minute {
				t.Errorf("held for %s", left)
			}
		},
		"rules that are published": func(t *testing.T, g *watched) {
			group, ids := g.crowd(10)
			g.configure(configureRules(leadsRule))
			g.inForce(ids, false)
			g.remove(group, ids, 0)
			g.noneHeld("okta")
		},
	})
}

func TestGuardOnPushesCountsWhatIsWrittenAtOnce(t *testing.T) {
	t.Parallel()
	underGuard(t, map[string]func(*testing.T, *watched){
		"twelve groups of one": func(t *testing.T, g *watched) {
			ids := g.people(g.okta, 12)
			outer := g.group(g.okta, "CC-Support").ID
			var groups []string
			for _, id := range ids {
				groups = append(groups, g.group(g.okta, "team", id).ID)
			}
			g.members(outer, provision.AddMembers, groups...)
			var all sync.WaitGroup
			for i, id := range ids {
				all.Go(func() {
					_, err := g.engine.UpdateGroup(t.Context(), g.okta, groups[i], nil, nil, []provision.MemberOp{{Kind: provision.RemoveMembers, Members: members(id)}})
					if err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			held := 0
			for _, id := range ids {
				if !g.heldUntil(id).IsZero() {
					held++
				}
			}
			if held != 7 {
				t.Errorf("the rights of %d people are held, want those of 7: five pass", held)
			}
		},
	})
}
