package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rollcall/config"
	"rollcall/connectors/egress"
	"rollcall/connectors/ldap"
	"rollcall/directory"
	"rollcall/jobs"
	"rollcall/provision"
	"rollcall/scim/schema"
	"rollcall/store"
)

// syncCommand is "rollcall sync".
type syncCommand struct {
	Connection string   `arg:"" help:"The connection's name."`
	Tenant     string   `required:"" placeholder:"T" help:"The tenant's key."`
	Plan       bool     `xor:"do" help:"Only show who would change and why, and write nothing."`
	Approve    bool     `xor:"do" help:"Apply what the guard holds, exactly as it was shown; where it holds nothing, read and apply whatever it would hold."`
	Held       string   `name:"run" placeholder:"ID" help:"With --approve: the plan that was looked at; if another is held by now, nothing is done."`
	Except     []string `placeholder:"USER" help:"Leave these people as they are."`
	As         string   `placeholder:"KEY" env:"ROLLCALL_AS" help:"The API key of the second person who approves, where the tenant asks for one. The variable keeps it out of the list of processes."`
	Full       bool     `xor:"reading" help:"Read everything; so it is unless said otherwise."`
	Changes    bool     `xor:"reading" help:"Let the server tell what changed since the last reading, where it can."`
	Pause      bool     `xor:"do" help:"Stop: a directory is not read, and pushes are refused, until it is resumed."`
	Resume     bool     `xor:"do" help:"End a pause."`
	Discard    bool     `xor:"do" help:"Forget what the guard holds: the next sync plans anew; of pushes, people keep what was held."`

	DetailedExitcode bool `help:"With --plan: end with status 2 when there are changes."`
}

// Help tells what the flags together mean.
func (c *syncCommand) Help() string {
	return `Reads the connection's directory and applies what changed. Nobody leaves because a search failed, was cut short or came back empty.
When more people would lose something than the connection's guard lets pass, nothing is written: the plan is held, shown with everybody whom it
concerns, and the command ends with status 3. Look at it, then approve it with --approve, without some people by --except, or drop it with --discard.
Of a connection whose client pushes (kind scim) there is nothing to read; --approve and --discard decide what its guard holds.`
}

// Run syncs.
func (c *syncCommand) Run(ctx context.Context, p *program) error {
	if err := c.check(); err != nil {
		return err
	}
	in, err := p.open(ctx, reading)
	if err != nil {
		return err
	}
	s := &syncRun{syncCommand: c, program: p, in: in, actor: operator()}
	if s.tenant, s.config, s.connection, err = in.connection(ctx, c.Tenant, c.Connection); err != nil {
		return in.close(err)
	}
	s.actor.Tenant, s.actor.Connection = s.tenant.ID, s.connection.ID
	return in.close(s.run(ctx))
}

// check refuses flags that mean nothing together.
func (c *syncCommand) check() error {
	switch turn := c.Pause || c.Resume || c.Discard; {
	case turn && (len(c.Except) > 0 || c.Full || c.Changes || c.As != "" || c.Held != ""):
		return errors.New("--pause, --resume and --discard stand alone")
	case c.Held != "" && !c.Approve:
		return errors.New("--run says which plan is approved: it goes with --approve")
	case c.Plan && len(c.Except) > 0:
		return errors.New("--except leaves people out of what is applied: it does not go with --plan")
	}
	return beside(c.As, c.Approve, c.DetailedExitcode, c.Plan)
}

// connection finds a connection by the key of its tenant and its name.
func (in *installation) connection(ctx context.Context, tenant, name string) (directory.Tenant, *store.Configuration, directory.Connection, error) {
	t, err := in.tenant(ctx, tenant)
	if err != nil {
		return t, nil, directory.Connection{}, err
	}
	c, err := in.db.Reader(t.ID).Configuration(ctx)
	if err != nil {
		return t, nil, directory.Connection{}, err
	}
	i := slices.IndexFunc(c.Connections, func(x directory.Connection) bool { return schema.Fold(x.Name) == schema.Fold(name) })
	if i >= 0 {
		return t, c, c.Connections[i], nil
	}
	names := make([]string, len(c.Connections))
	for i, x := range c.Connections {
		names[i] = x.Name
	}
	return t, c, directory.Connection{}, fmt.Errorf("the tenant %q has no connection %q%s; it has %q", t.Key, name, config.DidYouMean(name, names), names)
}

// opener opens directories for syncs.
func (in *installation) opener() jobs.Opener {
	return func(_ context.Context, tenant string, c directory.Connection) (directory.Source, error) {
		o := in.reaching(tenant, c)
		o.Log = in.log
		return ldap.Open(*c.LDAP, o)
	}
}

// reaching says how a directory is reached: with the password that the database keeps, and, where the connection was not
// applied on this machine, within the networks that the operator allows.
func (in *installation) reaching(tenant string, c directory.Connection) ldap.Options {
	o := ldap.Options{Password: func(ctx context.Context) (string, error) { return in.db.Ops().ConnectionSecret(ctx, tenant, c.ID) }}
	if c.Guarded {
		o.Control = egress.Guard(in.config.Egress)
	}
	return o
}

// syncRun is one run of the command.
type syncRun struct {
	*syncCommand
	*program

	in         *installation
	actor      directory.Actor
	tenant     directory.Tenant
	config     *store.Configuration
	connection directory.Connection
}

