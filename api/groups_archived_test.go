package api_test

import (
	"slices"
	"testing"
)

// Nobody is in an agent group that somebody archived, and it comes back with nobody in it (001-33): whoever makes one of
// a name does not expect people of long ago in it. What archived it can be undone.
func TestAGroupThatIsMadeAgainHasNobodyInIt(t *testing.T) {
	t.Parallel()
	eachTenant(t, func(t *testing.T, x *tenant) {
		key := x.key("administrator")
		campaign := key.do("POST", "/campaigns", object{"name": "Spring"}).want(201).text("object.id")
		var people []string
		for _, name := range []string{"ana", "bea"} {
			people = append(people, key.made(name, object{"agent_groups": []object{{"id": "Support"}, {"id": "Billing"}}, "campaigns": []string{"Spring"}}))
		}
		groups := func(id string) (out []string) {
			v := key.do("GET", "/users/"+id, nil).want(200).person()
			for _, g := range v.AgentGroups {
				out = append(out, g.Name)
			}
			for _, g := range v.Campaigns {
				out = append(out, g.Name)
			}
			slices.Sort(out)
			return out
		}
		in := func(want ...string) {
			t.Helper()
			for _, id := range people {
				if got := groups(id); !slices.Equal(got, want) {
					t.Errorf("somebody is in %q, want %q", got, want)
				}
			}
		}
		key.do("DELETE", "/agent-groups/support", nil).want(409).says("2 people", "would be taken away")
		in("Billing", "Spring", "Support")
		key.do("DELETE", "/agent-groups/support?absent=true&plan=true", nil).want(200).says(`"ana"`, `"bea"`, "Support")
		in("Billing", "Spring", "Support")
		run := key.do("DELETE", "/agent-groups/support?absent=true", nil).want(200).text("result.run")
		in("Billing", "Spring")
		key.do("DELETE", "/campaigns/"+campaign+"?absent=true", nil).want(200)
		in("Billing")

		again := key.do("POST", "/agent-groups", object{"name": "support"}).want(201)
		if again.text("object.id") != "support" {
			t.Errorf("it came back as %s", again.Body)
		}
		key.do("POST", "/campaigns", object{"name": "Spring"}).want(201)
		in("Billing")
		if total := key.do("GET", "/users?agent_group=support", nil).want(200).at("total"); total != 0.0 {
			t.Errorf("%v people are in it", total)
		}
		key.do("POST", "/users/"+people[0]+"/rights", object{"add": object{"agent_groups": []object{{"id": "support"}}}}).want(200)
		if got := groups(people[0]); !slices.Equal(got, []string{"Billing", "support"}) {
			t.Errorf("whoever is put into it is in %q", got)
		}

		key.do("DELETE", "/agent-groups/support?absent=true", nil).want(200)
		key.do("POST", "/runs/undo?confirm=true", object{"run": run}).want(200)
		for _, id := range people {
			if got := groups(id); !slices.Equal(got, []string{"Billing", "support"}) {
				t.Errorf("after the undo somebody is in %q", got)
			}
		}
		key.do("PATCH", "/users/"+people[1], object{"title": "Agent"}).want(200)
		if got := groups(people[1]); !slices.Equal(got, []string{"Billing", "support"}) {
			t.Errorf("after another change somebody is in %q", got)
		}
	})
}
