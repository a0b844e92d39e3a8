package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rollcall/directory"
	"rollcall/jobs"
	"rollcall/provision"
)

// instantFlag is an instant of the command line: RFC 3339, a day, or how long ago.
type instantFlag struct{ time.Time }

// UnmarshalText reads 2006-01-02T15:04:05Z, 2006-01-02, or a duration such as 2h or 1d.
func (i *instantFlag) UnmarshalText(text []byte) error {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", time.DateOnly} {
		if at, err := time.Parse(layout, string(text)); err == nil {
			i.Time = at
			return nil
		}
	}
	ago, err := directory.ParseDuration(string(text))
	if err != nil || ago <= 0 {
		return errors.New("must be an instant such as 2006-01-02T15:04:05Z, a day such as 2006-01-02 (UTC), or how long ago, such as 2h or 1d")
	}
	i.Time = time.Now().Add(-ago)
	return nil
}

type runsUndo struct {
	ID         string       `arg:"" optional:"" help:"The id of a run, or of one change, as list and show --ids tell it."`
	Tenant     string       `required:"" placeholder:"T" help:"The tenant's key."`
	Connection string       `placeholder:"C" help:"Undo what this connection did, from --since until --until."`
	Since      *instantFlag `placeholder:"T" help:"From when: 2006-01-02T15:04:05Z, a day, or how long ago, such as 2h."`
	Until      *instantFlag `placeholder:"T" help:"Until when; now unless given."`
	Plan       bool         `xor:"do" help:"Only show what would be undone, and what would be left as it is."`
	Approve    bool         `xor:"do" help:"Undo although more people would lose something than the guard lets pass."`
	As         string       `placeholder:"KEY" env:"ROLLCALL_AS" help:"The API key of the second person who approves, where the tenant asks for one. The variable keeps it out of the list of processes."`

	DetailedExitcode bool `help:"With --plan: end with status 2 when there are changes."`
}

// Help tells what an undo is.
func (c *runsUndo) Help() string {
	return `What still has the value that was set goes back to what it was before; what has changed since is left as it is, and named.
Where a directory goes on saying what is undone, holds keep it undone until the directory changes its statement. An undo is a run of its own.`
}

// Run undoes.
func (c *runsUndo) Run(ctx context.Context, p *program) error {
	window := c.Connection != "" || c.Since != nil || c.Until != nil
	switch {
	case (c.ID != "") == window:
		return errors.New("undo one thing: the id of a run or a change, or a window with --connection and --since")
	case window && (c.Connection == "" || c.Since == nil):
		return errors.New("a window of time needs --connection and --since")
	}
	if err := beside(c.As, c.Approve, c.DetailedExitcode, c.Plan); err != nil {
		return err
	}
	in, err := p.open(ctx, reading)
	if err != nil {
		return err
	}
	return in.close(c.undo(ctx, p, in))
}

func (c *runsUndo) undo(ctx context.Context, p *program, in *installation) error {
	t, err := in.tenant(ctx, c.Tenant)
	if err != nil {
		return err
	}
	actor := operator()
	actor.Tenant = t.ID
	target, name, err := c.target(ctx, in, t)
	if err != nil {
		return err
	}
	if c.Approve {
		if actor, err = in.admin.Approver(ctx, t.ID, c.As, actor); err != nil {
			return err
		}
	}
	out := p.syncReport(t.Key, name)
	bars := p.phases(out.flush)
	out.nothing = "nothing is left of it to undo"
	o := provision.SyncOptions{Approve: c.Approve, Progress: bars.show, Each: func(x provision.SyncChange) error {
		bars.clear()
		return out.change(x)
	}}
	var result provision.SyncResult
	if c.Plan {
		result, err = in.engine.PlanUndo(ctx, actor, target, o)
	} else {
		err = jobs.Alone(ctx, in.db.Ops(), t.ID, func(ctx context.Context) (err error) {
			result, err = in.engine.ApplyUndo(ctx, actor, target, o)
			return err
		})
	}
	bars.clear()
	names, namesErr := in.connectionNames(ctx, t.ID)
	result.Connection = names[result.Connection]
	if result.Status == provision.SyncHeld || len(result.Guard) > 0 && c.Plan {
		out.approve = c.command(t.Key)
	}
	return errors.Join(namesErr, out.end(result, err), verdict(result, err, c.Plan && c.DetailedExitcode))
}

// target finds what is undone.
func (c *runsUndo) target(ctx context.Context, in *installation, t directory.Tenant) (target provision.UndoTarget, name string, err error) {
	if c.Connection != "" {
		_, _, x, err := in.connection(ctx, c.Tenant, c.Connection)
		if err != nil {
			return target, "", err
		}
		target.Connection, target.Since = x.ID, c.Since.Time
		if c.Until != nil {
			target.Until = c.Until.Time
		}
		return target, "undoing what " + x.Name + " did", nil
	}
	_, err = in.db.Reader(t.ID).Run(ctx, c.ID)
	switch {
	case err == nil:
		target.Run = c.ID
		return target, "undoing run " + c.ID, nil
	case directory.KindOf(err) != directory.NotFound:
		return target, "", err
	}
	if _, err = in.db.Reader(t.ID).Change(ctx, c.ID); directory.KindOf(err) == directory.NotFound {
		err = fmt.Errorf("there is neither a run nor a change %q; \"rollcall runs list --tenant %s\" lists runs", c.ID, t.Key)
	}
	target.Change = c.ID
	return target, "undoing change " + c.ID, err
}

// command is this command, to be pasted, with the approval.
func (c *runsUndo) command(tenant string) string {
	what := jobs.ShellWord(c.ID)
	if c.ID == "" {
		what = "--connection " + jobs.ShellWord(c.Connection) + " --since " + c.Since.UTC().Format(time.RFC3339)
		if c.Until != nil {
			what += " --until " + c.Until.UTC().Format(time.RFC3339)
		}
	}
	return fmt.Sprintf("rollcall runs undo %s --tenant %s --approve", what, jobs.ShellWord(tenant))
}
