package directory

// Rule maps a directory group, a condition, or both, to rights. Rules have an explicit order.
type Rule struct {
	ID         string
	Name       string // its key in the manifest, unique in the tenant
	Order      int
	Connection string // the id of the only connection that it covers; "" for all
	Group      string // a directory group's name; "{word}" captures
	GroupID    string // pins the group by our id instead
	When       string // a SCIM filter over the user's resource
	// What it yields; see [RuleOutputs].
	Roles         []string
	Options       []string
	Profile       string
	AgentGroups   []RuleOutput
	Campaigns     []string
	Queues        []string
	Strategies    []string
	Company       string
	SeatPool      string
	InitialStatus string

	ManagedBy ManagedBy
}

// Outputs are what the rule yields.
func (r *Rule) Outputs() RuleOutputs {
	return RuleOutputs{
		Roles: r.Roles, Options: r.Options, Profile: r.Profile, AgentGroups: r.AgentGroups, Campaigns: r.Campaigns, Queues: r.Queues,
		Strategies: r.Strategies, Company: r.Company, SeatPool: r.SeatPool, InitialStatus: r.InitialStatus,
	}
}

// RuleOutputs are what a rule yields. Names may contain the rule's captures where it says so. Of what a test expects, a list
// that is empty and not nil says that there is none of its kind.
type RuleOutputs struct {
	Roles         []string     `json:"roles,omitzero"`        // keys
	Options       []string     `json:"options,omitzero"`      // each as [OptionTarget]
	Profile       string       `json:"profile,omitempty"`     // a profile's name; its role comes with it
	AgentGroups   []RuleOutput `json:"agent_groups,omitzero"` // names may contain captures; made where they are not there
	Campaigns     []string     `json:"campaigns,omitzero"`    // names, and so on; these have to be there
	Queues        []string     `json:"queues,omitzero"`
	Strategies    []string     `json:"strategies,omitzero"`
	Company       string       `json:"company,omitempty"`        // a company's name
	SeatPool      string       `json:"seat_pool,omitempty"`      // a seat pool's key
	InitialStatus string       `json:"initial_status,omitempty"` // a status's key
}

// Empty reports whether there is nothing.
func (o RuleOutputs) Empty() bool {
	return len(o.Roles)+len(o.Options)+len(o.AgentGroups)+len(o.Campaigns)+len(o.Queues)+len(o.Strategies) == 0 &&
		o.Profile == "" && o.Company == "" && o.SeatPool == "" && o.InitialStatus == ""
}

// MappingTest is somebody invented, and what the rules must give them. A rule set whose tests fail is not published.
type MappingTest struct {
	Name       string // unique in the tenant, folded
	Attributes Attributes
	Groups     []string // names of directory groups that they are in
	Connection string   // a connection's id; "" for none
	Expect     RuleOutputs
	ManagedBy  ManagedBy
}

// RuleOutput is one agent group that a rule yields.
type RuleOutput struct {
	Name string         `json:"name"` // may contain the rule's captures
	Kind MembershipKind `json:"kind"`
}

// Binding ties a rule to the directory group that its name resolved to, once; a rename of the group keeps it.
type Binding struct {
	Rule        string
	Connection  string
	Group       string   // the group's id
	AgentGroups []string // ids, one for each of the rule's outputs, in order
	Confirmed   bool     // false while a rule that yields a privileged role waits for an administrator
}
