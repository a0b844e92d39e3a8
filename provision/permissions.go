package provision

import (
	"context"
	"strings"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/scim/schema"
)

// HeldPermission is one permission that somebody has, how far it reaches, and what gives it.
type HeldPermission struct {
	Key     string          `json:"key"`
	Scope   directory.Scope `json:"scope"`
	Via     []access.Step   `json:"via"`
	Origins []RightOrigin   `json:"origins"` // of each right that it rests on: who gave it
}

// Permissions lists what somebody may do, in the order of the catalogue. user is as for [Engine.View]. Of people who are
// not active nothing is in force.
func (e *Engine) Permissions(ctx context.Context, tenant, user string) ([]HeldPermission, error) {
	x, n, err := e.find(ctx, tenant, user)
	if err != nil {
		return nil, err
	}
	p, err := e.policy(ctx, e.db.Reader(tenant), n.version, true)
	if err != nil {
		return nil, err
	}
	out := []HeldPermission{}
	for _, held := range p.access.Effective(p.holder(x)) {
		out = append(out, HeldPermission{Key: held.Key, Scope: held.Scope, Via: held.Via, Origins: n.named(p.originsOf(x, held.Via))})
	}
	return out, nil
}

// ExplainPermission tells why somebody has a permission, or why not, with respect to what the question names: its people
// as for [Engine.View], its groups of work by id or name. What is not there is an error of kind NotFound, an unknown
// permission one of kind Invalid with the nearest one.
func (e *Engine) ExplainPermission(ctx context.Context, tenant string, a Ask) (Answer, error) {
	if _, known := access.PermissionNamed(a.Permission); !known {
		hint := "rollcall's documentation lists them"
		if near := access.Nearest(a.Permission); near != "" {
			hint = "did you mean " + near + "?"
		}
		return Answer{}, directory.Errorf(directory.Invalid, "there is no permission %q; %s", a.Permission, hint)
	}
	x, n, err := e.find(ctx, tenant, a.Person)
	if err != nil {
		return Answer{}, err
	}
	a.Person = x.ID
	for _, someone := range []*string{&a.Owner, &a.Upon} {
		if *someone == "" {
			continue
		}
		if x, _, err = e.find(ctx, tenant, *someone); err != nil {
			return Answer{}, err
		}
		*someone = x.ID
	}
	if a.AgentGroup, err = workNamed(n.policy.AgentGroups, a.AgentGroup, "agent group"); err != nil {
		return Answer{}, err
	}
	if a.Campaign, err = workNamed(n.policy.Work, a.Campaign, "campaign, queue or strategy"); err != nil {
		return Answer{}, err
	}
	answers, err := e.Authorize(ctx, tenant, []Ask{a})
	if err != nil {
		return Answer{}, err
	}
	answers[0].Origins = n.named(answers[0].Origins)
	return answers[0], nil
}

// workNamed finds a group of work by its id or, where it is not archived, by its name. No text names none.
func workNamed(groups []directory.WorkGroup, text, what string) (id string, err error) {
	if text == "" {
		return "", nil
	}
	var found []string
	for _, g := range groups {
		if g.ID == text {
			return text, nil
		}
		if !g.Archived && schema.Fold(g.Name) == schema.Fold(text) {
			found = append(found, g.ID)
		}
	}
	switch len(found) {
	case 0:
		return "", directory.Errorf(directory.NotFound, "the tenant has no %s %q", what, text)
	case 1:
		return found[0], nil
	}
	return "", directory.Errorf(directory.Conflict, "more than one %s has the name %q: name one of the ids %s", what, text, strings.Join(found, ", "))
}

// named tells what rights are rights to, and the directory groups of origins, by their names.
func (n *names) named(rights []RightOrigin) []RightOrigin {
	for i := range rights {
		rights[i].Name = n.objects[rights[i].Target]
		for j := range rights[i].Origins {
			if name, ok := n.groups[rights[i].Origins[j].Group]; ok {
				rights[i].Origins[j].Group = name
			}
		}
	}
	return rights
}
