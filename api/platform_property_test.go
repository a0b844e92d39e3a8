package api_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store/storetest/migrated"
)

// TestMain bounds how many tenants the property tests go through unless the command line says otherwise.
func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		if err := flag.Set("rapid.checks", "8"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// vocabulary is what rules and people of a preset can be given.
type vocabulary struct {
	preset   access.Preset
	roles    []string
	options  []string
	profiles []string
	kinds    []string
	teams    bool // it has agent groups
}

func vocabularyOf(p access.Preset) vocabulary {
	v := vocabulary{preset: p, profiles: []string{""}, kinds: []string{"user"}}
	for _, r := range p.Roles {
		if (r.Kind == directory.BuiltinRole || r.Kind == directory.PermissionGroup) && !r.Owner {
			v.roles = append(v.roles, r.Key)
			for _, o := range r.Options {
				v.options = append(v.options, r.Key+":"+o.Key)
			}
			if len(r.Modules) > 0 {
				v.profiles = append(v.profiles, "The "+r.Key)
			}
		}
	}
	v.teams = p.Settings["groups.type"] == ""
	if p.Settings["groups.membership_kinds"] != "off" {
		v.kinds = append(v.kinds, "supervisor", "both")
	}
	return v
}

// manifest is what is beside the preset: profiles, groups of work and a few rules.
func (v vocabulary) manifest(rt *rapid.T) string {
	var b strings.Builder
	b.WriteString("campaigns: [{name: Spring}]\n")
	if v.teams {
		b.WriteString("agent_groups: [{name: Sales}, {name: Support, visibility: attendant}]\n")
	}
	if len(v.profiles) > 1 {
		b.WriteString("profiles:\n")
		for _, name := range v.profiles[1:] {
			fmt.Fprintf(&b, "  - {name: %s, role: %s, icon: star}\n", name, strings.TrimPrefix(name, "The "))
		}
	}
	b.WriteString("mapping:\n  rules:\n")
	for i := range rapid.IntRange(1, 4).Draw(rt, "rules") {
		fmt.Fprintf(&b, "    - name: rule %d\n      when: '%s'\n", i, rapid.SampledFrom([]string{"userName pr", `title eq "Lead"`, `not (title eq "Lead")`}).Draw(rt, "when"))
		if v.teams {
			fmt.Fprintf(&b, "      agent_groups: [{name: %s, kind: %s}]\n", rapid.SampledFrom([]string{"Sales", "Support"}).Draw(rt, "group"), rapid.SampledFrom(v.kinds).Draw(rt, "kind"))
		}
		fmt.Fprintf(&b, "      campaigns: [Spring]\n")
		if profile := rapid.SampledFrom(v.profiles).Draw(rt, "profile"); profile != "" {
			fmt.Fprintf(&b, "      profile: %s\n", profile)
		} else {
			role := rapid.SampledFrom(v.roles).Draw(rt, "role")
			fmt.Fprintf(&b, "      roles: [%s]\n", role)
			for _, o := range v.options {
				if strings.HasPrefix(o, role+":") && rapid.Bool().Draw(rt, "option") {
					key, option, _ := strings.Cut(o, ":")
					fmt.Fprintf(&b, "      options: [{role: %s, option: %s}]\n", key, option)
					break
				}
			}
		}
	}
	return b.String()
}

// rights are what somebody is given by hand.
func (v vocabulary) rights(rt *rapid.T) object {
	out := object{}
	if v.teams {
		out["agent_groups"] = []object{{"id": "Sales", "kind": rapid.SampledFrom(v.kinds).Draw(rt, "as")}}
	}
	if profile := rapid.SampledFrom(v.profiles).Draw(rt, "profile by hand"); profile != "" {
		out["profile"] = profile
		return out
	}
	role := rapid.SampledFrom(v.roles).Draw(rt, "role by hand")
	out["roles"] = []string{role}
	for _, o := range v.options {
		if strings.HasPrefix(o, role+":") && rapid.Bool().Draw(rt, "option by hand") {
			out["options"] = []string{o}
		}
	}
	return out
}

// TestEveryEffectivePermissionHasAReason goes through tenants of all presets with random rules, people and rights by hand:
// each permission that somebody has rests on rights, each right on origins, and each origin on a change that a request, a
// run or a person made.
func TestEveryEffectivePermissionHasAReason(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := openPlatforms(t, dsn)
		rapid.Check(t, func(rt *rapid.T) {
			presets := access.Presets()
			v := vocabularyOf(presets[rapid.IntRange(0, len(presets)-1).Draw(rt, "preset")])
			p := g.platform(t, v.preset.Name, "console_owner", v.manifest(rt))
			var people []provision.View
			for i := range rapid.IntRange(1, 3).Draw(rt, "people") {
				x := p.provisioned(fmt.Sprintf("p%d@example.com", i), object{"title": rapid.SampledFrom([]string{"Lead", "Agent"}).Draw(rt, "title")})
				if rapid.Bool().Draw(rt, "rights by hand") {
					p.rights(x.ID, v.rights(rt), nil) // refused where somebody would have what does not fit
				}
				if rapid.IntRange(0, 4).Draw(rt, "suspended") == 0 {
					p.do("POST", "/users/"+x.ID+"/suspend", object{}).want(200)
				}
				people = append(people, p.see(x.ID))
			}
			for _, x := range people {
				p.reasoned(rt, x)
			}
		})
	})
}

