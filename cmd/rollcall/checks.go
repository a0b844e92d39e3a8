package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"rollcall/admin"
	"rollcall/connectors/ldap"
	"rollcall/directory"
	"rollcall/provision"
)

// migrateCommand is "rollcall migrate".
type migrateCommand struct{}

// Run brings the schema to this version.
func (c *migrateCommand) Run(ctx context.Context, p *program) error {
	in, err := p.open(ctx, migrated)
	if err != nil {
		return err
	}
	steps, err := in.db.Migrate(ctx)
	if err != nil {
		return in.close(err)
	}
	has, _, err := in.db.Schema(ctx)
	switch {
	case err != nil:
	case p.json:
		err = p.print(map[string]any{"version": has, "steps": steps})
	case steps == 0:
		p.sayf("rollcall: the schema is version %d already", has)
	default:
		p.sayf("rollcall: the schema is version %d, after %d steps", has, steps)
	}
	return in.close(err)
}

// doctorCommand is "rollcall doctor".
type doctorCommand struct {
	Head  string `placeholder:"H" help:"A ledger's head, as the log had it: prove that nothing before it was altered."`
	Quick bool   `help:"Leave the ledgers and the directories out: for health checks that run all the time."`

	Tenant     string `placeholder:"T" help:"Look at this tenant alone."`
	Connection string `placeholder:"C" help:"Look at this connection alone: with a directory, at its TLS, bind, bases, filters, indexes and mapping."`
}

// Run checks everything and fails when something is at fault.
func (c *doctorCommand) Run(ctx context.Context, p *program) error {
	cfg, err := p.configure()
	if err != nil {
		return err
	}
	in, err := p.openWith(ctx, cfg, reading, p.logger(cfg, slog.LevelWarn), provision.Options{})
	if err != nil {
		return err
	}
	if err := c.known(ctx, in); err != nil {
		return in.close(err)
	}
	bar := p.progress("changes verified")
	o := admin.DiagnoseOptions{
		Head: c.Head, Quick: c.Quick && c.Head == "", Tenant: c.Tenant, Connection: c.Connection, Examine: in.examine,
		Progress: func(_ string, done int64) { bar.set(int(done)) },
	}
	if strings.HasPrefix(cfg.Database, "postgres") {
		o.Clock = func(ctx context.Context) (time.Time, error) { return clockOf(ctx, cfg.Database) }
	}
	checks := in.admin.Diagnose(ctx, o)
	bar.end()
	faults := 0
	for _, x := range checks {
		if x.Level == admin.Fault {
			faults++
		}
	}
	if p.json {
		err = p.print(map[string]any{"ok": faults == 0, "checks": checks})
	} else {
		err = p.show(checks)
	}
	if faults > 0 {
		err = errors.Join(err, fmt.Errorf("faults found: %d", faults))
	}
	return in.close(err)
}

// known refuses a tenant or a connection that is not there. A database that cannot tell is for the checks to say.
func (c *doctorCommand) known(ctx context.Context, in *installation) error {
	switch {
	case c.Connection != "" && c.Tenant == "":
		return errors.New("--connection needs --tenant: names of connections are a tenant's own")
	case c.Head != "" && c.Connection != "":
		return errors.New("--head is about a whole ledger: it does not go with --connection")
	case c.Tenant == "":
		return nil
	}
	var err error
	if c.Connection == "" {
		_, err = in.tenant(ctx, c.Tenant)
	} else {
		_, _, _, err = in.connection(ctx, c.Tenant, c.Connection) //nolint:dogsled // only whether it is there
	}
	if directory.KindOf(err) == directory.Unavailable {
		err = nil
	}
	return err
}

// examine looks at the directory or the provider behind a connection.
func (in *installation) examine(ctx context.Context, tenant string, c directory.Connection) []admin.Check {
	if c.OIDC != nil {
		return in.examineProvider(ctx, tenant, c)
	}
	source, err := ldap.Open(*c.LDAP, in.reaching(tenant, c))
	if err != nil {
		return []admin.Check{{Check: "directory", Level: admin.Fault, Message: directory.MessageOf(err), Write: "mend the connection in the manifest, and apply it"}}
	}
	defer func() { _ = source.Close() }() // nothing was written
	var out []admin.Check
	for _, f := range source.Examine(ctx) {
		out = append(out, admin.Check{Check: f.Check, Level: admin.Level(f.Level), Message: f.Message, Write: f.Write})
	}
	return out
}

func (p *program) show(checks []admin.Check) error {
	for _, x := range checks {
		where := ""
		if x.Tenant != "" {
			where = plain(x.Tenant) + " "
		}
		if _, err := fmt.Fprintf(p.stdout, "%-7s  %s%s: %s\n", x.Level, where, x.Check, plain(x.Text)); err != nil {
			return err
		}
		if x.Head != "" {
			if _, err := fmt.Fprintf(p.stdout, "         %s\n", x.Head); err != nil {
				return err
			}
		}
		if x.Write != "" {
			if _, err := fmt.Fprintf(p.stdout, "         %s\n", plain(x.Write)); err != nil {
				return err
			}
		}
	}
	return nil
}

// clockOf asks PostgreSQL for its time.
func clockOf(ctx context.Context, dsn string) (at time.Time, err error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return at, errors.New("its address is not understood")
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&at)
	return at, err
}

// versionCommand is "rollcall version".
type versionCommand struct{}

// Run shows what was built, of what and with what.
func (c *versionCommand) Run(p *program) error {
	commit := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = s.Value
			}
		}
	}
	if p.json {
		return p.print(map[string]string{"version": version, "commit": commit, "go": runtime.Version()})
	}
	_, err := fmt.Fprintf(p.stdout, "rollcall %s %s\n", version, runtime.Version())
	return err
}
