package provision

import (
	"context"
	"maps"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// found is what is looked up once for everybody in a batch.
type found struct {
	agentGroups map[string]directory.WorkGroup
	belonging   map[string][]store.Membership // of sets of groups, joined by commas
	taken       map[string]string             // names that accounts would begin with again → why they cannot
}

// lookAtAccounts ends those that the target began, and finds those that it ended.
func (x *reversal) lookAtAccounts() {
	x.after = clone(x.before)
	byConnection := map[string][]store.PastAccount{}
	for _, a := range x.past.Accounts {
		byConnection[a.Connection] = append(byConnection[a.Connection], a)
	}
	departed := slices.Clone(x.after.Departed)
	for _, c := range slices.Sorted(maps.Keys(byConnection)) {
		rows := byConnection[c] // the oldest first
		last := rows[len(rows)-1]
		before := slices.IndexFunc(rows, func(a store.PastAccount) bool { return x.deed.in[a.EndedBy] && !x.deed.in[a.BeganBy] })
		comes := last.EndedBy == "" && x.deed.in[last.BeganBy] && before < 0
		switch {
		case comes && !x.touched:
			x.stays = append(x.stays, c)
		case !x.touched:
		case comes:
			x.ended = append(x.ended, c)
			x.after.Accounts = slices.DeleteFunc(x.after.Accounts, func(a directory.Account) bool { return a.Connection == c })
			if x.departed(rows) {
				departed = append(departed, c)
			}
		case last.EndedBy != "" && before >= 0 && !x.deed.in[last.EndedBy]:
			x.leave("state", sinceThen)
		case last.EndedBy != "" && before >= 0:
			a := rows[before]
			a.Account = x.asBefore(a.Account)
			a.Version, a.ModifiedAt = last.Version+1, x.now
			x.back = append(x.back, a)
		}
	}
	x.after.Departed = departed
}

// departed reports whether the person had left a connection before the target, by the accounts that they had there. Who
// was kept then as nobody's did not leave, and nobody leaves where nobody owned them.
func (x *reversal) departed(rows []store.PastAccount) bool {
	for _, a := range slices.Backward(rows) {
		if !x.deed.in[a.BeganBy] {
			return a.Connection != "" && !slices.ContainsFunc(x.past.Accounts, func(o store.PastAccount) bool { return o.Connection == "" && o.BeganBy == a.EndedBy })
		}
	}
	return false
}

// asBefore is an account that the target ended as it was before the target.
func (x *reversal) asBefore(a directory.Account) directory.Account {
	for f, s := range x.deed.fields {
		if f.connection != a.Connection {
			continue
		}
		if ref, err := attributePath(f.path); err == nil && (s.before != nil || f.path != "userName") {
			a.Attributes = withValue(a.Attributes, ref, s.before)
		}
	}
	if name, _ := a.Attributes["userName"].(string); name != "" {
		a.UserName = name
	}
	active, stated := a.Attributes["active"].(bool)
	a.Active = active || !stated
	return a
}

// restoreAccounts begins those again that the target ended, with the groups that ended with them and still live.
func (x *reversal) restoreAccounts() {
	for _, a := range x.back {
		if why := x.found.claim(a.Account); why != "" {
			x.leave("state", why)
			continue
		}
		x.begun = append(x.begun, a.Account)
		x.after.Accounts = append(x.after.Accounts, a.Account)
		x.after.Departed = slices.DeleteFunc(x.after.Departed, func(c string) bool { return c == a.Connection })
		for _, m := range x.past.Memberships {
			if m.EndedBy != "" && m.EndedBy == a.EndedBy && !isMember(x.before, m.Group) && !slices.Contains(x.joined, m.Group) {
				x.joined = append(x.joined, m.Group)
			}
		}
	}
}

// accountNames are an account's that must be unique in its connection.
func accountNames(a directory.Account) map[string]string {
	out := map[string]string{a.Connection + "/userName/" + schema.Fold(a.UserName): "userName"}
	if a.Key != "" {
		out[a.Connection+"/externalId/"+a.Key] = "externalId"
	}
	return out
}

// claim takes an account's names for somebody in the batch, or says who has them.
func (f *found) claim(a directory.Account) string {
	names := accountNames(a)
	for name := range names {
		if why := f.taken[name]; why != "" {
			return why
		}
	}
	for name, attribute := range names {
		f.taken[name] = "cannot be restored: somebody else has the " + attribute + " now"
	}
	return ""
}

// look finds which names of accounts that may begin again somebody else has by now.
func (f *found) look(ctx context.Context, r store.Reader, batch []*reversal) error {
	byConnection := map[string][]directory.Account{}
	for _, x := range batch {
		for _, a := range x.back {
			byConnection[a.Connection] = append(byConnection[a.Connection], a.Account)
		}
	}
	for connection, accounts := range byConnection {
		wanted := make([]store.Wanted, len(accounts))
		for i, a := range accounts {
			wanted[i] = store.Wanted{Key: a.Key, UserName: a.UserName}
		}
		lists, err := r.CandidatesOf(ctx, connection, wanted)
		if err != nil {
			return err
		}
		for i, list := range lists {
			for _, c := range list {
				if c.Connection != connection || !c.EndedAt.IsZero() || c.Person == accounts[i].Person {
					continue
				}
				for name, attribute := range accountNames(accounts[i]) {
					if c.ByKey == (attribute == "externalId") {
						f.taken[name] = "cannot be restored: somebody else has the " + attribute + " now"
					}
				}
			}
		}
	}
	return nil
}

// groups takes people whose account ends out of its groups, and works out what the groups mean that are left or restored.
func (x *reversal) groups(ctx context.Context) error {
	direct := slices.Clone(x.joined)
	for _, m := range x.past.Memberships {
		switch {
		case m.EndedBy != "":
		case len(x.ended) > 0 && len(x.after.Accounts) == 0, m.Connection != "" && slices.Contains(x.ended, m.Connection):
			x.left = append(x.left, m.Group) // with an account that is left nobody is a member
		default:
			direct = append(direct, m.Group)
		}
	}
	if len(x.left)+len(x.joined) == 0 {
		return nil
	}
	slices.Sort(x.left)
	slices.Sort(direct)
	key := strings.Join(direct, ",")
	memberships, known := x.found.belonging[key]
	if !known {
		var err error
		if memberships, err = x.r.Belonging(ctx, direct); err != nil {
			return err
		}
		x.found.belonging[key] = memberships
	}
	x.after.Memberships = slices.Clone(memberships)
	return nil
}
