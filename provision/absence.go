package provision

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// The bounds of absences.
const (
	longestNote  = 500 // characters
	mostAbsences = 100 // of one person, current and planned
)

// AddAbsence enters a stretch of days in which somebody is away. It takes them out of distribution and leaves their status
// alone (002-19, 002-20). Stretches may overlap. Without a beginning it begins now; without an end it lasts until somebody
// ends it. The absence's id, actor and origin are filled in here; the absence as it was entered is returned.
//
// A person who does not exist, or is gone, is an error of kind NotFound; an unknown kind, an end that is not after the
// beginning or is over already, a note of more than 500 characters, one of kind Invalid; absences in a tenant that has none
// (presence.absence), one of kind Forbidden.
func (e *Engine) AddAbsence(ctx context.Context, actor directory.Actor, a directory.Absence, o PersonOptions) (directory.Absence, error) {
	a.ID, a.Actor, a.Connection, a.EndedAt = store.NewID(), actorName(actor), "", nil
	err := e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		before, p, err := e.lockPerson(ctx, tx, p, a.Person, o)
		if err != nil {
			return err
		}
		if a.From.IsZero() {
			a.From = tx.Now()
		}
		a.From, a.Until = toMicros(a.From), toMicrosOrNil(a.Until)
		switch {
		case p.Setting("presence.absence") == "off":
			return directory.Errorf(directory.Forbidden, "this tenant has no absences (presence.absence)")
		case len(before.Absences) >= mostAbsences:
			return directory.Errorf(directory.TooMany, "this person has %d absences that are not over: end some of them", len(before.Absences))
		}
		if err := checkAbsence(a, tx.Now()); err != nil {
			return err
		}
		after := clone(before)
		after.Absences = append(after.Absences, a)
		plan := p.draft(before, after, false)
		plan.entered = append(plan.entered, a)
		return e.applyNew(ctx, tx, actor, plan, o.Reason)
	})
	return a, err
}

func toMicros(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func toMicrosOrNil(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	rounded := toMicros(*t)
	return &rounded
}

// checkAbsence says what is wrong with an absence.
func checkAbsence(a directory.Absence, now time.Time) error {
	switch {
	case a.Kind != directory.Holiday && a.Kind != directory.Sick && a.Kind != directory.Other:
		return directory.Errorf(directory.Invalid, "%q is no kind of absence; there are %s, %s and %s", a.Kind, directory.Holiday, directory.Sick, directory.Other)
	case a.Until != nil && !a.From.Before(*a.Until):
		return directory.Errorf(directory.Invalid, "an absence ends after it begins: until must be later than from")
	case a.Until != nil && !now.Before(*a.Until):
		return directory.Errorf(directory.Invalid, "this absence is over already: until must be in the future")
	case a.From.Year() > 9999 || a.From.Year() < 1970 || a.Until != nil && a.Until.Year() > 9999:
		return directory.Errorf(directory.Invalid, "an absence begins and ends between the years 1970 and 9999")
	case len([]rune(a.Note)) > longestNote:
		return directory.Errorf(directory.Invalid, "the note of an absence has at most %d characters", longestNote)
	}
	return nil
}

// EndAbsence ends a current absence now, and cancels a planned one. An absence that does not exist is an error of kind
// NotFound, one that is over already of kind Conflict, and one that a directory states of kind Forbidden, with the
// connection's name.
func (e *Engine) EndAbsence(ctx context.Context, actor directory.Actor, person, id string, o PersonOptions) error {
	return e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		before, p, err := e.lockPerson(ctx, tx, p, person, o)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(before.Absences, func(a directory.Absence) bool { return a.ID == id })
		if i < 0 {
			if _, err := tx.Absence(ctx, person, id); err != nil {
				return err
			}
			return directory.Errorf(directory.Conflict, "this absence is over already")
		}
		a := before.Absences[i]
		if a.Connection != "" {
			c, _ := p.connection(a.Connection) // one that was removed has no name
			return directory.Errorf(directory.Forbidden, "the connection %s states this absence: end it there", cmp.Or(c.Name, a.Connection))
		}
		after := clone(before)
		after.Absences = slices.Delete(after.Absences, i, i+1)
		plan := p.draft(before, after, false)
		plan.ended = append(plan.ended, a)
		return e.applyNew(ctx, tx, actor, plan, o.Reason)
	})
}

