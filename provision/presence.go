package provision

import (
	"slices"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// The keys under which the log tells how somebody is present, and what follows from everything else about them.
const (
	statusKey   = "status"
	absencesKey = "absences"
	standingKey = "standing"
)

// untold reports whether a line about a change leaves a key of the log out: what only follows from the rest, and in which
// status somebody begins.
func untold(key, change string) bool {
	return key == standingKey || key == statusKey && (change == "created" || change == "deprovisioned")
}

// stand computes what follows from somebody's attributes, rights and absences and is stored with them, so that whether they
// are eligible is known without reading their document.
func (p *policy) stand(x *store.Person) {
	_, x.Absent = p.absent(x, readAt(x))
	if x.Incomplete = p.incomplete(x); len(x.Incomplete) == 0 {
		x.Incomplete = nil
	}
	x.HasExtension = extensionOf(attributesOf(x)) != ""
}

// standingChanged reports whether the person is present otherwise, or something that decides their eligibility besides
// their state and rights is otherwise.
func (p *Plan) standingChanged() bool {
	a, b := p.Before, p.After
	return a.Status != b.Status || a.Absent != b.Absent || a.HasExtension != b.HasExtension || !slices.Equal(a.Incomplete, b.Incomplete)
}

// putPresence writes the stretch in a status that begins, the absences that are entered or end, and the instants at which
// the person has to be evaluated again.
func (p *Plan) putPresence(tx *store.Tx, actor directory.Actor, change string) {
	x, previous := p.After, ""
	if p.Before != nil {
		previous = p.Before.Status
	}
	if x.Status != previous {
		tx.PutPresence(x.ID, x.Status, previous, actorName(actor), change)
	}
	for _, a := range p.entered {
		tx.PutAbsence(a, change)
	}
	for _, a := range p.ended {
		tx.EndAbsence(x.ID, a.ID, change)
	}
	tx.PutDue(x.ID, p.instants(tx.Now())...)
}

// instants are those at which what the plan begins turns, or runs out.
func (p *Plan) instants(now time.Time) []time.Time {
	var out []time.Time
	at := func(t *time.Time) {
		if t != nil && t.After(now) && !slices.ContainsFunc(out, t.Equal) {
			out = append(out, *t)
		}
	}
	for _, a := range p.entered {
		at(&a.From)
		at(a.Until)
	}
	for _, h := range p.placed {
		at(h.Until)
	}
	for _, g := range slices.Concat(p.Gained, p.marked) {
		at(g.HeldUntil)
	}
	return out
}

// quietAction names what happened to somebody whose state, accounts and groups stayed: to their rights, or else only to how
// they are present.
func (p *Plan) quietAction() string {
	rights := len(p.Gained) + len(p.Lost) + len(p.marked) + len(p.placed) + len(p.lapsed)
	switch {
	case rights > 0:
		return "user.entitled"
	case p.Before.Status != p.After.Status:
		return "user.status_changed"
	case len(p.entered)+len(p.ended) > 0, p.Before.Absent != p.After.Absent:
		return "user.absence_changed"
	default:
		return "user.entitled"
	}
}

// noteStanding adds to both sides of a change what follows from the rest, where it differs. Of new people it does not: all
// about them is new.
func (p *Plan) noteStanding(before, after map[string]any) {
	if p.Before == nil {
		return
	}
	tell := func(x *store.Person) map[string]any {
		return map[string]any{"absent": x.Absent, "extension": x.HasExtension, "incomplete": append([]string{}, x.Incomplete...)}
	}
	was, is := p.Before, p.After
	if was.Absent != is.Absent || was.HasExtension != is.HasExtension || !slices.Equal(was.Incomplete, is.Incomplete) {
		before[standingKey], after[standingKey] = tell(was), tell(is)
	}
}

// absenceFacts tell absences as the log has them.
func absenceFacts(absences []directory.Absence) any {
	if len(absences) == 0 {
		return nil
	}
	out := make([]map[string]any, len(absences))
	for i, a := range absences {
		out[i] = map[string]any{"id": a.ID, "kind": a.Kind, "from": a.From}
		if a.Until != nil {
			out[i]["until"] = *a.Until
		}
	}
	return out
}

// tellPresence tells in a line how the person is present otherwise.
func (p *Plan) tellPresence(c *PersonChange) {
	was, is := p.Before, p.After
	if was == nil {
		return
	}
	if was.Status != is.Status {
		c.WasStatus, c.Status = was.Status, is.Status
	}
	if len(p.Gained)+len(p.Lost) > 0 || was.State != is.State {
		return // it follows from that
	}
	for name, differs := range map[string]bool{
		"absence": was.Absent != is.Absent, "extension": was.HasExtension != is.HasExtension, "incomplete": !slices.Equal(was.Incomplete, is.Incomplete),
	} {
		if differs {
			c.Follows = append(c.Follows, name)
		}
	}
	slices.Sort(c.Follows)
}
