package access

import (
	"slices"

	"rollcall/directory"
)

// Holder is somebody who holds rights, as a question about them needs it: a person, or a principal such as an API key.
type Holder struct {
	ID          string
	State       directory.State // only who is active may do anything
	Roles       []string        // keys
	Options     []string        // each as directory.OptionTarget
	Profile     string          // id; "" for none
	Memberships []Membership    // of agent groups
	Work        []string        // ids of campaigns, queues and strategies
}

// Membership is how somebody belongs to an agent group.
type Membership struct {
	Group string // id
	Kind  directory.MembershipKind
}

// Resource is what somebody wants to act on. The zero value asks whether they may at all, whatever it is.
type Resource struct {
	Owner      string  // a person's id: whose conversation, contact or order it is
	AgentGroup string  // id of the agent group that it belongs to
	Campaign   string  // id of its campaign, queue or strategy
	Person     *Holder // the person acted upon
}

// The kinds of steps.
const (
	StateStep      = "state"
	RoleStep       = "role"
	OptionStep     = "option"
	ProfileStep    = "profile"
	ModuleStep     = "module"
	MembershipStep = "membership"
	DenialStep     = "denial"
	CeilingStep    = "ceiling"
	ScopeStep      = "scope"
	UnknownStep    = "unknown"
)

// The effects of steps.
const (
	Grants  = "grants"
	Denies  = "denies"
	Narrows = "narrows" // there is a right, and it does not reach this far
	Misses  = "misses"  // what would give it is not there, or not switched on
)

// Step is one reason of a decision.
type Step struct {
	Kind    string          `json:"kind"`
	Subject string          `json:"subject,omitempty"` // a role's key, an option's target, an id, a module's key
	Effect  string          `json:"effect"`
	Scope   directory.Scope `json:"scope,omitempty"`
	Text    string          `json:"text"`
}

// Decision is the answer to a question.
type Decision struct {
	Permission string          `json:"permission"`
	Allowed    bool            `json:"allowed"`
	Scope      directory.Scope `json:"scope,omitempty"` // how far it reaches: the widest of what allowed it
	Chain      []Step          `json:"chain"`           // first what decided
}

// Unbounded reports whether the decision allows without a bound. A question with the zero [Resource] is allowed to whoever
// may do it somewhere; who acts on a whole tenant, as on its settings, asks this besides: a part of the settings, or those of
// one's campaigns, are not all of them.
func (d Decision) Unbounded() bool {
	return d.Allowed && (d.Scope == directory.ScopeAll || d.Scope == directory.ScopeNone)
}

// Decide answers whether the holder may do what the permission names to the resource, and why. An unknown permission is
// nobody's. Denied wins over everything, then forced, then granted; several roles add up. The chain of an allowed question
// has all that allows it; that of a denied one has the denial, else what the holder has and does not reach far enough, else
// what is missing.
func (m *Model) Decide(h Holder, permission string, r Resource) Decision {
	d := Decision{Permission: permission}
	at, ok := position[permission]
	if !ok {
		d.Chain = []Step{{Kind: UnknownStep, Subject: permission, Effect: Misses, Text: "there is no such permission" + hintKey(permission)}}
		return d
	}
	if h.State != directory.Active {
		d.Chain = []Step{stateStep(h.State)}
		return d
	}
	q := question{m: m, h: &h, permission: &catalogue[at], res: &r, any: r == Resource{}}
	if denial := q.denied(); denial != nil {
		d.Chain = []Step{denial.step}
		return d
	}
	var room [6]right
	rights := q.rights(room[:0])
	covering := 0
	for i := range rights {
		if q.covers(&rights[i]) {
			covering++
		}
	}
	if covering == 0 {
		d.Chain = q.why(rights)
		return d
	}
	d.Allowed = true
	d.Chain = make([]Step, 0, covering+1)
	for i := range rights {
		x := &rights[i]
		if !q.covers(x) {
			continue
		}
		d.Chain = append(d.Chain, q.step(x))
		if len(d.Chain) == 1 || wider(x.scope, d.Scope) {
			d.Scope = x.scope
			last := len(d.Chain) - 1
			d.Chain[0], d.Chain[last] = d.Chain[last], d.Chain[0]
		}
	}
	d.Chain = q.ceilings(d.Chain, rights, false)
	return d
}