// statedAbsences are the absences that somebody's directories state in the attribute absence of our SCIM extension, of
// connections that list it in direct:, and that are not over. One that says nothing sensible states nothing.
func (p *policy) statedAbsences(x *store.Person, now time.Time) []directory.Absence {
	var out []directory.Absence
	for _, account := range x.Accounts {
		c, err := p.connection(account.Connection)
		if err != nil || !slices.Contains(c.Direct, "absence") {
			continue
		}
		ours, _ := overlaid(account.Attributes, x.Holds)[schema.RollcallURN].(map[string]any)
		values, many := ours["absence"].([]any)
		if !many {
			values = []any{ours["absence"]}
		}
		for _, v := range values {
			if a, ok := absenceOf(v); ok && checkAbsence(a, now) == nil && len(out) < mostAbsences {
				a.Person, a.Connection, a.Actor = x.ID, c.ID, string(directory.ActorConnection)+":"+c.ID
				out = append(out, a)
			}
		}
	}
	return out
}

// absenceOf reads one value of the attribute absence.
func absenceOf(value any) (directory.Absence, bool) {
	v, _ := value.(map[string]any)
	text := func(name string) string {
		s, _ := v[name].(string)
		return strings.TrimSpace(s)
	}
	a := directory.Absence{Kind: directory.AbsenceKind(strings.ToLower(cmp.Or(text("kind"), string(directory.Other)))), Note: text("note")}
	from, err := time.Parse(time.RFC3339Nano, text("from"))
	if err != nil {
		return a, false
	}
	a.From = toMicros(from)
	if text("until") == "" {
		return a, true
	}
	until, err := time.Parse(time.RFC3339Nano, text("until"))
	if err != nil {
		return a, false
	}
	until = toMicros(until)
	a.Until = &until
	return a, true
}

// absences brings what directories state of somebody's absences in line with what is recorded of them.
func (p *Plan) absences() {
	x := p.After
	var stated []directory.Absence
	if p.policy.Setting("presence.absence") != "off" && x.State != directory.Deprovisioned {
		stated = p.policy.statedAbsences(x, readAt(x))
	}
	alike := func(a directory.Absence) func(directory.Absence) bool {
		return func(b directory.Absence) bool {
			return a.Connection == b.Connection && a.Kind == b.Kind && a.Note == b.Note && a.From.Equal(b.From) &&
				(a.Until == nil) == (b.Until == nil) && (a.Until == nil || a.Until.Equal(*b.Until))
		}
	}
	x.Absences = slices.DeleteFunc(x.Absences, func(a directory.Absence) bool {
		over := a.Connection != "" && !slices.ContainsFunc(stated, alike(a))
		if over {
			p.ended = append(p.ended, a)
		}
		return over
	})
	for _, a := range stated {
		if !slices.ContainsFunc(x.Absences, alike(a)) {
			a.ID = store.NewID()
			p.entered, x.Absences = append(p.entered, a), append(x.Absences, a)
		}
	}
}

// readAt is the instant as of which somebody is looked at.
func readAt(x *store.Person) time.Time {
	switch {
	case !x.ReadAt.IsZero():
		return x.ReadAt
	case !x.ModifiedAt.IsZero():
		return x.ModifiedAt // a new person
	default:
		return time.Now()
	}
}

// absent returns the absence because of which somebody is away at the instant: the one that lasts longest. Where the
// tenant has no absences, nobody is.
func (p *policy) absent(x *store.Person, now time.Time) (directory.Absence, bool) {
	var longest directory.Absence
	found := false
	if p.Setting("presence.absence") == "off" {
		return longest, false
	}
	for _, a := range x.Absences {
		if a.Current(now) && (!found || longest.Until != nil && (a.Until == nil || a.Until.After(*longest.Until))) {
			longest, found = a, true
		}
	}
	return longest, found
}
