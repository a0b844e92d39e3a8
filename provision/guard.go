package provision

import (
	"context"
	"slices"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// lossKind is what a change takes from a person, or gives, that a guard counts: a set of bits.
type lossKind uint8

// What a guard counts.
const (
	lostState          lossKind = 1 << iota // was active, and is suspended or gone
	lostLastRole                            // had a role in force, and has none
	lostLastAgentGroup                      // was in an agent group, and is in none
	gainedPrivileged                        // has a role in force that may administer people, roles or configuration, and had none such
)

// lossTexts say each kind of so many people.
var lossTexts = []struct {
	kind lossKind
	say  func(people directory.Message) directory.Message
}{
	{lostState, func(people directory.Message) directory.Message {
		return directory.Say("%v would be suspended or deprovisioned", people)
	}},
	{lostLastRole, func(people directory.Message) directory.Message {
		return directory.Say("%v would lose their last role", people)
	}},
	{lostLastAgentGroup, func(people directory.Message) directory.Message {
		return directory.Say("%v would lose their last agent group", people)
	}},
	{gainedPrivileged, func(people directory.Message) directory.Message {
		return directory.Say("%v would gain a privileged role", people)
	}},
}

// loss compares what is in force for a person before and after. Of people who are not active nothing is: a suspended
// person who loses a role loses nothing, and one who is suspended loses their state and no more. before is nil for
// somebody new.
func (p *policy) loss(before, after *store.Person) lossKind {
	return losses(p.inForce(before), p.inForce(after))
}

func losses(was, is force) lossKind {
	var k lossKind
	switch {
	case was.active && !is.active:
		k |= lostState
	case was.active:
		if was.roles && !is.roles {
			k |= lostLastRole
		}
		if was.agentGroups && !is.agentGroups {
			k |= lostLastAgentGroup
		}
	}
	if is.privileged && !was.privileged {
		k |= gainedPrivileged
	}
	return k
}

// force is what somebody has that counts.
type force struct{ active, roles, agentGroups, privileged bool }

func (p *policy) inForce(x *store.Person) force {
	f := force{active: x != nil && x.State == directory.Active}
	if !f.active {
		return f
	}
	inForce := p.rolesInForce(x)
	for _, g := range x.Grants {
		if g.HeldUntil != nil && !g.HeldUntil.After(x.ReadAt) {
			continue // its time is over: it goes with the next evaluation
		}
		switch g.Kind {
		case directory.RoleEntitlement:
			f.roles, f.privileged = true, f.privileged || slices.Contains(inForce, g.Target) && p.privilegedRole(g.Target)
		case directory.AgentGroupEntitlement:
			f.agentGroups = true
		default:
		}
	}
	return f
}

// toll counts the people whom a change concerns, each of them once.
type toll struct{ people map[string]lossKind }

// add counts a person; one who is counted already only under the kinds that are new.
func (t *toll) add(person string, k lossKind) {
	if k == 0 {
		return
	}
	if t.people == nil {
		t.people = map[string]lossKind{}
	}
	t.people[person] |= k
}

// count is how many people there are.
func (t *toll) count() int { return len(t.people) }

// reasons say what is above the limit: nothing while everybody together is within it. The first reasons are about kinds
// that are above it alone; where none is, about every kind that there is.
func (t *toll) reasons(limit int) directory.Messages {
	if t.count() <= limit {
		return nil
	}
	var above, all directory.Messages
	for _, x := range lossTexts {
		n := 0
		for _, k := range t.people {
			if k&x.kind != 0 {
				n++
			}
		}
		switch {
		case n > limit:
			above = append(above, directory.Say("%v; the guard lets %d pass", x.say(peopleCount(n)), limit))
		case n > 0:
			all = append(all, directory.Say("%v; with the others they are %d, and the guard lets %d pass", x.say(peopleCount(n)), t.count(), limit))
		}
	}
	if len(above) > 0 {
		return above
	}
	return all
}

func peopleCount(n int) directory.Message {
	if n == 1 {
		return directory.Say("1 person")
	}
	return directory.Say("%d people", n)
}

// guardLimits are those of a connection: its own, or the tenant's; the tenant's for "".
func (p *policy) guardLimits(connection string) directory.GuardLimits {
	c, err := p.connection(connection)
	if err != nil {
		c = directory.Connection{} // it was removed; its people are still guarded
	}
	return p.GuardLimits(c)
}

// guardLimit is how many people one change of a connection may take something from.
func (p *policy) guardLimit(ctx context.Context, r store.Reader, connection string) (int, error) {
	limits := p.guardLimits(connection)
	active, err := r.ActiveAccounts(ctx, connection, enough(limits))
	return limits.Limit(active), err
}

// enough is from how many active accounts on the percent is no longer the lower of the two limits, so that nobody needs
// to count further.
func enough(limits directory.GuardLimits) int64 {
	percent := int64(max(1, limits.Percent))
	return (int64(limits.Count)*100 + percent - 1) / percent
}

// guardHold is how long held rights wait for somebody who approves.
func (p *policy) guardHold() time.Duration {
	d, err := time.ParseDuration(p.Setting("guard.hold"))
	if err != nil || d <= 0 {
		return 24 * time.Hour
	}
	return d
}
