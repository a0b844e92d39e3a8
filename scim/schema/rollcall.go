package schema

// rollcallAttributes are, first, statements of the directory: stored and answered as sent, used by mapping rules, and of
// themselves without effect. After them come the effective rights, which only we compute.
func rollcallAttributes() []*Attribute {
	return []*Attribute{
		{Name: "extension", Description: "The person's telephone extension, without which they get no calls."},
		{Name: "initialStatus", Description: "The presence status in which the person is to begin, by its key. " + statement},
		{
			Name: "absence", Description: "When the person is away, according to the directory. " + statement, Type: Complex,
			Sub: []*Attribute{
				{Name: "kind", Description: "Why they are away; other unless stated.", CanonicalValues: []string{"holiday", "sick", "other"}},
				{Name: "from", Description: "When the absence begins; without it nothing is stated.", Type: DateTime},
				{Name: "until", Description: "When the absence ends; not given, it lasts until the directory takes it back.", Type: DateTime},
				{Name: "note", Description: "A remark for those who plan the work."},
			},
		},
		{Name: "profile", Description: "The profile that the person is to have, by its name or id; it brings its role. " + statement},
		{Name: "options", Description: "Options of roles that the person is to have, each as role:option. " + statement, MultiValued: true},
		{
			Name: "groups", Description: "Agent groups to which the person is to belong. " + statement, Type: Complex, MultiValued: true,
			Sub: []*Attribute{
				{Name: "value", Description: "The agent group's name or id."},
				{Name: "kind", Description: "How they are to belong to it; user unless stated.", CanonicalValues: []string{"user", "supervisor", "both"}},
			},
		},
		{Name: "campaigns", Description: "Campaigns to which the person is to be assigned, by name or id. " + statement, MultiValued: true},
		{Name: "company", Description: "The company for which the person is to work, by name or id. " + statement},
		{Name: "skills", Description: "What the person can handle. A mapping rule may ask for it; it gives no right by itself.", MultiValued: true},
		{
			Name: "state", Description: "Where the person stands.", Mutability: ReadOnly, Returned: Request,
			CanonicalValues: []string{"pending", "active", "suspended", "deprovisioned"},
		},
		{
			Name: "seat", Description: "Whether the person has the seat that they need." + masked, Mutability: ReadOnly, Returned: Request,
			CanonicalValues: []string{"exempt", "none", "held", "blocked_no_seat"},
		},
		{Name: "status", Description: "The person's presence status, by its key." + masked, Mutability: ReadOnly, Returned: Request},
		{
			Name: "eligible", Description: "Whether the person gets new work of any agent group, campaign, queue or strategy at the moment.", Type: Boolean,
			Mutability: ReadOnly, Returned: Request,
		},
		effective("effectiveRoles", "The roles that the person has."+masked, origin("role")),
		effective("effectiveAgentGroups", "The agent groups to which the person belongs."+masked,
			&Attribute{Name: "kind", Description: "How the person belongs.", Mutability: ReadOnly, CanonicalValues: []string{"user", "supervisor", "both"}}),
		effectiveOne("effectiveProfile", "The profile that the person has."+masked, origin("profile")),
		effective("effectiveOptions", "The options of roles that the person has, each as role:option."+masked, origin("option")),
		effective("effectiveCampaigns", "The campaigns to which the person is assigned."+masked, origin("campaign")),
		effectiveOne("effectiveCompany", "The company for which the person works."+masked, origin("company")),
	}
}

const (
	statement = "A statement: it gives nothing unless a mapping rule asks for it or the connection lists the attribute in direct:."
	masked    = " Absent while the person is not active."
)

// origin says what gave a right.
func origin(what string) *Attribute {
	return &Attribute{
		Name: "origin", Description: "What gave the " + what + ".", Mutability: ReadOnly,
		CanonicalValues: []string{"rule", "person", "default", "direct"},
	}
}

// effective makes an attribute of rights of which there may be several.
func effective(name, description string, how *Attribute) *Attribute {
	a := effectiveOne(name, description, how)
	a.MultiValued = true
	return a
}

// effectiveOne makes an attribute of a right of which there is at most one.
func effectiveOne(name, description string, how *Attribute) *Attribute {
	return &Attribute{
		Name: name, Description: description, Type: Complex, Mutability: ReadOnly, Returned: Request,
		Sub: []*Attribute{
			{Name: "value", Description: "Its key or id.", CaseExact: true, Mutability: ReadOnly},
			{Name: "display", Description: "Its name, for people.", Mutability: ReadOnly},
			how,
		},
	}
}