func (s *syncRun) run(ctx context.Context) error {
	switch {
	case s.Pause:
		return s.turn(ctx, jobs.Pause, "paused", "is paused: nothing is read or written through it until \"--resume\"", "was paused already")
	case s.Resume:
		return s.turn(ctx, jobs.Resume, "resumed", "is resumed", "was not paused")
	case s.connection.Kind != directory.LDAP:
		return s.pushed(ctx)
	case s.Discard:
		return s.discard(ctx)
	}
	return s.sync(ctx)
}

// turn pauses or resumes.
func (s *syncRun) turn(ctx context.Context, to func(context.Context, *store.DB, directory.Actor, directory.Connection) (bool, error), key, done, already string) error {
	changed, err := to(ctx, s.in.db, s.actor, s.connection)
	switch {
	case err != nil:
	case s.json:
		err = s.print(map[string]any{"connection": s.connection.Name, key: changed})
	case changed:
		s.sayf("rollcall: connection %s %s", s.connection.Name, done)
	default:
		s.sayf("rollcall: connection %s %s", s.connection.Name, already)
	}
	return err
}

// discard drops the held plan.
func (s *syncRun) discard(ctx context.Context) error {
	source, err := s.in.db.Reader(s.tenant.ID).Source(ctx, s.connection.ID)
	if err == nil && source.HeldRun != "" {
		err = s.in.engine.Discard(ctx, s.actor, source.HeldRun)
	}
	switch {
	case err != nil:
	case s.json:
		err = s.print(map[string]any{"connection": s.connection.Name, "run": source.HeldRun, "discarded": source.HeldRun != ""})
	case source.HeldRun == "":
		s.sayf("rollcall: nothing of connection %s is held", s.connection.Name)
	default:
		s.sayf("rollcall: the plan %s is discarded; the next sync plans anew", source.HeldRun)
	}
	return err
}

// sync reads, plans and applies.
func (s *syncRun) sync(ctx context.Context) error {
	request := jobs.SyncRequest{Tenant: s.tenant.ID, Connection: s.connection.ID, Actor: s.actor, Plan: s.Plan, Run: s.Held}
	request.Full, request.Approve = !s.Changes, s.Approve
	var err error
	if request.Except, err = s.people(ctx); err != nil {
		return err
	}
	if s.Approve {
		if request.Actor, err = s.approver(ctx); err != nil {
			return err
		}
	}
	out := s.syncReport(s.tenant.Key, s.connection.Name)
	bars := s.phases(out.flush)
	request.Each = func(c provision.SyncChange) error {
		bars.clear()
		return out.change(c)
	}
	request.Progress = bars.show
	result, err := jobs.Sync(ctx, s.in.db, s.in.engine, s.in.opener(), request)
	bars.clear()
	if result.Status == provision.SyncHeld || s.Plan && len(result.Guard) > 0 {
		out.approve, out.discard = s.approval(result.Run), s.command("--discard")
	}
	return errors.Join(out.end(result, err), verdict(result, err, s.Plan && s.DetailedExitcode))
}

// verdict is the exit status of what was done. What failed on our side is an error by itself.
func verdict(r provision.SyncResult, failed error, detailed bool) error {
	switch incomplete := r.Status == provision.SyncFailed || r.Completeness != directory.Complete; {
	case failed != nil:
		return failed
	case r.Status == provision.SyncHeld:
		return outcome(statusHeld)
	case incomplete:
		return outcome(statusFailed)
	case detailed && r.Status == provision.SyncPlanned:
		return outcome(statusChanges)
	}
	return nil
}

// people finds whom --except names: by id where somebody is known, else as they are, for the plan to know.
func (s *syncRun) people(ctx context.Context) ([]string, error) {
	var out []string
	for _, name := range s.Except {
		ids, err := s.in.db.Reader(s.tenant.ID).PeopleNamed(ctx, name)
		if err != nil {
			return nil, err
		}
		switch len(ids) {
		case 0:
			out = append(out, name)
		case 1:
			out = append(out, ids[0])
		default:
			return nil, fmt.Errorf("more than one person fits %q: name one of the ids %q", name, ids)
		}
	}
	return out, nil
}

// approver is who approves: the operator, or the second person where the tenant asks for one.
func (s *syncRun) approver(ctx context.Context) (directory.Actor, error) {
	var asked []directory.Actor
	r := s.in.db.Reader(s.tenant.ID)
	source, err := r.Source(ctx, s.connection.ID)
	if err != nil {
		return s.actor, err
	}
	if source.HeldRun != "" {
		run, err := r.Run(ctx, source.HeldRun)
		if err != nil {
			return s.actor, err
		}
		asked = append(asked, run.Actor)
	}
	actor, err := s.in.admin.Approver(ctx, s.tenant.ID, s.As, s.actor, asked...)
	actor.Connection = s.connection.ID
	return actor, err
}

// approval is the command that approves a plan.
func (s *syncRun) approval(run string) string {
	flags := []string{"--approve"}
	if run != "" {
		flags = append(flags, "--run", run)
	}
	if s.config.Setting("approvals") == "second_person" {
		flags = append(flags, "--as", "KEY")
	}
	return s.command(flags...)
}

// command is this command with flags, to be pasted.
func (s *syncRun) command(flags ...string) string {
	return fmt.Sprintf("rollcall sync %s --tenant %s %s", jobs.ShellWord(s.connection.Name), jobs.ShellWord(s.tenant.Key), strings.Join(flags, " "))
}
