package provision_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// salesGroup is the agent group that every desk has.
const salesGroup = string(directory.AgentGroupWork) + "-sales"

// salesAgent are the rights of an agent of the desk's agent group.
func salesAgent(as directory.MembershipKind) []directory.Entitlement {
	return []directory.Entitlement{
		{Kind: directory.RoleEntitlement, Target: "agent"}, {Kind: directory.AgentGroupEntitlement, Target: salesGroup, Membership: as},
	}
}

func (d *desk) eligibility(id string, channels ...string) provision.PersonEligibility {
	d.t.Helper()
	v, err := d.engine.Eligibility(d.t.Context(), d.tenant, id, channels...)
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

// working is an agent of the desk's agent group who is online, and so eligible.
func (d *desk) working(name string) string {
	d.t.Helper()
	id := d.person(name, salesAgent(directory.AsUser)...).ID
	d.mustSetStatus(id, "online")
	return id
}

// because are the codes of the reasons for which somebody is not eligible in the desk's agent group.
func (d *desk) because(id, channel string) []string {
	d.t.Helper()
	v := d.eligibility(id, channel)
	i := slices.IndexFunc(v.Groups, func(g provision.GroupEligibility) bool { return g.Group == salesGroup })
	if i < 0 {
		return []string{"no group"}
	}
	return codes(v.Groups[i].Reasons)
}

// stating changes one attribute.
func stating(name string, value any) func(directory.Attributes) (directory.Attributes, error) {
	return func(a directory.Attributes) (directory.Attributes, error) {
		a = maps.Clone(a)
		a[name] = value
		return a, nil
	}
}

func codes(reasons []access.Reason) []string {
	var out []string
	for _, r := range reasons {
		if r.Text == "" {
			r.Code += " without a text"
		}
		out = append(out, r.Code)
	}
	return out
}

// sales changes the desk's agent group.
func (d *desk) sales(change func(*directory.WorkGroup)) {
	d.t.Helper()
	d.configure(func(c *store.Configuration) {
		i := slices.IndexFunc(c.AgentGroups, func(g directory.WorkGroup) bool { return g.ID == salesGroup })
		change(&c.AgentGroups[i])
	})
}

// TestEligibility shows each term of the formula being false, alone: 000-29, 000-32, 002-20, 002-28, 002-29, 003-12.
func TestEligibility(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		change  func(d *desk, id string)
		channel string
		want    []string
	}{
		"a fresh person is offline (000-10)":      {func(d *desk, id string) { d.mustSetStatus(id, "offline") }, "", []string{"status"}},
		"nothing is wrong (000-32)":               {func(*desk, string) {}, "", nil},
		"a status that receives nothing (000-29)": {func(d *desk, id string) { d.status(lunch); d.mustSetStatus(id, "lunch") }, "", []string{"status"}},
		"suspended": {func(d *desk, id string) {
			if _, err := d.engine.Suspend(d.t.Context(), d.admin, id, provision.PersonOptions{Reason: "away"}); err != nil {
				d.t.Fatal(err)
			}
		}, "", []string{"state"}},
		"away (002-20)": {func(d *desk, id string) {
			d.mustBeAbsent(directory.Absence{Person: id, Kind: directory.Holiday, Until: in(time.Hour)})
		}, "", []string{"absence"}},
		"supervisors take no part (002-29)": {func(d *desk, id string) {
			if _, err := d.assign(id, directory.Entitlement{Kind: directory.AgentGroupEntitlement, Target: salesGroup, Membership: directory.AsSupervisor}); err != nil {
				d.t.Fatal(err)
			}
		}, "", []string{"membership"}},
		"both kinds take part": {func(d *desk, id string) {
			if _, err := d.assign(id, directory.Entitlement{Kind: directory.AgentGroupEntitlement, Target: salesGroup, Membership: directory.AsBoth}); err != nil {
				d.t.Fatal(err)
			}
		}, "", nil},
		"distribution is off (002-28)":                     {func(d *desk, _ string) { d.sales(func(g *directory.WorkGroup) { g.Distribution = false }) }, "", []string{"distribution"}},
		"not over this channel":                            {func(d *desk, _ string) { d.sales(func(g *directory.WorkGroup) { g.Channels = []string{"chat"} }) }, "email", []string{"distribution"}},
		"no directory group stands for the group any more": {func(d *desk, _ string) { d.sales(func(g *directory.WorkGroup) { g.Archived, g.Rule = true, "teams" }) }, "", []string{"archived"}},
		"no role": {func(d *desk, id string) {
			if _, err := d.takeAway(id, directory.Entitlement{Kind: directory.RoleEntitlement, Target: "agent"}); err != nil {
				d.t.Fatal(err)
			}
		}, "", []string{"incomplete", "permission"}},
		"something required is missing":    {func(d *desk, _ string) { d.setting("user.required_fields", "title") }, "", []string{"incomplete"}},
		"calls need an extension (003-12)": {func(*desk, string) {}, "voice", []string{"extension"}},
		"and with one they come (003-12)": {func(d *desk, id string) {
			_, err := d.engine.UpdatePerson(d.t.Context(), d.admin, id, stating("phoneNumbers", []any{map[string]any{"type": "work", "value": "4711"}}), provision.PersonOptions{})
			if err != nil {
				d.t.Fatal(err)
			}
		}, "voice", nil},
		"all that is wrong is told": {func(d *desk, id string) {
			d.mustSetStatus(id, "offline")
			d.mustBeAbsent(directory.Absence{Person: id, Kind: directory.Sick})
			d.sales(func(g *directory.WorkGroup) { g.Distribution = false })
		}, "voice", []string{"status", "absence", "distribution", "extension"}},
	}
	atDesk(t, "", func() map[string]func(*testing.T, *desk) {
		out := map[string]func(*testing.T, *desk){}
		for name, c := range cases {
			out[name] = func(t *testing.T, d *desk) {
				id := d.working("ada")
				c.change(d, id)
				if got := d.because(id, c.channel); !slices.Equal(got, c.want) {
					t.Errorf("not eligible because %q, want %q", got, c.want)
				}
				if eligible := len(c.want) == 0; c.channel == "" && d.view(id).Eligible != eligible {
					t.Errorf("the view says eligible: %t", !eligible)
				}
				page := d.page(provision.GroupQuestion{Group: salesGroup, Channel: c.channel})
				if len(page.People) != 1 || !slices.Equal(codes(page.People[0].Reasons), c.want) {
					t.Errorf("the group's page says %+v", page.People)
				}
			}
		}
		return out
	}())
}

