package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// PastView is what somebody had at an instant: who had what, when. Names are those of today.
type PastView struct {
	ID          string            `json:"id"`
	DisplayID   string            `json:"display_id"`
	UserName    string            `json:"user_name"` // today's
	At          time.Time         `json:"at"`
	Sequence    int64             `json:"seq,omitempty"` // the place in the ledger that was asked for
	State       *directory.State  `json:"state"`         // nil: what it was is erased
	Status      *string           `json:"status"`
	Accounts    []PastAccountView `json:"accounts"`
	Memberships []PastGroupView   `json:"memberships"`
	Rights      []PastRightView   `json:"rights"`
	Holds       []HoldView        `json:"holds"`
}

// PastAccountView is an account that somebody had.
type PastAccountView struct {
	Connection string `json:"connection"` // "" for a person whom no connection owned
	ExternalID string `json:"external_id"`
	UserName   string `json:"user_name"` // the last one that it had
}

// PastGroupView is a directory group that somebody was a direct member of.
type PastGroupView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// PastRightView is a right that somebody had, by one of its origins.
type PastRightView struct {
	Kind   directory.EntitlementKind `json:"kind"`
	ID     string                    `json:"id"` // or its key; of an option role:option
	Name   string                    `json:"name"`
	As     directory.MembershipKind  `json:"as,omitempty"` // of an agent group: the kind of membership
	Origin OriginView                `json:"origin"`
}

// PastHolderView is somebody who had a right at an instant.
type PastHolderView struct {
	ID          string          `json:"id"`
	DisplayID   string          `json:"display_id"`
	UserName    string          `json:"user_name"`
	DisplayName string          `json:"display_name"`
	Rights      []PastRightView `json:"rights"` // the right, once for each origin that gave it
}

// PastHolders is a page of those who had a right.
type PastHolders struct {
	People []PastHolderView
	Next   string // "" on the last page
}

// instant fills in the time of a place.
func instantOf(ctx context.Context, reader store.Reader, at store.Instant) (store.Instant, error) {
	switch {
	case at.Place < 0:
		return at, directory.Errorf(directory.Invalid, "places in the ledger are counted from 1")
	case at.Place > 0:
		return reader.InstantOf(ctx, at.Place)
	case at.Time.IsZero():
		return at, directory.Errorf(directory.Invalid, "say when: a time, or a place in the ledger")
	}
	return at, nil
}

// ViewAt tells what somebody had at an instant: their state, accounts, directory groups, holds, and each right with its
// reason. user is as for [Engine.View]. Somebody who was not there yet is an error of kind NotFound.
func (e *Engine) ViewAt(ctx context.Context, tenant, user string, at store.Instant) (PastView, error) {
	reader := e.db.Reader(tenant)
	at, err := instantOf(ctx, reader, at)
	if err != nil {
		return PastView{}, err
	}
	x, n, err := e.find(ctx, tenant, user)
	if err != nil {
		return PastView{}, err
	}
	v := PastView{
		ID: x.ID, DisplayID: strconv.FormatInt(x.DisplayID, 10), UserName: x.UserName, At: at.Time, Sequence: at.Place,
		Accounts: []PastAccountView{}, Memberships: []PastGroupView{}, Rights: []PastRightView{}, Holds: []HoldView{},
	}
	if v.State, err = stateAt(ctx, reader, x, at); err != nil {
		return v, err
	}
	then, err := reader.PersonAt(ctx, x.ID, at)
	if err != nil {
		return v, err
	}
	if n.groups, err = reader.NamesOfGroups(ctx, slices.Concat(then.Groups, originGroups(then.Grants))); err != nil {
		return v, err
	}
	if then.Status != "" {
		v.Status = &then.Status
	}
	for _, a := range then.Accounts {
		v.Accounts = append(v.Accounts, PastAccountView{n.connections[a.Connection], a.ExternalID, a.UserName})
	}
	for _, id := range then.Groups {
		v.Memberships = append(v.Memberships, PastGroupView{id, n.groups[id]})
	}
	for _, g := range then.Grants {
		v.Rights = append(v.Rights, n.pastRight(g))
	}
	for _, h := range then.Holds {
		v.Holds = append(v.Holds, HoldView{h.ID, h.Subject, h.Effect, n.actorName(h.Actor), nil, "", h.Reason, h.Until})
	}
	slices.SortFunc(v.Accounts, func(a, b PastAccountView) int { return strings.Compare(a.Connection, b.Connection) })
	slices.SortFunc(v.Memberships, func(a, b PastGroupView) int { return strings.Compare(schema.Fold(a.Name), schema.Fold(b.Name)) })
	slices.SortStableFunc(v.Rights, func(a, b PastRightView) int {
		kinds := directory.EntitlementKinds()
		if by := slices.Index(kinds, a.Kind) - slices.Index(kinds, b.Kind); by != 0 {
			return by
		}
		return strings.Compare(schema.Fold(a.Name), schema.Fold(b.Name))
	})
	return v, nil
}

