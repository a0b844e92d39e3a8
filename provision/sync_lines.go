package provision

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/store"
)

// The phases in which the lines of a plan are applied: groups come to be, then people change, those first who lose
// something, then what only the next reading needs to know, then groups go.
const (
	groupsBegin int64 = iota
	peopleLose
	peopleChange
	quietly
	groupsEnd
)

// syncLine is one line of a plan: what will be written, and how it is told.
type syncLine struct {
	Phase   int64
	Change  *SyncChange        `json:",omitempty"` // nil for lines that change nothing that anybody sees
	Person  *personLine        `json:",omitempty"`
	Group   *groupLine         `json:",omitempty"`
	Entry   *store.SourceEntry `json:",omitempty"` // as it will be; of a person or a group with the rest of the line
	Ordinal int64              `json:"-"`          // of a stored line
}

// personLine is what becomes of one person.
type personLine struct {
	ID        string
	Stamp     string            // of the person when it was planned; "" for somebody new
	Situation situation         // of somebody whose account begins
	Begins    bool              // an account begins
	Ends      bool              // the account ends
	Account   *lineAccount      `json:",omitempty"` // as it will be; nil where it stays
	Joined    []string          `json:",omitempty"` // groups of the connection
	Left      []string          `json:",omitempty"`
	Arrived   []arrival         `json:",omitempty"` // whom groups awaited
	Restored  []directory.Grant `json:",omitempty"` // rights that people had given and that come back
}

// lineAccount is an account as a plan keeps it.
type lineAccount struct {
	ExternalID string
	Attributes json.RawMessage
}

type arrival struct{ Group, Name string }

// groupLine is what becomes of one group.
type groupLine struct {
	ID         string
	External   string
	Attributes json.RawMessage `json:",omitempty"`
	Fresh      bool            // it comes to be
	Changed    bool            // its own attributes change
	Enters     []string        `json:",omitempty"` // groups that it is put into
	Leaves     []string        `json:",omitempty"`
	Awaits     []string        `json:",omitempty"` // members whom nobody is known by
	Forgets    bool            // whom it awaited before
	Ends       bool
}

func (s *survey) line(ctx context.Context, phase int64, x syncLine) error {
	x.Phase = phase
	b, err := json.Marshal(x)
	if err != nil {
		return fmt.Errorf("provision: plan: %w", err)
	}
	return s.scratch.AddLine(ctx, phase, b)
}

// subject names what a line is about.
func (l *syncLine) subject() string {
	switch {
	case l.Person != nil:
		return "person:" + l.Person.ID
	case l.Group != nil:
		return "group:" + l.Group.ID
	case l.Entry != nil:
		return "entry:" + l.Entry.ID
	}
	return "plan"
}

// stamp tells whether somebody is still as they were when a plan was made: their accounts, direct groups, rights, holds.
// What follows from groups around their groups is not in it, because the plan itself may change that first.
func stamp(x *store.Person) string {
	if x == nil {
		return ""
	}
	var parts []string
	for _, a := range x.Accounts {
		parts = append(parts, fmt.Sprintf("a %s %d", a.Connection, a.Version))
	}
	for _, c := range x.Departed {
		parts = append(parts, "d "+c)
	}
	for _, m := range x.Memberships {
		if m.Direct {
			parts = append(parts, "m "+m.Group)
		}
	}
	for _, g := range x.Grants {
		parts = append(parts, fmt.Sprintf("g %s %s %s %s %s %t", g.Kind, g.Target, g.Origin.Kind, g.Origin.Rule, g.Origin.Group, g.HeldUntil != nil))
	}
	for _, h := range x.Holds {
		parts = append(parts, "h "+h.ID)
	}
	slices.Sort(parts)
	h := sha256.New()
	_, _ = io.WriteString(h, string(x.State)+"\n"+strings.Join(parts, "\n")) // a hash takes everything
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// tell writes a person's plan as a line that people read.
func (n *names) tell(p *Plan, connection, why string) *SyncChange {
	line := p.line(n)
	c := &SyncChange{User: line.User, UserName: line.UserName, Change: syncWord(p.action()), Gained: line.Gained, Lost: line.Lost, Reason: why, Fields: []string{}}
	fields := map[string]bool{}
	before, after := p.difference()
	for _, key := range slices.Sorted(maps.Keys(merged(before, after))) {
		name := strings.TrimPrefix(key, connection+"/")
		if strings.Contains(name, "/") || untold(name, c.Change) {
			continue // what another connection states, or goes without saying
		}
		was, is := before[key], after[key]
		if name == "groups" {
			was, is = n.groupNames(p.Left), n.groupNames(p.Joined)
		}
		if c.Change == "deprovisioned" && name != "state" && name != "seat" {
			continue // all that they had goes
		}
		fields[seatField(name)] = true
		if c.Change != "created" || name == "groups" || name == "seat" {
			c.Values = append(c.Values, FieldChange{name, was, is})
		}
	}
	for _, r := range slices.Concat(c.Gained, c.Lost) {
		fields[rightField(r)] = true
	}
	for _, list := range [][]RightChange{c.Gained, c.Lost} {
		for i := range list {
			list[i].Group = n.group(list[i].Group)
		}
	}
	c.Fields = slices.AppendSeq(c.Fields, maps.Keys(fields))
	slices.Sort(c.Fields)
	if line.Reason != "" {
		if c.Reason != "" {
			c.Reason += "; "
		}
		c.Reason += line.Reason
	}
	return c
}

func rightField(r RightChange) string {
	return directory.EntitlementKind(r.Kind).Field()
}

func merged(a, b map[string]any) map[string]any {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// groupNames are the names of groups, as far as they are known.
func (n *names) groupNames(ids []string) any {
	if len(ids) == 0 {
		return nil
	}
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = n.group(id)
	}
	slices.Sort(out)
	return out
}

func (n *names) group(id string) string {
	if name := n.groups[id]; name != "" {
		return name
	}
	return id
}

// syncWord is how a plan of a sync says what the log calls by its events.
func syncWord(action string) string {
	switch action {
	case "user.activated", "user.restored":
		return "reactivated"
	}
	return strings.TrimPrefix(action, "user.")
}
