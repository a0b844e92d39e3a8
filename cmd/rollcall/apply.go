package main

import (
	"context"
	"errors"
	"log/slog"

	"rollcall/admin"
	"rollcall/config"
	"rollcall/provision"
)

// applyCommand is "rollcall apply".
type applyCommand struct {
	File             string `short:"f" required:"" placeholder:"FILE" help:"The tenant's manifest."`
	Plan             bool   `xor:"do" help:"Only show what would change, by person, and write nothing."`
	Approve          bool   `xor:"do" help:"Apply what the guard would hold."`
	As               string `placeholder:"KEY" env:"ROLLCALL_AS" help:"The API key of the second person who approves, where the tenant asks for one. The variable keeps it out of the list of processes."`
	DetailedExitcode bool   `help:"With --plan: end with status 2 when there are changes."`
}

// beside refuses flags that mean something only beside another one, which is missing.
func beside(as string, approve, detailed, plan bool) error {
	switch {
	case as != "" && !approve:
		return errors.New("--as says who approves: it goes with --approve")
	case detailed && !plan:
		return errors.New("--detailed-exitcode tells by the status whether a plan has changes: it goes with --plan")
	}
	return nil
}

// Run applies a manifest, or shows what it would do.
func (c *applyCommand) Run(ctx context.Context, p *program) error {
	if err := beside(c.As, c.Approve, c.DetailedExitcode, c.Plan); err != nil {
		return err
	}
	spec, specErr := config.LoadManifest(c.File)
	cfg, err := p.configure()
	if err = errors.Join(specErr, err); err != nil {
		return err
	}
	why := creating
	if c.Plan {
		why = reading
	}
	in, err := p.openWith(ctx, cfg, why, p.logger(cfg, slog.LevelWarn), provision.Options{})
	if err != nil {
		return err
	}
	if !c.Plan {
		if err := in.migrate(ctx); err != nil {
			return in.close(err)
		}
	}
	out := p.report(spec.Tenant)
	o := admin.Options{
		Approve: c.Approve, As: c.As, Differ: out.differences, Each: out.change,
		Waiting: func() { p.sayf("rollcall: another run is being applied to %s; waiting for it", spec.Tenant) },
	}
	var result admin.Result
	if c.Plan {
		result, err = in.admin.Plan(ctx, spec, o)
	} else {
		bar := p.progress("people evaluated")
		o.Progress = bar.set
		result, err = in.admin.Apply(ctx, operator(), spec, o)
		bar.end()
	}
	err = errors.Join(err, out.end(result, err))
	if err == nil && result.Status == admin.Held {
		err = outcome(statusHeld)
	}
	if err == nil && c.Plan && c.DetailedExitcode && result.Status == admin.Planned {
		err = outcome(statusChanges)
	}
	return in.close(err)
}