func stateStep(s directory.State) Step {
	if s == "" {
		s = "unknown"
	}
	return Step{Kind: StateStep, Subject: string(s), Effect: Denies, Text: "they are " + string(s) + ", and only who is active may do anything"}
}

// wider reports whether one scope reaches further than another. Group, campaign, agents and a part are not parts of one
// another: their order only says which of them is told first.
func wider(a, b directory.Scope) bool { return rank(a) > rank(b) }

func rank(s directory.Scope) int {
	switch s {
	case directory.ScopeOwn:
		return 1
	case directory.ScopeAgents:
		return 2
	case directory.ScopePart:
		return 3
	case directory.ScopeCampaign:
		return 4
	case directory.ScopeGroup:
		return 5
	case directory.ScopeNone:
		return 6
	case directory.ScopeAll:
		return 7
	default:
		return 0
	}
}

// why says what is missing to somebody whose rights do not cover the question.
func (q *question) why(rights []right) []Step {
	var chain []Step
	for i := range rights {
		s := q.step(&rights[i])
		s.Kind, s.Effect, s.Text = ScopeStep, Narrows, s.Text+"; this is beyond that"
		chain = append(chain, s)
	}
	chain = q.ceilings(chain, rights, true)
	for _, key := range q.h.Roles {
		r := q.m.roles[key]
		if r == nil {
			chain = append(chain, Step{Kind: RoleStep, Subject: key, Effect: Misses, Text: "there is no role " + quote(key)})
			continue
		}
		told := len(chain)
		for i := range r.entries[q.permission.Key] {
			chain = q.missing(chain, r, &r.entries[q.permission.Key][i])
		}
		if len(chain) == told && len(rights) == 0 {
			chain = append(chain, Step{Kind: RoleStep, Subject: key, Effect: Misses, Text: "the role " + quote(r.Name) + " does not have it"})
		}
	}
	if len(q.h.Roles) == 0 {
		chain = append(chain, Step{Kind: RoleStep, Effect: Misses, Text: "they have no role"})
	}
	return chain
}

// missing says why an entry of one of the holder's roles gives nothing.
func (q *question) missing(chain []Step, r *role, e *entry) []Step {
	switch e.Mode {
	case directory.Granted, directory.Optional:
		if e.Mode == directory.Optional && !q.switched(r, e) {
			for _, o := range e.options {
				if !slices.Contains(q.h.Options, o) {
					chain = append(chain, Step{Kind: OptionStep, Subject: o, Effect: Misses, Text: "the option " + quote(o) + " would give it, and is off"})
				}
			}
		}
		if !q.on(r, e) {
			chain = append(chain, q.off(r, e))
		} else if e.Mode == directory.Optional && len(e.options) == 0 && !q.switched(r, e) {
			chain = append(chain, Step{Kind: OptionStep, Subject: r.Key, Effect: Misses, Text: "it is optional for the role " + quote(r.Name) + ", and nothing switches it on"})
		}
	case directory.ByMembership:
		text := "what the role " + quote(r.Name) + " has of it depends on their memberships of agent groups, and none gives it here"
		chain = append(chain, Step{Kind: MembershipStep, Subject: r.Key, Effect: Misses, Text: text})
	default: // what is forced gives itself, and a denial has been told
	}
	return chain
}

// off says that no module is on that holds the permission.
func (q *question) off(r *role, e *entry) Step {
	if p := q.m.profiles[q.h.Profile]; p != nil && p.Role == r.Key {
		return Step{Kind: ProfileStep, Subject: p.ID, Effect: Narrows, Text: "the profile " + quote(p.Name) + " has no module for it: it is in " + quote(e.modules[0])}
	}
	return Step{Kind: ModuleStep, Subject: e.modules[0], Effect: Narrows, Text: "the module " + quote(e.modules[0]) + " is off for the role " + quote(r.Name)}
}
