package provision

import (
	"cmp"
	"maps"
	"reflect"
	"slices"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// without are the accounts as they would be without the target: each attribute that still has the value that the target
// gave it, as stated or by an undo since, has the one of before. Touched are those, and moved what has another value.
func (x *reversal) without() (accounts []directory.Account, touched map[string]bool, moved map[string]any) {
	accounts, touched, moved = slices.Clone(x.after.Accounts), map[string]bool{}, map[string]any{}
	byField := func(a, b field) int {
		return cmp.Or(cmp.Compare(a.connection, b.connection), cmp.Compare(a.path, b.path))
	}
	for _, f := range slices.SortedFunc(maps.Keys(x.deed.fields), byField) {
		s := x.deed.fields[f]
		i := slices.IndexFunc(accounts, func(a directory.Account) bool { return a.Connection == f.connection })
		ref, err := attributePath(f.path)
		if i < 0 || err != nil || slices.Contains(x.stays, f.connection) {
			continue
		}
		a := &accounts[i]
		if slices.ContainsFunc(x.begun, func(b directory.Account) bool { return b.Connection == f.connection }) {
			touched[f.path] = true // it begins again as it was
			continue
		}
		stated, kept, undone := valueAt(a.Attributes, ref), any(nil), slices.IndexFunc(x.after.Holds, byUndoOf(ref))
		if undone >= 0 {
			kept = x.after.Holds[undone].Value
		}
		switch {
		case reflect.DeepEqual(stated, s.after), undone >= 0 && reflect.DeepEqual(kept, s.after):
			a.Attributes = withValue(a.Attributes, ref, s.before)
			touched[f.path] = true
			if f.path == "active" {
				active, stated := s.before.(bool)
				a.Active = active || !stated
			}
		case reflect.DeepEqual(stated, s.before), undone >= 0 && reflect.DeepEqual(kept, s.before), f.path == "active":
		default:
			moved[f.path] = s.before
		}
	}
	return accounts, touched, moved
}

// byUndoOf finds the hold that an undo placed on an attribute.
func byUndoOf(ref schema.Ref) func(directory.Hold) bool {
	return func(h directory.Hold) bool {
		held, ok := heldAttribute(h)
		return ok && held == ref && h.Run != ""
	}
}

// attributes keeps by holds what the person's document would say without the target.
func (x *reversal) attributes() {
	var touched map[string]bool
	var moved map[string]any
	x.accountsWithout, touched, moved = x.without()
	if len(x.accountsWithout) == 0 {
		return
	}
	others := slices.DeleteFunc(slices.Clone(x.after.Holds), func(h directory.Hold) bool {
		ref, ok := heldAttribute(h)
		return ok && h.Run != "" && touched[ref.String()]
	})
	wanted := leaves(x.p.effective(&store.Person{Accounts: x.accountsWithout, Holds: others}))
	now := leaves(x.p.effective(x.after))
	stated := leaves(x.p.effective(&store.Person{Accounts: x.after.Accounts, Holds: others}))
	paths := maps.Clone(now)
	maps.Copy(paths, wanted)
	delete(paths, "active") // that is the state
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if reflect.DeepEqual(now[path], wanted[path]) {
			continue
		}
		ref, err := attributePath(path)
		if err != nil {
			x.leave(path, "cannot be held")
			continue
		}
		x.release(byUndoOf(ref))
		switch {
		case reflect.DeepEqual(stated[path], wanted[path]):
		case wanted[path] == nil:
			x.hold("attribute:"+path, directory.Deny, nil)
		default:
			x.hold("attribute:"+path, directory.Keep, wanted[path])
		}
	}
	for _, path := range slices.Sorted(maps.Keys(moved)) {
		if !reflect.DeepEqual(wanted[path], moved[path]) {
			x.leave(path, sinceThen)
		}
	}
}

// holdState suspends or keeps by a hold, where what is stated would come to something else than before the target. What
// somebody else has stated since is not overridden.
func (x *reversal) holdState() {
	wanted := x.wantedState()
	if x.deed.state == nil || !x.touched || wanted == directory.Deprovisioned || len(x.after.Accounts) == 0 {
		return
	}
	suspend, effect, opposite := false, directory.Keep, directory.Deny
	if wanted == directory.Suspended {
		suspend, effect, opposite = true, directory.Deny, directory.Keep
	}
	ofState := func(h directory.Hold) bool { return h.Subject == "state" && h.Effect == opposite }
	x.release(func(h directory.Hold) bool { return ofState(h) && h.Run != "" }) // another undo's
	if is := x.draft().After.State; (is == directory.Suspended) == suspend || is == directory.Deprovisioned {
		return
	}
	since := func(a directory.Account) bool {
		is := x.before.Account(a.Connection)
		return a.Active == suspend && is != nil && is.ModifiedAt.After(x.deed.stateAt)
	}
	without := directory.Derive(x.p.leaver, x.p.inOrder(x.accountsWithout), len(x.after.Departed) > 0, x.after.Onboarded, x.after.Holds)
	switch {
	case slices.ContainsFunc(x.after.Holds, ofState) && !suspend:
		x.leave("state", "is held by an administrator")
	case (without == directory.Suspended) != suspend && slices.ContainsFunc(x.accountsWithout, since):
		x.leave("state", "is what others state by now")
	default:
		x.hold("state", effect, nil)
	}
}
