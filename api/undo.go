package api

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/jobs"
	"rollcall/provision"
	"rollcall/store"
)

// errEnough ends a walk whose rest nobody asked for.
var errEnough = errors.New("enough")

// numberCursor and textCursor are cursors of lists whose past does not change: how many lines were told.
func numberCursor(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	n, parsed := strconv.Atoi(string(b))
	if err != nil || parsed != nil || n < 0 {
		return 0, directory.Errorf(directory.Invalid, "the cursor is not one of this list: begin again without it")
	}
	return n, nil
}

func textCursor(n int) string { return base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(n))) }

// told collects lines for an answer.
type told struct {
	lines []provision.SyncChange
	more  int
}

func (t *told) each(x provision.SyncChange) error {
	if len(t.lines) < toldLines {
		t.lines = append(t.lines, x)
	} else {
		t.more++
	}
	return nil
}

func registerUndo(h *Handler) {
	register(h, operation{
		id: "undo", method: http.MethodPost, path: "/runs/undo", tag: "runs", summary: "Undo a run, a change, or what a connection did", permission: "console.runs.undo",
		within: changeTime, problems: []string{"conflict", "forbidden", "held", "not-found", "stale"},
		doc: "Without confirm=true it answers the plan and nothing is written. With the version of that plan it is refused (412) where the configuration has moved since. What still has the value that was set goes back to what it was before; what has changed since is left as it is, and named. Where a directory goes on saying what is undone, holds keep it undone. An undo is a run of its own. What gives somebody a permission of privileged risk that the key lacks needs approve=true.",
	}, func(ctx context.Context, c *call, in *struct {
		Confirming
		Body undoing
	},
	) (*struct{ Body undone }, error) {
		target, err := c.undoTarget(ctx, in.Body)
		if err != nil {
			return nil, err
		}
		actor, err := c.approver(ctx, in.Approve && in.Confirm, in.Second)
		if err != nil {
			return nil, err
		}
		lines := told{lines: []provision.SyncChange{}}
		var out undone
		o := provision.SyncOptions{Approve: in.Approve, Version: in.Version, Each: lines.each}
		if in.Confirm && !in.Approve { // who may approve may give back what was somebody's, whatever it is
			config, err := c.current(ctx)
			if err != nil {
				return nil, err
			}
			m := modelOf(config)
			o.Each = func(x provision.SyncChange) error {
				if err := c.givesBack(config, m, x); err != nil {
					return err
				}
				return lines.each(x)
			}
		}
		if in.Confirm {
			err = jobs.Alone(ctx, h.db.Ops(), c.config.Tenant.ID, func(ctx context.Context) (err error) {
				out.SyncResult, err = h.engine.ApplyUndo(ctx, actor, target, o)
				return err
			})
		} else {
			out.SyncResult, err = h.engine.PlanUndo(ctx, actor, target, o)
		}
		switch {
		case err != nil:
			return nil, err
		case out.Status == provision.SyncHeld:
			return nil, c.held(out.Guard)
		}
		config, err := c.current(ctx)
		if err != nil {
			return nil, err
		}
		out.Connection = connectionName(config, out.Connection)
		out.Changes, out.More = lines.lines, lines.more
		return &struct{ Body undone }{out}, nil
	})
}

// givesBack refuses a line by which somebody would get a right that administers more than the key may.
func (c *call) givesBack(config *store.Configuration, m *access.Model, x provision.SyncChange) error {
	for _, r := range x.Gained {
		e := directory.Entitlement{Kind: directory.EntitlementKind(r.Kind), Target: r.Target}
		if !administers(e.Kind) {
			continue
		}
		if key := c.beyond(given(config, m, e), forPeople); key != "" {
			return c.more(key, directory.Say("%s would get the %s %s back, which has", x.UserName, r.Kind, quote(r.Target)))
		}
	}
	return nil
}

// undoTarget reads what is to be undone.
func (c *call) undoTarget(ctx context.Context, in undoing) (provision.UndoTarget, error) {
	out := provision.UndoTarget{Run: in.Run, Change: in.Change}
	if in.Connection == "" {
		if in.Since != nil || in.Until != nil {
			return out, c.invalid("body.since", "a window of time goes with a connection")
		}
		return out, nil
	}
	if in.Since == nil {
		return out, c.invalid("body.since", "undoing what a connection did needs the time from which on")
	}
	x, err := c.connectionNamed(ctx, in.Connection)
	out.Connection, out.Since = x.ID, *in.Since
	if in.Until != nil {
		out.Until = *in.Until
	}
	return out, err
}
