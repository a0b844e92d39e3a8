package provision

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// deed is what a target did to one person: its changes folded into one, the newest first.
type deed struct {
	in      map[string]bool // ids of the changes
	state   *step           // of the state; nil where it was not touched. Before the person was there it is ""
	stateAt time.Time       // when it was last touched
	fields  map[field]*step // what accounts state, by their smallest attributes
	erased  bool            // of some changes nothing is left to read
}

// field is one attribute of one connection's account.
type field struct{ connection, path string }

// step is a value before and after. Where somebody else changed it in between, before is what they had made of it.
type step struct {
	before, after any
	broken        bool
}

// back goes on to an older change of the same thing.
func (s *step) back(before, after any) {
	switch {
	case s.broken:
	case reflect.DeepEqual(s.before, after):
		s.before = before
	default:
		s.broken = true
	}
}

// fold reads a person's changes, the newest first.
func fold(changes []directory.Change, past *store.Past) (*deed, error) {
	d := &deed{in: map[string]bool{}, fields: map[field]*step{}}
	for _, c := range changes {
		d.in[c.ID] = true
	}
	for _, c := range changes {
		if c.Erased {
			d.erased = true
			continue
		}
		before, err := facts(c.Before)
		if err != nil {
			return nil, err
		}
		after, err := facts(c.After)
		if err != nil {
			return nil, err
		}
		d.take(c, before, after, past)
	}
	return d, nil
}

func (d *deed) take(c directory.Change, before, after map[string]any, past *store.Past) {
	keys := maps.Clone(before)
	maps.Copy(keys, after)
	for key := range keys {
		switch key {
		case "groups", "holds", "seat", "seat_pool", "seat_until": // rows tell more
			continue
		case statusKey, absencesKey, standingKey: // how somebody is present is not undone, or follows
			continue
		case "connection": // whose the account is, is not undone
			continue
		case "state":
			was, _ := before[key].(string)
			is, _ := after[key].(string)
			if d.state == nil {
				d.state, d.stateAt = &step{before: was, after: is}, c.At
			} else {
				d.state.back(was, is)
			}
			continue
		}
		connection, name := statedBy(c, key, past)
		if name == "externalId" {
			continue // how two sides know each other is not undone
		}
		was, is := leavesOf(name, before[key]), leavesOf(name, after[key])
		paths := maps.Clone(was)
		maps.Copy(paths, is)
		for path := range paths {
			if reflect.DeepEqual(was[path], is[path]) {
				continue
			}
			f := field{connection, path}
			if d.fields[f] == nil {
				d.fields[f] = &step{before: was[path], after: is[path]}
			} else {
				d.fields[f].back(was[path], is[path])
			}
		}
	}
}

// facts reads one side of a change.
func facts(side json.RawMessage) (map[string]any, error) {
	if len(side) == 0 {
		return map[string]any{}, nil
	}
	out, err := schema.Decode(side)
	if err != nil {
		return nil, fmt.Errorf("provision: stored change: %w", err)
	}
	return out, nil
}

func leavesOf(name string, value any) map[string]any {
	if value == nil {
		return map[string]any{}
	}
	return leaves(map[string]any{name: value})
}

// statedBy tells whose account a key of a change is about: the one before the slash, or, of somebody who had just one,
// that.
func statedBy(c directory.Change, key string, past *store.Past) (connection, name string) {
	if before, after, ok := strings.Cut(key, "/"); ok && !strings.HasPrefix(key, "urn:") {
		return before, after
	}
	any, own := "", false
	for _, a := range past.Accounts {
		if a.BeganBy == c.ID || a.EndedBy == c.ID {
			return a.Connection, key
		}
		any, own = a.Connection, own || a.Connection == c.Actor.Connection
	}
	if own {
		return c.Actor.Connection, key
	}
	return any, key
}
