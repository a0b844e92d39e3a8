package console

import (
	"net/url"
	"slices"
	"strings"

	"rollcall/directory"
)

// heldPermission is a permission that somebody has.
type heldPermission struct {
	Key     string         `json:"key"`
	Scope   string         `json:"scope"`
	Via     []permitStep   `json:"via"`
	Origins []permitOrigin `json:"origins"`
}

// permitStep is one reason of a permission, or why there is none; its text is in English.
type permitStep struct {
	Kind    string `json:"kind"`
	Subject string `json:"subject"`
	Effect  string `json:"effect"`
	Scope   string `json:"scope"`
	Text    string `json:"text"`
}

// permitOrigin is a right on which a permission rests, with what gave it.
type permitOrigin struct {
	Kind    string         `json:"kind"`
	Target  string         `json:"target"`
	Name    string         `json:"name"`
	Origins []personOrigin `json:"origins"`
}

// permitAnswer says why somebody may do something, or why not.
type permitAnswer struct {
	Permission string         `json:"permission"`
	Allowed    bool           `json:"allowed"`
	Scope      string         `json:"scope"`
	Chain      []permitStep   `json:"chain"`
	Origins    []permitOrigin `json:"origins"`
}

// ruleExplanation is what became of one rule for somebody.
type ruleExplanation struct {
	Rule   string            `json:"rule"`
	Stated string            `json:"stated"`
	Hit    bool              `json:"hit"`
	Group  string            `json:"group"`
	Path   []string          `json:"path"`
	Missed directory.Message `json:"missed"`
	Yields []rightChange     `json:"yields"`
}

type explanation struct {
	Permission *permitAnswer     `json:"permission"`
	Rules      []ruleExplanation `json:"rules"`
}

// catalogued is a permission of the catalogue.
type catalogued struct {
	Key         string `json:"key"`
	Description string `json:"description"` // in English
}

// permissionsPage is what the page of somebody's permissions shows.
type permissionsPage struct {
	held    []heldPermission
	all     int
	known   []catalogued
	why     explanation
	names   map[string]string // of what steps are about, by kind:subject
	actors  map[string]string
	problem *problem // with what was asked
}

// personPermissions shows what somebody may do and why, and why not something else.
func (v *visit) personPermissions() error {
	x, err := v.who()
	if err != nil {
		return err
	}
	p := permissionsPage{names: map[string]string{}}
	var held page[heldPermission]
	asked := url.Values{}
	for _, name := range []string{"permission", "agent_group"} {
		if value := strings.TrimSpace(v.query(name)); value != "" {
			asked.Set(name, value)
		}
	}
	if asked.Get("permission") == "" {
		asked = nil
	}
	var roles []roleChoice
	err = v.all(
		func() error { return v.get(at("users", x.ID, "permissions"), nil, &held) },
		func() (err error) { roles, err = v.rolesKnown(); return err },
		func() (err error) { p.known, err = v.catalogue(); return err },
		func() error {
			err := v.get(at("users", x.ID, "explain"), asked, &p.why)
			if wrong := asProblem(err); wrong != nil && wrong.Status < 500 && asked != nil {
				p.problem = wrong
				err = v.get(at("users", x.ID, "explain"), nil, &p.why)
			}
			return err
		},
	)
	if err != nil {
		return err
	}
	p.all, p.held = len(held.Items), matching(held.Items, v.query("q"), func(key string) string { return p.describe(v, key) })
	p.name(x, roles)
	origins := [][]permitOrigin{}
	for _, h := range p.held {
		origins = append(origins, h.Origins)
	}
	if p.why.Permission != nil {
		origins = append(origins, p.why.Permission.Origins)
	}
	if p.actors, err = v.actorWords(permitActors(origins...)...); err != nil {
		return err
	}
	f := blank("permission", v.query("permission"), "agent_group", v.query("agent_group"), "q", v.query("q"))
	if f.problem = p.problem; f.problem != nil {
		v.status = f.problem.Status
	}
	return v.show(personPermissionsPage(v, x, f, p))
}

// catalogue are all permissions; none where the reader may not see them.
func (v *visit) catalogue() ([]catalogued, error) {
	if !v.may("roles.view") {
		return nil, nil
	}
	return whole[catalogued](v, "/permissions", nil)
}

