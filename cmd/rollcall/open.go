package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/user"
	"time"

	"rollcall/admin"
	"rollcall/config"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// installation is the configuration and the database of one run, with the verbs over them.
type installation struct {
	config config.Config
	log    *slog.Logger
	db     *store.DB
	engine *provision.Engine
	admin  *admin.Admin
}

// purpose is what a command needs of the database.
type purpose int

const (
	reading  purpose = iota // it has to be there
	creating                // it is made and migrated where need be, with its key
	serving                 // the same, and a key there must be
	migrated                // it is made, without a key; the command migrates it itself
)

// configure reads the configuration and tells what is set without effect.
func (p *program) configure() (config.Config, error) {
	c, err := config.Load(p.config, p.asked, p.environ)
	if err != nil {
		return c, err
	}
	for _, w := range c.Warnings {
		p.sayf("rollcall: warning: %s", w)
	}
	return c, nil
}

// open reads the configuration, opens the database and says which one.
func (p *program) open(ctx context.Context, why purpose) (*installation, error) {
	c, err := p.configure()
	if err != nil {
		return nil, err
	}
	return p.openWith(ctx, c, why, p.logger(c, slog.LevelWarn), provision.Options{})
}

func (p *program) openWith(ctx context.Context, c config.Config, why purpose, log *slog.Logger, o provision.Options) (*installation, error) {
	keys, err := keysOf(ctx, c, why)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, c.Database, store.Options{Create: why != reading, Keys: keys})
	if err != nil {
		return nil, err
	}
	p.sayf("rollcall: database %s", db.Name())
	o.Log = log
	in := &installation{config: c, log: log, db: db, engine: provision.New(db, o)}
	in.admin = admin.New(db, in.engine, log)
	return in, nil
}

// migrate brings the schema to this version.
func (in *installation) migrate(ctx context.Context) error {
	steps, err := in.db.Migrate(ctx)
	if steps > 0 {
		in.log.InfoContext(ctx, "schema migrated", "steps", steps)
	}
	return err
}

// close ends the database's connections and joins what goes wrong with err.
func (in *installation) close(err error) error { return errors.Join(err, in.db.Close()) }

// tenant finds the tenant of a key.
func (in *installation) tenant(ctx context.Context, key string) (directory.Tenant, error) {
	return in.db.Ops().Tenant(ctx, key)
}

// logger returns the log on standard error, in UTC.
func (p *program) logger(c config.Config, level slog.Level) *slog.Logger {
	o := &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Value.Kind() == slog.KindTime {
			a.Value = slog.TimeValue(a.Value.Time().UTC().Round(0).Truncate(time.Microsecond))
		}
		return a
	}}
	if c.Log == "json" {
		return slog.New(slog.NewJSONHandler(p.stderr, o))
	}
	return slog.New(slog.NewTextHandler(p.stderr, o))
}

// operator is who runs a command, as the change log names them.
func operator() directory.Actor {
	name, host := "unknown", "localhost"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if h, err := os.Hostname(); err == nil {
		host = h
	}
	return directory.Actor{Kind: directory.ActorCLI, ID: name + "@" + host}
}
