package admin

import (
	"context"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// Export returns a tenant, by its key, as a manifest says it: everything that is not its preset's or a rule's making. Applied
// to the same tenant it changes nothing; applied under another key it makes a tenant that is configured alike, whose objects
// are the manifest's. Secrets are not in it; files are named.
func (a *Admin) Export(ctx context.Context, tenant string) (directory.Spec, error) {
	t, err := a.db.Ops().Tenant(ctx, tenant)
	if err != nil {
		return directory.Spec{}, err
	}
	c, err := a.db.Reader(t.ID).Configuration(ctx)
	if err != nil {
		return directory.Spec{}, err
	}
	return exported(c), nil
}

func exported(c *store.Configuration) directory.Spec {
	c = copyOf(c)
	s := directory.Spec{Tenant: c.Tenant.Key, Name: c.Tenant.Name, Preset: c.Tenant.Preset, Settings: map[string]string{}}
	for name, value := range c.Settings {
		if c.SetBy[name].ManagedBy != directory.ByPreset {
			s.Settings[name] = value
		}
	}
	connections, companies := map[string]string{}, map[string]string{}
	for i, x := range c.Connections {
		connections[x.ID] = x.Name
		x = plainConnection(x)
		x.Order, x.ManagedBy = i, directory.ByManifest
		if x.OIDC != nil {
			x.OIDC.Link.Connection = nameOf(c, x.OIDC.Link.Connection)
		}
		s.Connections = append(s.Connections, directory.ConnectionSpec{Connection: x})
	}
	for _, x := range c.Roles {
		if !ofPreset(x) {
			x.ManagedBy = directory.ByManifest
			s.Roles = append(s.Roles, directory.RoleSpec{Role: plainRole(x)})
		}
	}
	for _, x := range c.Profiles {
		x.ID, x.ManagedBy = "", directory.ByManifest
		s.Profiles = append(s.Profiles, directory.ProfileSpec{Profile: x})
	}
	for _, x := range c.Companies {
		companies[x.ID] = x.Name
		s.Companies = append(s.Companies, directory.CompanySpec{Company: directory.Company{Name: x.Name, ManagedBy: directory.ByManifest}})
	}
	for _, x := range slices.Concat(c.AgentGroups, c.Work) {
		if x.Archived || x.ManagedBy == directory.ByRule {
			continue
		}
		x.ID, x.Rule, x.Company, x.ManagedBy = "", "", companies[x.Company], directory.ByManifest
		s.Work = append(s.Work, directory.WorkGroupSpec{WorkGroup: x})
	}
	exportCatalogues(c, &s)
	for i, x := range c.Rules {
		x.ID, x.Order, x.Connection, x.ManagedBy = "", i, connections[x.Connection], directory.ByManifest
		s.Rules = append(s.Rules, directory.RuleSpec{Rule: plainRule(x)})
	}
	for _, x := range c.Tests {
		x.Connection, x.ManagedBy = connections[x.Connection], directory.ByManifest
		s.Tests = append(s.Tests, x)
	}
	return s
}

// exportCatalogues adds statuses and seat pools. What the preset has and the tenant removed is said to be absent.
func exportCatalogues(c *store.Configuration, s *directory.Spec) {
	preset := pinnedPreset(c)
	for _, x := range c.Statuses {
		if x.ManagedBy != directory.ByPreset {
			x.ManagedBy = directory.ByManifest
			s.Statuses = append(s.Statuses, directory.StatusSpec{Status: x})
		}
	}
	for _, x := range preset.Statuses {
		if goes(c.Statuses, func(y directory.Status) bool { return x.Key == y.Key }) {
			x.ManagedBy = directory.ByManifest
			s.Statuses = append(s.Statuses, directory.StatusSpec{Status: x, Absent: true})
		}
	}
	for _, x := range c.SeatPools {
		if x.ManagedBy != directory.ByPreset {
			x.ManagedBy = directory.ByManifest
			s.SeatPools = append(s.SeatPools, directory.SeatPoolSpec{SeatPool: x})
		}
	}
	for _, x := range preset.SeatPools {
		if goes(c.SeatPools, func(y directory.SeatPool) bool { return x.Key == y.Key }) {
			x.ManagedBy = directory.ByManifest
			s.SeatPools = append(s.SeatPools, directory.SeatPoolSpec{SeatPool: x, Absent: true})
		}
	}
}

// nameOf is the name of a connection; "" for none.
func nameOf(c *store.Configuration, id string) string {
	for _, x := range c.Connections {
		if x.ID == id {
			return x.Name
		}
	}
	return ""
}