// pastRight tells a right in names.
func (n *names) pastRight(g directory.Grant) PastRightView {
	v := PastRightView{Kind: g.Kind, ID: g.Target, Name: n.target(g), As: g.Membership, Origin: n.origin(g.Origin)}
	switch g.Kind {
	case directory.OptionEntitlement:
		v.Name = n.option(g.Target)
	case directory.RoleEntitlement:
		if r, ok := n.policy.role(g.Target); ok {
			v.Name = r.Name
		}
	default:
	}
	return v
}

// originGroups are the directory groups through which rights came.
func originGroups(grants []directory.Grant) (ids []string) {
	for _, g := range grants {
		ids = append(ids, g.Origin.Group)
	}
	return ids
}

// changesBack is how many changes of a person are read at once, going back.
const changesBack = 200

// stateAt goes back from somebody's state through what changed it since; nil where that is erased.
func stateAt(ctx context.Context, reader store.Reader, x *store.Person, at store.Instant) (*directory.State, error) {
	state, known, last := x.State, true, ""
	for {
		page, err := reader.ChangesBefore(ctx, "person:"+x.ID, last, changesBack)
		if err != nil {
			return nil, err
		}
		for _, c := range page {
			last = c.ID
			if !at.Before(c) {
				continue
			}
			if c.Action == "user.created" {
				return nil, directory.Errorf(directory.NotFound, "this person was not there yet: they were created at %s", c.At.Format(time.RFC3339))
			}
			var before struct{ State directory.State }
			if c.Before != nil {
				if err := json.Unmarshal(c.Before, &before); err != nil {
					return nil, fmt.Errorf("provision: change %s: %w", c.ID, err)
				}
			}
			switch {
			case c.Erased:
				known = false
			case before.State != "":
				state, known = before.State, true
			}
		}
		if len(page) < changesBack {
			break
		}
	}
	if !known {
		return nil, nil //nolint:nilnil // nobody can tell any more, which is no error
	}
	return &state, nil
}

// HoldersAt tells who had a right at an instant: up to limit people whose ids follow after. What can be named by an id can
// be named by its name; what the tenant has no longer, by its id or key. What the tenant does not have and nobody had then
// is an error of kind NotFound.
func (e *Engine) HoldersAt(ctx context.Context, tenant string, right directory.Entitlement, at store.Instant, after string, limit int) (PastHolders, error) {
	reader := e.db.Reader(tenant)
	var out PastHolders
	at, err := instantOf(ctx, reader, at)
	if err != nil {
		return out, err
	}
	if !slices.Contains(directory.EntitlementKinds(), right.Kind) {
		return out, directory.Errorf(directory.Invalid, "%q is no kind of right; there are %q", right.Kind, directory.EntitlementKinds())
	}
	c, err := reader.Configuration(ctx)
	if err != nil {
		return out, err
	}
	n := wording(&policy{Configuration: c, decisions: decisions(c.Connections)})
	known, unknown := n.policy.named(directory.Entitlement{Kind: right.Kind, Target: right.Target})
	if unknown == nil {
		right.Target = known.Target
	}
	found, err := reader.HoldersAt(ctx, right, at, after, limit+1)
	switch {
	case err != nil:
		return out, err
	case len(found) == 0 && after == "" && unknown != nil:
		return out, directory.Errorf(directory.NotFound, "%w; and nobody had one of that id then", unknown)
	}
	var ids []string
	var grants []directory.Grant
	for _, x := range found {
		if len(ids) == 0 || ids[len(ids)-1] != x.Person {
			ids = append(ids, x.Person)
		}
		grants = append(grants, x.Grant)
	}
	if len(ids) > limit {
		ids, out.Next = ids[:limit], ids[limit-1]
	}
	if n.groups, err = reader.NamesOfGroups(ctx, originGroups(grants)); err != nil {
		return out, err
	}
	people, err := reader.People(ctx, ids...)
	if err != nil {
		return out, err
	}
	for _, x := range people {
		v := PastHolderView{ID: x.ID, DisplayID: strconv.FormatInt(x.DisplayID, 10), UserName: x.UserName, DisplayName: displayName(attributesOf(x), x.UserName)}
		for _, h := range found {
			if h.Person == x.ID {
				v.Rights = append(v.Rights, n.pastRight(h.Grant))
			}
		}
		out.People = append(out.People, v)
	}
	return out, nil
}
