package scim

import (
	"context"
	"slices"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/scim/schema"
	"rollcall/store"
)

// computed are the attributes of our extension that we compute: read-only, and answered only on request.
var computed = func() []*schema.Attribute {
	readWrite := func(x *schema.Attribute) bool { return x.Mutability != schema.ReadOnly }
	return slices.DeleteFunc(slices.Clone(schema.ByURN(schema.RollcallURN).Attributes), readWrite)
}()

// rights reads the effective rights of users, if the projection names any of them: their state and what their grants give
// them while they are active. They are never stored with the account.
func (c *call) rights(ctx context.Context, p *Projection, users []store.Resource) (map[string]map[string]any, error) {
	asked := slices.ContainsFunc(computed, func(x *schema.Attribute) bool { return p.Wants(schema.RollcallURN + ":" + x.Name) })
	if !asked || len(users) == 0 {
		return nil, nil
	}
	ids := make([]string, 0, len(users))
	for i := range users {
		ids = append(ids, users[i].ID)
	}
	out := map[string]map[string]any{}
	for chunk := range slices.Chunk(ids, 500) {
		people, err := c.engine.InForce(ctx, c.config.Tenant.ID, chunk...)
		if err != nil {
			return nil, err
		}
		for id, x := range people {
			out[id] = c.rightsOf(x)
		}
	}
	return out, nil
}

// rightsOf writes what somebody has. Of those who are not active the rights are masked.
func (c *call) rightsOf(x provision.InForce) map[string]any {
	out := map[string]any{"state": string(x.State), "eligible": x.Eligible && x.State == directory.Active}
	if x.State != directory.Active {
		return out
	}
	out["seat"] = string(x.Seat)
	if x.Status != "" {
		out["status"] = x.Status
	}
	several := map[string][]any{}
	for _, g := range x.Rights {
		element := map[string]any{"value": g.Target, "origin": string(g.Origin.Kind)}
		if display := c.display(g.Entitlement); display != "" {
			element["display"] = display
		}
		switch g.Kind {
		case directory.RoleEntitlement:
			several["effectiveRoles"] = append(several["effectiveRoles"], element)
		case directory.AgentGroupEntitlement:
			delete(element, "origin") // a membership may have several
			element["kind"] = string(g.Membership)
			several["effectiveAgentGroups"] = append(several["effectiveAgentGroups"], element)
		case directory.OptionEntitlement:
			several["effectiveOptions"] = append(several["effectiveOptions"], element)
		case directory.CampaignEntitlement:
			several["effectiveCampaigns"] = append(several["effectiveCampaigns"], element)
		case directory.ProfileEntitlement:
			out["effectiveProfile"] = element
		case directory.CompanyEntitlement:
			out["effectiveCompany"] = element
		default: // no attribute tells it
		}
	}
	for name, elements := range several {
		out[name] = elements
	}
	return out
}

// display is what people call a right; "" where the tenant does not have it any more.
func (c *call) display(right directory.Entitlement) string {
	switch right.Kind {
	case directory.RoleEntitlement:
		return named(c.config.Roles, right.Target, func(x directory.Role) (string, string) { return x.Key, x.Name })
	case directory.AgentGroupEntitlement:
		return named(c.config.AgentGroups, right.Target, func(x directory.WorkGroup) (string, string) { return x.ID, x.Name })
	case directory.CampaignEntitlement:
		return named(c.config.Work, right.Target, func(x directory.WorkGroup) (string, string) { return x.ID, x.Name })
	case directory.ProfileEntitlement:
		return named(c.config.Profiles, right.Target, func(x directory.Profile) (string, string) { return x.ID, x.Name })
	case directory.CompanyEntitlement:
		return named(c.config.Companies, right.Target, func(x directory.Company) (string, string) { return x.ID, x.Name })
	case directory.OptionEntitlement:
		for _, role := range c.config.Roles {
			for _, option := range role.Options {
				if directory.OptionTarget(role.Key, option.Key) == right.Target {
					return option.Name
				}
			}
		}
	default: // no attribute tells it
	}
	return ""
}

func named[T any](all []T, target string, of func(T) (key, name string)) string {
	for _, x := range all {
		if key, name := of(x); key == target {
			return name
		}
	}
	return ""
}
