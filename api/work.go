package api

import (
	"cmp"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// GroupBody is what a client says of an agent group.
type GroupBody struct {
	WorkBody

	Visibility   string   `json:"visibility,omitempty" enum:"all,team,attendant" doc:"Whose conversations its members see: those of every group, of the group, or their own." example:"team"`
	Distribution *bool    `json:"distribution,omitempty" doc:"Conversations are distributed automatically; on unless said." example:"true"`
	Default      bool     `json:"default,omitempty" doc:"It receives what has no group; at most one agent group of a tenant does." example:"false"`
	Channels     []string `json:"channels,omitempty" maxItems:"50" doc:"chat, voice, email and so on; none for every channel." example:"[\"chat\"]"`
}

// WorkBody is what a client says of a campaign, a queue or a strategy.
type WorkBody struct {
	Name        string `json:"name" minLength:"1" maxLength:"200" doc:"Unique among those of its kind in the tenant." example:"Support"`
	Description string `json:"description,omitempty" maxLength:"1000" example:"Answers customers."`
	ExternalRef string `json:"external_ref,omitempty" maxLength:"200" doc:"What the contact centre calls it." example:"queue-17"`
	Company     string `json:"company,omitempty" maxLength:"200" doc:"A company's id." example:""`
}

// agentGroup is an agent group as clients read it.
type agentGroup struct {
	ID string `json:"id" example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
	GroupBody

	ManagedBy string `json:"managed_by" enum:"preset,manifest,console,rule" example:"console"`
	Rule      string `json:"rule" doc:"The id of the rule that made it, where a rule did." example:""`
	Archived  bool   `json:"archived" doc:"It is nobody's any more, and comes back with the same id when somebody makes one of its name."`
}

func (g agentGroup) isArchived() bool { return g.Archived }

// workGroup is a campaign, a queue or a strategy as clients read it.
type workGroup struct {
	ID string `json:"id" example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
	WorkBody

	ManagedBy string `json:"managed_by" enum:"preset,manifest,console,rule" example:"console"`
	Archived  bool   `json:"archived" doc:"It is nobody's any more, and comes back with the same id when somebody makes one of its name."`
}

func (g workGroup) isArchived() bool { return g.Archived }

func agentGroupOf(g directory.WorkGroup) agentGroup {
	return agentGroup{
		ID: g.ID, ManagedBy: string(g.ManagedBy), Rule: g.Rule, Archived: g.Archived,
		GroupBody: GroupBody{
			WorkBody: WorkBody{g.Name, g.Description, g.ExternalRef, g.Company}, Visibility: string(g.Visibility), Distribution: &g.Distribution,
			Default: g.Default, Channels: g.Channels,
		},
	}
}

func workGroupOf(g directory.WorkGroup) workGroup {
	return workGroup{g.ID, WorkBody{g.Name, g.Description, g.ExternalRef, g.Company}, string(g.ManagedBy), g.Archived}
}

func (b WorkBody) group(kind directory.WorkKind, id string) directory.WorkGroup {
	g := directory.NewWorkGroup(kind, b.Name)
	g.ID, g.Description, g.ExternalRef, g.Company = id, b.Description, b.ExternalRef, b.Company
	return g
}

func (b GroupBody) group(id string) directory.WorkGroup {
	g := b.WorkBody.group(directory.AgentGroupWork, id)
	g.Visibility = directory.Visibility(cmp.Or(b.Visibility, string(g.Visibility)))
	if b.Distribution != nil {
		g.Distribution = *b.Distribution
	}
	g.Default, g.Channels = b.Default, b.Channels
	return g
}

// keeping keeps of the object that is replaced what no client says.
func keeping(list []directory.WorkGroup, g directory.WorkGroup) []directory.WorkGroup {
	is := func(x directory.WorkGroup) bool { return x.ID == g.ID && g.ID != "" }
	if i := slices.IndexFunc(list, is); i >= 0 {
		g.ManagedBy, g.Rule = list[i].ManagedBy, list[i].Rule
	}
	return putIn(list, g, is)
}

func without(list []directory.WorkGroup, id string) []directory.WorkGroup {
	return slices.DeleteFunc(list, func(x directory.WorkGroup) bool { return x.ID == id })
}

const archives = "It is archived: nobody is in it any more, and what was given by hand ends with it. Its id comes back when somebody makes one of its name, with nobody in it. One that people are in goes only with absent=true."

var agentGroupResource = resource[GroupBody, agentGroup]{
	one: "agent-group", many: "agent-groups", path: "/agent-groups", read: "console.tenant.read", write: "groups.manage",
	doc:  "Local teams that conversations are routed to.",
	list: func(c *store.Configuration) []agentGroup { return all(c.AgentGroups, agentGroupOf) },
	key:  func(x agentGroup) string { return x.ID }, name: func(x agentGroup) string { return x.Name }, named: func(in GroupBody) string { return in.Name },
	put: func(next *store.Configuration, id string, in GroupBody) error {
		next.AgentGroups = keeping(next.AgentGroups, in.group(id))
		return nil
	},
	remove:    func(next *store.Configuration, id string) { next.AgentGroups = without(next.AgentGroups, id) },
	deleteDoc: archives,
}

// workResource is the resource of campaigns, queues or strategies.
func workResource(kind directory.WorkKind, one, many, doc, write string) resource[WorkBody, workGroup] {
	return resource[WorkBody, workGroup]{
		one: one, many: many, path: "/" + many, read: "console.tenant.read", write: write, doc: doc,
		list: func(c *store.Configuration) []workGroup {
			return all(slices.DeleteFunc(slices.Clone(c.Work), func(g directory.WorkGroup) bool { return g.Kind != kind }), workGroupOf)
		},
		key: func(x workGroup) string { return x.ID }, name: func(x workGroup) string { return x.Name }, named: func(in WorkBody) string { return in.Name },
		put: func(next *store.Configuration, id string, in WorkBody) error {
			next.Work = keeping(next.Work, in.group(kind, id))
			return nil
		},
		remove:    func(next *store.Configuration, id string) { next.Work = without(next.Work, id) },
		deleteDoc: archives,
	}
}

func registerWork(h *Handler) {
	agentGroupResource.register(h)
	workResource(directory.CampaignWork, "campaign", "campaigns", "What people call, write to or answer for a while.", "campaigns.manage").register(h)
	workResource(directory.QueueWork, "queue", "queues", "Where calls wait for people.", "queues.manage").register(h)
	workResource(directory.StrategyWork, "strategy", "strategies", "Plans for mass work.", "strategies.manage").register(h)
	companyResource.register(h)
}

// CompanyBody is what a client says of a company.
type CompanyBody struct {
	Name string `json:"name" minLength:"1" maxLength:"200" doc:"Unique in the tenant." example:"Acme Brazil"`
}

// company is a company as clients read it.
type company struct {
	ID string `json:"id" example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
	CompanyBody

	ManagedBy string `json:"managed_by" enum:"preset,manifest,console,rule" example:"console"`
}

var companyResource = resource[CompanyBody, company]{
	one: "company", many: "companies", path: "/companies", read: "console.tenant.read", write: "console.tenant.manage",
	doc: "Companies that people and campaigns belong to, where a tenant serves several.",
	list: func(c *store.Configuration) []company {
		return all(c.Companies, func(x directory.Company) company { return company{x.ID, CompanyBody{x.Name}, string(x.ManagedBy)} })
	},
	key: func(x company) string { return x.ID }, name: func(x company) string { return x.Name }, named: func(in CompanyBody) string { return in.Name },
	put: func(next *store.Configuration, id string, in CompanyBody) error {
		next.Companies = putIn(next.Companies, directory.Company{ID: id, Name: in.Name}, func(x directory.Company) bool { return x.ID == id && id != "" })
		return nil
	},
	remove: func(next *store.Configuration, id string) {
		next.Companies = slices.DeleteFunc(next.Companies, func(x directory.Company) bool { return x.ID == id })
	},
	deleteDoc: "A company that people or work belong to goes only with absent=true.",
}