func (d *desk) page(q provision.GroupQuestion) provision.GroupPage {
	d.t.Helper()
	page, err := d.engine.EligiblePeople(d.t.Context(), d.tenant, q)
	if err != nil {
		d.t.Fatal(err)
	}
	return page
}

func TestEligibilityIsAskedFor(t *testing.T) {
	t.Parallel()
	atDesk(t, "", map[string]func(*testing.T, *desk){
		"a group in pages": func(t *testing.T, d *desk) {
			want := map[string]bool{}
			for i := range 5 {
				want[d.working(fmt.Sprint("p", i))] = true
			}
			var seen []string
			for q := (provision.GroupQuestion{Group: salesGroup, Limit: 2}); ; {
				page := d.page(q)
				for _, m := range page.People {
					seen = append(seen, m.Person)
					if !want[m.Person] || !m.Eligible || m.Reasons == nil || m.Membership != directory.AsUser || m.UserName == "" || m.DisplayID == "" {
						t.Errorf("%+v", m)
					}
				}
				if q.After = page.Next; q.After == "" {
					break
				}
			}
			if len(seen) != 5 || !slices.IsSorted(seen) {
				t.Errorf("saw %v", seen)
			}
		},
		"every group of a person, with its channels": func(t *testing.T, d *desk) {
			d.configure(func(c *store.Configuration) {
				g := directory.NewWorkGroup(directory.AgentGroupWork, "Care")
				g.ID, g.ManagedBy, g.Channels = "care", directory.ByConsole, []string{"chat", "voice"}
				c.AgentGroups = append(c.AgentGroups, g)
			})
			id := d.working("ada")
			campaign := string(directory.CampaignWork) + "-sales"
			if _, err := d.assign(id, directory.Entitlement{Kind: directory.AgentGroupEntitlement, Target: "care"}, directory.Entitlement{Kind: directory.CampaignEntitlement, Target: campaign}); err != nil {
				t.Fatal(err)
			}
			got := map[string]bool{}
			v := d.eligibility(id)
			for _, g := range v.Groups {
				got[g.Group+"/"+g.Channel] = g.Eligible
			}
			want := map[string]bool{
				"care/chat": true, "care/voice": false, salesGroup + "/": true, salesGroup + "/voice": false, campaign + "/": true, campaign + "/voice": false,
			}
			if !v.Eligible || len(v.Reasons) != 0 || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%v, want %v; reasons %v", got, want, v.Reasons)
			}
			if page := d.page(provision.GroupQuestion{Group: campaign}); page.Kind != directory.CampaignWork || len(page.People) != 1 {
				t.Errorf("%+v", page)
			}
		},
		"who is in no group": func(t *testing.T, d *desk) {
			v := d.eligibility(d.person("ada").ID)
			if got := codes(v.Reasons); v.Eligible || !slices.Equal(got, []string{"status", "incomplete", "membership"}) {
				t.Errorf("%q", got)
			}
		},
		"bad questions": func(t *testing.T, d *desk) {
			_, err := d.engine.Eligibility(t.Context(), d.tenant, "nobody")
			d.wantKind(err, directory.NotFound)
			_, err = d.engine.EligiblePeople(t.Context(), d.tenant, provision.GroupQuestion{Group: "none"})
			d.wantKind(err, directory.NotFound)
			for _, limit := range []int{-1, 1001} {
				_, err = d.engine.EligiblePeople(t.Context(), d.tenant, provision.GroupQuestion{Group: salesGroup, Limit: limit})
				d.wantKind(err, directory.Invalid)
			}
			if page := d.page(provision.GroupQuestion{Group: salesGroup}); len(page.People) != 0 || page.People == nil {
				t.Errorf("an empty group has %+v", page.People)
			}
			other := d.tenantAnew(t)
			id := d.working("ada")
			_, err = d.engine.Eligibility(t.Context(), other.tenant, id)
			d.wantKind(err, directory.NotFound)
		},
		"what runs out counts at once, whoever evaluates it": func(t *testing.T, d *desk) {
			id := d.working("ada")
			until := *in(150 * time.Millisecond)
			if _, err := d.engine.PlaceHold(t.Context(), d.admin, directory.Hold{Person: id, Subject: "state", Effect: directory.Deny, Reason: "leave", Until: &until}); err != nil {
				t.Fatal(err)
			}
			if v := d.eligibility(id); time.Now().Before(until) && (v.Eligible || v.Turns == nil || !v.Turns.Equal(until)) {
				t.Errorf("%+v", v)
			}
			d.await("the hold runs out", func() bool { return d.eligibility(id).State == directory.Active })
			if people, err := d.db.Reader(d.tenant).People(t.Context(), id); err != nil || people[0].State != directory.Suspended {
				t.Errorf("somebody evaluated her: %v", err)
			}
		},
	})
}
