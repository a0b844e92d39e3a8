package api

import (
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// ProfileBody is what a client says of a profile, in the two steps in which people do: what it is, and its modules.
type ProfileBody struct {
	Name        string   `json:"name" minLength:"1" maxLength:"200" doc:"Unique in the tenant." example:"Sales agent"`
	Role        string   `json:"role" minLength:"1" maxLength:"63" doc:"A role's key; never the owner's." example:"agent"`
	Icon        string   `json:"icon" minLength:"1" maxLength:"64" doc:"Its colour is the role's." example:"headset"`
	Description string   `json:"description,omitempty" maxLength:"75" doc:"At most 75 characters." example:"Sells by telephone."`
	Modules     []string `json:"modules,omitzero" maxItems:"100" doc:"Keys of GET /roles/{id}/modules. Those that the role forces are added; left out, it begins with those that the role grants." example:"[\"module.workspace\"]"`
}

// profile is a profile as clients read it.
type profile struct {
	ID string `json:"id" example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
	ProfileBody

	Colour    string `json:"colour" doc:"The role's." example:"orange"`
	ManagedBy string `json:"managed_by" enum:"preset,manifest,console,rule" example:"console"`
	Archived  bool   `json:"archived"`
}

func (p profile) isArchived() bool { return p.Archived }

func profilesOf(c *store.Configuration) []profile {
	colours := map[string]string{}
	for _, r := range c.Roles {
		colours[r.Key] = r.Colour
	}
	return all(c.Profiles, func(p directory.Profile) profile {
		return profile{p.ID, ProfileBody{p.Name, p.Role, p.Icon, p.Description, p.Modules}, colours[p.Role], string(p.ManagedBy), p.Archived}
	})
}

var profileResource = resource[ProfileBody, profile]{
	one: "profile", many: "profiles", path: "/profiles", read: "roles.view", write: "profiles.manage",
	doc:  "Narrower forms of a role: some of its modules, under a name and an icon.",
	list: profilesOf,
	key:  func(x profile) string { return x.ID }, name: func(x profile) string { return x.Name }, named: func(in ProfileBody) string { return in.Name },
	put: func(next *store.Configuration, id string, in ProfileBody) error {
		p := directory.Profile{ID: id, Name: in.Name, Role: in.Role, Icon: in.Icon, Description: in.Description, Modules: in.Modules}
		next.Profiles = putIn(next.Profiles, p, func(x directory.Profile) bool { return x.ID == id && id != "" })
		return nil
	},
	remove: func(next *store.Configuration, id string) {
		next.Profiles = slices.DeleteFunc(next.Profiles, func(x directory.Profile) bool { return x.ID == id })
	},
	createDoc: "GET /roles/{id}/modules tells what the role offers for the second step.",
	deleteDoc: "A profile that somebody has goes only with absent=true, and is taken from them.",
}
