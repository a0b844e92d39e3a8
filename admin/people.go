package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// preview tells each person whom the draft concerns, says why a guard would hold it, and refuses one that takes the last
// administrator away. The guard's limits are those in force, not those that the draft would bring.
func (a *Admin) preview(ctx context.Context, d *draft, o Options) (store.Summary, directory.Messages, error) {
	if o.Differ != nil {
		o.Differ(d.differences)
	}
	if !d.exists {
		return store.Summary{}, nil, nil
	}
	var admins administrators
	gone := removedRules(d.differences)
	summary, guard, err := a.engine.PreviewGuarded(ctx, d.next, d.leaving, d.current.GuardLimits(directory.Connection{}), func(c provision.PersonChange) error {
		admins.note(c)
		fields := touched(c)
		if o.Each == nil || len(fields) == 0 {
			return nil
		}
		return o.Each(UserChange{
			User: c.User, UserName: c.UserName, Change: c.Change, Fields: fields, Reason: reason(c, gone), Guarded: c.Guarded, Gained: c.Gained, Lost: c.Lost, Seat: c.Seat,
		})
	})
	if err != nil {
		return summary, nil, err
	}
	return summary, append(loosened(d.current, d.next), guard...), admins.refusal()
}

// loosened says how a draft would switch the second person's approval off, which is itself for a second person to approve.
func loosened(current, next *store.Configuration) directory.Messages {
	if current.Setting("approvals") != secondPerson {
		return nil
	}
	var out directory.Messages
	if next.Setting("approvals") != secondPerson {
		out = append(out, directory.Say("a second person's approval would not be asked for any more (approvals)"))
	}
	was, is := current.GuardLimits(directory.Connection{}), next.GuardLimits(directory.Connection{})
	if is.Percent > was.Percent || is.Count > was.Count {
		out = append(out, directory.Say("the tenant's guard would let more people pass: %d percent and %d people become %d and %d", was.Percent, was.Count, is.Percent, is.Count))
	}
	for _, c := range next.Connections {
		i := slices.IndexFunc(current.Connections, func(x directory.Connection) bool { return x.ID == c.ID })
		if i < 0 || c.Guard == current.Connections[i].Guard {
			continue
		}
		was, is := current.GuardLimits(current.Connections[i]), next.GuardLimits(c)
		if is.Percent > was.Percent || is.Count > was.Count {
			out = append(out, directory.Say("the guard of connection %s would let more people pass: %d percent and %d people become %d and %d", c.Name, was.Percent, was.Count, is.Percent, is.Count))
		}
	}
	return out
}

// removedRules names the rules that a draft removes, at most a few.
func removedRules(differences []Difference) string {
	var names []string
	for _, x := range differences {
		if x.Kind == "rule" && x.Change == "removed" {
			names = append(names, x.Name)
		}
	}
	if len(names) > 3 {
		names = append(names[:3], "…")
	}
	return strings.Join(names, ", ")
}

// reason says why somebody's rights change. A right whose rule goes carries no rule's name any more.
func reason(c provision.PersonChange, gone string) string {
	nameless := slices.ContainsFunc(c.Lost, func(r provision.RightChange) bool { return r.Rule == "" })
	switch {
	case !nameless || gone == "":
		return c.Reason
	case c.Reason == "":
		return "removed rule " + gone
	default:
		return c.Reason + ", removed rule " + gone
	}
}

// touched names what changes about a person.
func touched(c provision.PersonChange) []string {
	var out []string
	add := func(name string) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, r := range slices.Concat(c.Gained, c.Lost) {
		add(directory.EntitlementKind(r.Kind).Field())
	}
	if c.Moved {
		add("accounts")
	}
	if c.Seat != nil {
		add("seat")
	}
	if c.Status != "" {
		add("status")
	}
	for _, name := range c.Follows {
		add(name)
	}
	if c.Guarded && len(out) == 0 && c.Change == "entitled" {
		add("roles") // what a role that they have may do
	}
	switch c.Change {
	case "suspended", "activated", "deprovisioned", "restored":
		add("state")
	}
	slices.Sort(out)
	return out
}

// administrators counts who may administer the tenant before and after a change.
type administrators struct {
	losing []string // a few userNames of those who would not any more
	lost   int
	left   int
}

func (x *administrators) note(c provision.PersonChange) {
	switch {
	case c.WillAdminister:
		x.left++
	case c.Administers:
		x.lost++
		if len(x.losing) < 5 {
			x.losing = append(x.losing, c.UserName)
		}
	}
}

// refusal refuses a configuration under which nobody administers a tenant that somebody administers now.
func (x *administrators) refusal() error {
	if x.lost == 0 || x.left > 0 {
		return nil
	}
	more := ""
	if x.lost > len(x.losing) {
		more = fmt.Sprintf(" and %d more", x.lost-len(x.losing))
	}
	return directory.Errorf(directory.Conflict,
		"refused: nobody would be left to administer the tenant; %s%s could not any more. Keep a rule that gives somebody a privileged role, or what that role, its options and profiles may do",
		strings.Join(x.losing, ", "), more)
}