// reasoned checks that every permission of somebody has a chain of reasons.
func (p *platform) reasoned(rt *rapid.T, x provision.View) {
	var held struct{ Items []provision.HeldPermission }
	p.do("GET", "/users/"+x.ID+"/permissions", nil).want(200).into(&held)
	if x.State == directory.Active && len(x.Roles) > 0 && len(held.Items) == 0 {
		rt.Fatalf("%s has the roles %v and no permission", x.UserName, rolesOf(x))
	}
	if x.State != directory.Active && len(held.Items) > 0 {
		rt.Fatalf("%s is %s and has %+v", x.UserName, x.State, held.Items)
	}
	for _, h := range held.Items {
		if len(h.Via) == 0 || h.Via[0].Effect != access.Grants || h.Via[0].Text == "" {
			rt.Fatalf("%s has %s for no reason: %+v", x.UserName, h.Key, h.Via)
		}
		for _, s := range h.Via {
			if s.Effect == access.Grants && slices.Contains([]string{access.RoleStep, access.OptionStep, access.ProfileStep}, s.Kind) &&
				!slices.ContainsFunc(h.Origins, func(o provision.RightOrigin) bool { return o.Target == s.Subject }) {
				rt.Fatalf("%s has %s through %+v, which nobody gave: %+v", x.UserName, h.Key, s, h.Origins)
			}
		}
		if len(h.Origins) == 0 {
			rt.Fatalf("%s has %s, which rests on no right: %+v", x.UserName, h.Key, h.Via)
		}
		for _, o := range h.Origins {
			if len(o.Origins) == 0 {
				rt.Fatalf("%s has %s through %s %s, which has no origin", x.UserName, h.Key, o.Kind, o.Target)
			}
			for _, origin := range o.Origins {
				p.caused(rt, h.Key, origin)
			}
		}
	}
}

// caused checks that an origin ends in a change with a request, a run or a person.
func (p *platform) caused(rt *rapid.T, permission string, o provision.OriginView) {
	change, err := p.db.Reader(p.tenant.id).Change(p.t.Context(), o.Change)
	if err != nil {
		rt.Fatalf("%s: the change of %+v: %v", permission, o, err)
	}
	a := change.Actor
	if a.RequestID == "" && a.Run == "" && !slices.Contains([]directory.ActorKind{directory.ActorPerson, directory.ActorAPIKey, directory.ActorCLI}, a.Kind) {
		rt.Fatalf("%s: %+v was begun by %+v, which is no request, run or person", permission, o, change)
	}
	if change.Subject == "" || o.Kind == directory.FromPerson && o.Actor == "" || o.Kind == directory.FromRule && o.Rule == "" {
		rt.Fatalf("%s: %+v of %+v does not say who or which rule", permission, o, change)
	}
}

// TestAProfileIsWithinItsRole makes random profiles in real tenants: what is not within the role is refused, and whoever has
// the others may do nothing beyond the role, nor further.
func TestAProfileIsWithinItsRole(t *testing.T) {
	preset, err := access.PresetNamed("campaign-contact-centre")
	if err != nil {
		t.Fatal(err)
	}
	migrated.Each(t, func(t *testing.T, dsn string) {
		p := openPlatforms(t, dsn).platform(t, preset.Name, "owner", "")
		drawn := 0
		rapid.Check(t, func(rt *rapid.T) {
			drawn++
			role := rapid.SampledFrom([]string{"agent", "administrator"}).Draw(rt, "role")
			modules := []string{}
			for _, m := range preset.Modules {
				if rapid.Bool().Draw(rt, m.Key) {
					modules = append(modules, m.Key)
				}
			}
			var ceiling struct {
				Modules     []struct{ Key, Mode string }
				Permissions []struct{ Key, Scope string }
			}
			p.do("GET", "/roles/"+role+"/modules", nil).want(200).into(&ceiling)
			inside := func(key string) bool {
				return slices.ContainsFunc(ceiling.Modules, func(m struct{ Key, Mode string }) bool { return m.Key == key })
			}
			name := fmt.Sprintf("Profile %d", drawn)
			r := p.do("POST", "/profiles", object{"name": name, "role": role, "icon": "star", "modules": modules})
			if i := slices.IndexFunc(modules, func(m string) bool { return !inside(m) }); i >= 0 {
				r.want(422).says(modules[i])
				return
			}
			r.want(201)
			x := p.hire(member004(object{"profile": name, "email": fmt.Sprintf("p%d@example.com", drawn)}))
			var held struct{ Items []provision.HeldPermission }
			p.do("GET", "/users/"+x.ID+"/permissions", nil).want(200).into(&held)
			if len(held.Items) == 0 {
				rt.Fatalf("%s of %s with %q gives nothing", name, role, modules)
			}
			for _, h := range held.Items {
				i := slices.IndexFunc(ceiling.Permissions, func(c struct{ Key, Scope string }) bool { return c.Key == h.Key })
				if i < 0 || ceiling.Permissions[i].Scope != string(h.Scope) {
					rt.Fatalf("%s of %s with %q gives %s of scope %q, which is not the role's", name, role, modules, h.Key, h.Scope)
				}
				for _, m := range preset.Modules { // a permission of modules works only where the profile has one of them
					if slices.Contains(m.Permissions, h.Key) && !hasModule(preset, r, h.Key) {
						rt.Fatalf("%s of %s with %q gives %s without a module of it", name, role, modules, h.Key)
					}
				}
			}
		})
	})
}

// hasModule reports whether a profile that was made has a module of the permission.
func hasModule(preset access.Preset, made reply, permission string) bool {
	list, _ := made.at("object.modules").([]any)
	return slices.ContainsFunc(preset.Modules, func(m directory.Module) bool {
		return slices.Contains(m.Permissions, permission) && slices.Contains(list, any(m.Key))
	})
}
