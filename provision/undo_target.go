package provision

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// UndoTarget names what is undone: a run, one change of a person, or everything that a connection did in a window of time.
type UndoTarget struct {
	Run    string // id
	Change string // id
	// Connection is an id; Since and Until bound the window, the second one excluded. A zero Until is now.
	Connection   string
	Since, Until time.Time

	called string // the connection's name
}

// name is how runs and holds call the target.
func (t UndoTarget) name() string {
	switch {
	case t.Run != "":
		return "run " + t.Run
	case t.Change != "":
		return "change " + t.Change
	}
	return fmt.Sprintf("connection %s from %s until %s", t.called, t.Since.UTC().Format(time.RFC3339), t.Until.UTC().Format(time.RFC3339))
}

// find checks the target and says which changes are its own.
func (u *undo) find(ctx context.Context, reader store.Reader) error {
	t := &u.target
	named := 0
	for _, x := range []string{t.Run, t.Change, t.Connection} {
		if x != "" {
			named++
		}
	}
	switch {
	case named != 1:
		return directory.Errorf(directory.Invalid, "an undo needs one of a run, a change, or a connection with a window of time")
	case t.Run != "":
		run, err := reader.Run(ctx, t.Run)
		if err != nil {
			return err
		}
		u.result.Connection = run.Connection
		u.selection = store.Selection{Run: run.ID, Since: run.CreatedAt, Until: run.FinishedAt}
		return nil
	case t.Change != "":
		c, err := reader.Change(ctx, t.Change)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(c.Subject, "person:") {
			return directory.Errorf(directory.Invalid, "change %s is of %s: only what was done to people is undone; name the run, or the connection and when", t.Change, c.Subject)
		}
		u.result.Connection = c.Actor.Connection
		u.selection = store.Selection{Change: c.ID}
		return u.handsNothingOver(ctx, reader, c)
	}
	c, err := reader.Configuration(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(c.Connections, func(o directory.Connection) bool { return o.ID == t.Connection })
	if i < 0 {
		return directory.Errorf(directory.NotFound, "there is no connection %q", t.Connection)
	}
	t.called = c.Connections[i].Name
	if t.Until.IsZero() {
		t.Until = time.Now()
	}
	if t.Since.IsZero() || !t.Since.Before(t.Until) {
		return directory.Errorf(directory.Invalid, "undoing what a connection did needs the time from which on, before the time until which")
	}
	u.result.Connection = t.Connection
	u.selection = store.Selection{Connection: t.Connection, Since: t.Since, Until: t.Until}
	return nil
}

// handsNothingOver refuses a change that is one side of a transfer of the ownership: undone alone it would leave the tenant
// with two owners, or with none.
func (u *undo) handsNothingOver(ctx context.Context, reader store.Reader, c directory.Change) error {
	config, err := reader.Configuration(ctx)
	if err != nil || c.Action != "user.entitled" {
		return err
	}
	p := policy{Configuration: config}
	if slices.ContainsFunc(c.Grants, func(g directory.GrantChange) bool {
		return g.Kind == string(directory.RoleEntitlement) && p.ownersRole(g.Target)
	}) {
		return directory.Errorf(directory.Invalid, "change %s handed the ownership over, which is not undone: transfer the ownership back", c.ID)
	}
	return nil
}
