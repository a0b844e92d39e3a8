package provision

import (
	"cmp"
	"math"
	"reflect"
	"slices"
	"time"

	"rollcall/directory"
	"rollcall/mapping"
	"rollcall/store"
)

// Plan is what would become of one person. It is made of what is stored and what is stated, and nothing else: planning
// writes nothing, and the same plan made again after it was applied is empty.
type Plan struct {
	Before *store.Person // nil for a new person
	After  *store.Person
	Gained []directory.Grant
	Lost   []directory.Grant
	// Joined and Left are the directory groups whose direct membership changes.
	Joined, Left []string
	lapsed       []directory.Hold // holds that end: keep-holds because the directory changed its statement, the guard's because nothing is withheld any more
	reason       string           // a person's or the guard's, for the log

	entered, ended []directory.Absence // that are recorded, and that end early or are cancelled

	// What the guard on pushes looks at and changes; see [Engine.guardPush].
	policy *policy
	loss   lossKind          // what the plan takes before the guard looked at it
	cuts   []string          // connections under which the person counts for that
	marked []directory.Grant // rights that are held from now on, and those that are held no longer
	placed []directory.Hold  // by the guard, or by whoever refused
	// ofGroup: the write is about a group, not about this person. passes: the guard has looked, or need not look.
	ofGroup, passes bool

	// seated: [Engine.seats] has looked. returns: what was kept for the person ends. keptUntil is how long it is.
	seated, returns bool
	keptUntil       time.Time
}

// Empty reports whether there is nothing to do.
func (p *Plan) Empty() bool {
	return p.Before != nil && len(p.Gained)+len(p.Lost)+len(p.Joined)+len(p.Left)+len(p.lapsed)+len(p.marked)+len(p.placed)+len(p.entered)+len(p.ended) == 0 && !p.rowChanged() &&
		slices.Equal(p.Before.Claims, p.After.Claims) &&
		reflect.DeepEqual(p.Before.Accounts, p.After.Accounts)
}

// rowChanged reports whether the person's own row differs, its evaluation aside.
func (p *Plan) rowChanged() bool { return p.userChanged() || p.standingChanged() }

// userChanged reports whether anything about who the person is differs: how they are present at present is not.
func (p *Plan) userChanged() bool {
	a, b := p.Before, p.After
	return a.State != b.State || a.Onboarded != b.Onboarded || a.UserName != b.UserName || !slices.Equal(a.Departed, b.Departed) ||
		!reflect.DeepEqual(a.Attributes, b.Attributes) || p.seatChanged()
}

// never is the configuration version of people who are not evaluated any more.
const never = math.MaxInt64

// clone copies a person so that the copy's accounts, groups and grants can be changed.
func clone(p *store.Person) *store.Person {
	c := *p
	c.Accounts = slices.Clone(p.Accounts)
	c.Departed = slices.Clone(p.Departed)
	c.Memberships = slices.Clone(p.Memberships)
	c.Grants = slices.Clone(p.Grants)
	c.Holds = slices.Clone(p.Holds)
	c.Absences = slices.Clone(p.Absences)
	c.Claims = slices.Clone(p.Claims)
	return &c
}

// plan computes what becomes of a person. before is nil for somebody new; after is before with what is now stated about
// them: accounts, departures, memberships. Everything that follows from those is computed here.
func (p *policy) plan(before, after *store.Person) *Plan { return p.draft(before, after, true) }

// draft is [policy.plan]. Without news, what changes is nobody's statement but an administrator's, and no hold lapses by it.
func (p *policy) draft(before, after *store.Person, news bool) *Plan {
	out := &Plan{Before: before, After: after, policy: p}
	slices.SortStableFunc(after.Accounts, func(a, b directory.Account) int { return cmp.Compare(p.rank(a.Connection), p.rank(b.Connection)) })
	if before != nil {
		slices.SortStableFunc(before.Accounts, func(a, b directory.Account) int { return cmp.Compare(p.rank(a.Connection), p.rank(b.Connection)) })
		out.expire()
		if news {
			p.lapse(out)
		}
	}
	after.Attributes = nil
	effective := p.effective(after)
	if len(after.Accounts) > 1 || len(after.Accounts) == 1 && holdsAttribute(after.Holds) {
		after.Attributes = effective
	}
	if name, _ := effective["userName"].(string); name != "" {
		after.UserName = name
	}
	list(after, effective)
	after.State = directory.Derive(p.leaver, after.Accounts, len(after.Departed) > 0, after.Onboarded, after.Holds)
	if before != nil && before.State == directory.Deprovisioned && len(after.Accounts) == 0 && !p.revives {
		after.State = directory.Deprovisioned // a leaver rule that changes brings nobody back
	}
	after.EvaluatedAt = p.Tenant.ConfigVersion
	var given []directory.Grant
	if after.State == directory.Deprovisioned {
		after.EvaluatedAt = never
	} else {
		given = p.set.Evaluate(p.subject(after, effective))
	}
	out.forget(given)
	out.agree(given)
	out.grants(p.withoutHeld(given, after.Holds))
	p.seat(out)
	out.absences()
	out.present()
	p.stand(after)
	out.loss = p.loss(before, after)
	return out
}

