package scim

import (
	"context"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// rights reads the effective rights of users, if the projection names any of them: their state and what their grants give
// them while they are active. They are read-only, returned on request, and never stored with the account.
func (c *call) rights(ctx context.Context, p *Projection, users []store.Resource) (map[string]map[string]any, error) {
	asked := false
	for _, name := range []string{"state", "effectiveRoles", "effectiveAgentGroups"} {
		asked = asked || p.Wants(schema.RollcallURN+":"+name)
	}
	if !asked || len(users) == 0 {
		return nil, nil
	}
	ids := make([]string, 0, len(users))
	for i := range users {
		ids = append(ids, users[i].ID)
	}
	out := map[string]map[string]any{}
	for chunk := range slices.Chunk(ids, 500) {
		people, err := c.reader.People(ctx, chunk...)
		if err != nil {
			return nil, err
		}
		for _, x := range people {
			out[x.ID] = c.rightsOf(x)
		}
	}
	return out, nil
}

func (c *call) rightsOf(x *store.Person) map[string]any {
	out := map[string]any{"state": string(x.State)}
	if x.State != directory.Active {
		return out // rights are masked
	}
	roles := map[string]directory.OriginKind{}
	groups := map[string]directory.MembershipKind{}
	for _, g := range x.Grants {
		switch g.Kind {
		case directory.RoleEntitlement:
			if _, seen := roles[g.Target]; !seen || g.Origin.Kind == directory.FromPerson {
				roles[g.Target] = g.Origin.Kind
			}
		case directory.AgentGroupEntitlement:
			groups[g.Target] = groups[g.Target].Join(g.Membership)
		}
	}
	var elements []any
	for _, r := range c.config.Roles {
		if origin, ok := roles[r.Key]; ok {
			elements = append(elements, map[string]any{"value": r.Key, "display": r.Name, "origin": string(origin)})
		}
	}
	if elements != nil {
		out["effectiveRoles"] = elements
	}
	elements = nil
	for _, g := range c.config.AgentGroups {
		if kind, ok := groups[g.ID]; ok {
			elements = append(elements, map[string]any{"value": g.ID, "display": g.Name, "kind": string(kind)})
		}
	}
	slices.SortFunc(elements, func(a, b any) int {
		return strings.Compare(a.(map[string]any)["value"].(string), b.(map[string]any)["value"].(string))
	})
	if elements != nil {
		out["effectiveAgentGroups"] = elements
	}
	return out
}