// matching are the permissions that have each word in their keys or in what they are called.
func matching(list []heldPermission, words string, called func(key string) string) []heldPermission {
	return slices.DeleteFunc(slices.Clone(list), func(h heldPermission) bool {
		text := h.Key + " " + strings.ToLower(called(h.Key))
		return slices.ContainsFunc(strings.Fields(strings.ToLower(words)), func(w string) bool { return !strings.Contains(text, w) })
	})
}

// name collects the names of what steps can be about.
func (p *permissionsPage) name(x personView, roles []roleChoice) {
	for _, r := range roles {
		p.names["role:"+r.Key] = r.Name
		for _, o := range r.Options {
			p.names["option:"+r.Key+":"+o.Key] = r.Name + ": " + o.Name
		}
	}
	for _, k := range rightKinds {
		for _, r := range k.has(x) {
			p.names[k.kind+":"+r.target()] = r.Name
		}
	}
}

// describe says in the reader's language what a permission allows. Of one that the catalogue of texts does not have it is what
// the API says, in English; "" where the reader may not ask.
func (p permissionsPage) describe(v *visit, key string) string {
	if text := "permission." + underscored(key); v.Has(text) {
		return v.T(text)
	}
	i := slices.IndexFunc(p.known, func(c catalogued) bool { return c.Key == key })
	if i < 0 {
		return ""
	}
	return p.known[i].Description
}

// stepKinds tell for each kind of step of which kind of right its subject is the target.
var stepKinds = map[string]string{
	"role": "role", "option": "option", "profile": "profile", "membership": "agent_group", "denial": "role", "ceiling": "role", "scope": "role",
}

// words says in the reader's language what a step says.
func (s permitStep) words(v *visit, names map[string]string) string {
	kind, key := stepKinds[s.Kind], "person.step."+s.Kind+"."+s.Effect
	name := names[kind+":"+s.Subject]
	if name == "" && (s.Kind == "membership" || s.Kind == "option" || s.Kind == "scope" || s.Kind == "denial") { // of a role, an option or a group
		for _, other := range []string{"role", "option", "agent_group"} {
			if found := names[other+":"+s.Subject]; found != "" && name == "" {
				name = found
			}
		}
	}
	switch {
	case s.Subject == "":
		key += ".none"
	case s.Kind == "state":
		name = v.Either("people.state_"+s.Subject, s.Subject)
	case s.Kind == "option" && s.Effect == "misses" && !strings.Contains(s.Subject, ":"):
		key += ".role"
	}
	if name == "" {
		name = s.Subject
	}
	text := v.T(key, "Name", name)
	if text == key {
		return s.Text
	}
	if s.Effect == "grants" && s.Scope != "" && s.Scope != "none" {
		text = strings.TrimSuffix(text, ".") + " (" + v.scopeText(s.Scope) + ")."
	}
	return text
}

// scopeText says how far a permission of somebody's reaches.
func (v *visit) scopeText(scope string) string { return v.Either("person.scope."+scope, scope) }

// permitActors are those who gave the rights on which permissions rest.
func permitActors(lists ...[]permitOrigin) (out []string) {
	for _, list := range lists {
		for _, r := range list {
			for _, o := range r.Origins {
				if o.Kind == "person" {
					out = append(out, o.Actor)
				}
			}
		}
	}
	return out
}

// permissionOptions are the permissions to choose from.
func permissionOptions(v *visit, known []catalogued) []option {
	out := []option{{Value: "", Text: v.T("person.choose_permission")}}
	for _, c := range known {
		out = append(out, option{Value: c.Key, Text: c.Key})
	}
	return out
}

// groupOptions are the agent groups of somebody.
func groupOptions(v *visit, x personView) []option {
	out := []option{{Value: "", Text: v.T("person.anywhere")}}
	for _, g := range x.AgentGroups {
		out = append(out, option{Value: g.ID, Text: g.Name})
	}
	return out
}

// permitName is what a right on which a permission rests is called.
func permitName(r permitOrigin, p permissionsPage) string {
	for _, name := range []string{r.Name, p.names[r.Kind+":"+r.Target]} {
		if name != "" {
			return name
		}
	}
	return r.Target
}