// subject is what the rules look at.
func (p *policy) subject(x *store.Person, effective directory.Attributes) mapping.Subject {
	sub := mapping.Subject{Attributes: effective, Direct: p.direct(x)}
	for _, a := range x.Accounts {
		sub.Connections = append(sub.Connections, a.Connection)
	}
	if holdsAttribute(x.Holds) || slices.ContainsFunc(x.Accounts, ofNobody) {
		sub.Stated = directory.Attributes{}
		if theirs := slices.DeleteFunc(slices.Clone(x.Accounts), ofNobody); len(theirs) > 0 {
			sub.Stated = p.stated(&store.Person{Accounts: theirs})
		}
	}
	for _, m := range x.Memberships {
		sub.Memberships = append(sub.Memberships, mapping.Membership{Group: m.Group, Direct: m.Direct, Bindings: m.Bindings})
	}
	return sub
}

// ofNobody reports whether no connection owns an account.
func ofNobody(a directory.Account) bool { return a.Connection == "" }

// grants compares the rights that rules give now with the live ones. What a person gave is no rule's to end; it ends
// with the person's time here.
func (p *Plan) grants(wanted []directory.Grant) {
	x := p.After
	for _, g := range wanted {
		if !slices.ContainsFunc(x.Grants, func(o directory.Grant) bool { return same(o, g) }) {
			p.Gained = append(p.Gained, g)
		}
	}
	var kept []directory.Grant
	for _, g := range x.Grants {
		byRule := g.Origin.Kind == directory.FromRule || g.Origin.Kind == directory.FromDirect
		stays := slices.ContainsFunc(wanted, func(w directory.Grant) bool { return same(w, g) }) || held(x.Holds, directory.Keep, g)
		switch {
		case x.State == directory.Deprovisioned, byRule && !stays && !waits(g, x), p.policy.missing(g):
			p.Lost = append(p.Lost, g)
		case g.HeldUntil != nil && stays:
			g.HeldUntil = nil
			p.marked = append(p.marked, g)
			fallthrough
		default:
			kept = append(kept, g)
		}
	}
	x.Grants = append(kept, p.Gained...)
	p.dropNeedless()
}

// same reports whether two grants are one right of one origin.
func same(a, b directory.Grant) bool {
	return a.Entitlement == b.Entitlement && a.Origin.Kind == b.Origin.Kind && a.Origin.Rule == b.Origin.Rule &&
		a.Origin.Group == b.Origin.Group && a.Origin.Connection == b.Origin.Connection && a.Origin.Actor == b.Origin.Actor
}

// join and leave change the direct membership of a group.
func join(x *store.Person, group string, bindings []directory.Binding) {
	i := slices.IndexFunc(x.Memberships, func(m store.Membership) bool { return m.Group == group })
	if i < 0 {
		x.Memberships = append(x.Memberships, store.Membership{Group: group, Direct: true, Bindings: bindings})
		return
	}
	x.Memberships[i].Direct = true
}

func leave(x *store.Person, group string) {
	x.Memberships = slices.DeleteFunc(x.Memberships, func(m store.Membership) bool { return m.Group == group })
}

// lookAgain reads somebody's memberships anew, after writes that concern nested groups.
func lookAgain(tx *store.Tx, x *store.Person) error {
	people, err := tx.People(x.ID)
	if err == nil && len(people) == 1 {
		x.Memberships = people[0].Memberships
	}
	return err
}

// isMember reports whether somebody is a direct member of a group.
func isMember(x *store.Person, group string) bool {
	return slices.ContainsFunc(x.Memberships, func(m store.Membership) bool { return m.Group == group && m.Direct })
}
