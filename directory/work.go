package directory

// WorkKind is what a group of work is.
type WorkKind string

// The kinds of groups of work. Each has its own names: a campaign may be called as an agent group is.
const (
	AgentGroupWork WorkKind = "agent_group" // a local team that conversations are routed to
	CampaignWork   WorkKind = "campaign"
	QueueWork      WorkKind = "queue"
	StrategyWork   WorkKind = "strategy" // a plan for mass work
)

// WorkKinds lists the kinds, agent groups first.
func WorkKinds() []WorkKind { return []WorkKind{AgentGroupWork, CampaignWork, QueueWork, StrategyWork} }

// Visibility says whose conversations the members of an agent group see.
type Visibility string

// The visibilities.
const (
	VisibleAll       Visibility = "all"       // those of every group
	VisibleTeam      Visibility = "team"      // those of the group
	VisibleAttendant Visibility = "attendant" // their own
)

// WorkGroup is a group of work that people are assigned to: an agent group, a campaign, a queue or a strategy.
type WorkGroup struct {
	ID           string
	Kind         WorkKind
	Name         string // unique among those of its kind in the tenant, folded
	Description  string
	ExternalRef  string     // what the contact centre calls it; "" for none
	Company      string     // a company's id; "" for none
	Visibility   Visibility // of agent groups
	Distribution bool       // automatic distribution is switched on; of agent groups
	Default      bool       // receives what has no group; at most one agent group of a tenant does
	Channels     []string   // chat, voice, email …; empty for every channel
	ManagedBy    ManagedBy
	Rule         string // the id of the rule that created it, when ManagedBy is ByRule
	Archived     bool   // what a rule made is archived when its group goes, and comes back with the same id
}

// NewWorkGroup returns a group of work as one begins unless somebody says otherwise: visible to its team, distributed to.
func NewWorkGroup(kind WorkKind, name string) WorkGroup {
	g := WorkGroup{Kind: kind, Name: name}
	if kind == AgentGroupWork {
		g.Visibility, g.Distribution = VisibleTeam, true
	}
	return g
}

// Company is one that people and campaigns belong to, where a tenant serves several.
type Company struct {
	ID        string
	Name      string // unique in the tenant, folded
	ManagedBy ManagedBy
}
