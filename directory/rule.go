package directory

// Rule maps a directory group, a condition, or both, to roles and agent groups. Rules have an explicit order.
type Rule struct {
	ID          string
	Name        string // its key in the manifest, unique in the tenant
	Order       int
	Connection  string // the id of the only connection that it covers; "" for all
	Group       string // a directory group's name; "{word}" captures
	GroupID     string // pins the group by our id instead
	When        string // a SCIM filter over the user's resource
	Roles       []string
	AgentGroups []RuleOutput
	ManagedBy   ManagedBy
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
