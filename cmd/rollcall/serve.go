package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"rollcall/api"
	"rollcall/config"
	"rollcall/jobs"
	"rollcall/provision"
	"rollcall/scim"
)

// serveCommand is "rollcall serve".
type serveCommand struct {
	Demo bool `help:"On a loopback address only: create the tenant demo and print a token, an API key and commands to try."`
}

// drainFor is how long requests may take to finish after SIGTERM. Orchestrators commonly wait 30 s before they kill.
const drainFor = 25 * time.Second

// gateway is a running server with all that it is made of.
type gateway struct {
	*installation

	metrics  *metrics
	scim     *scim.Handler
	ready    *readiness
	main     net.Listener
	servers  []*http.Server
	failed   chan error
	jobs     sync.WaitGroup
	stopJobs context.CancelFunc
}

// Run serves until ctx ends, then drains.
func (c *serveCommand) Run(ctx context.Context, p *program) (err error) {
	cfg, err := p.configure()
	if err != nil {
		return err
	}
	if c.Demo {
		if err := mayDemonstrate(cfg.Listen); err != nil {
			return err
		}
	}
	unlock, err := lockDatabase(cfg.Database)
	if err != nil {
		return err
	}
	defer unlock()
	committed := make(chan struct{}, 1)
	m := newMetrics()
	in, err := p.openWith(ctx, cfg, serving, p.logger(cfg, slog.LevelInfo), provision.Options{Held: m.syncs.heldPeople, Observe: func(plan *provision.Plan) {
		m.plan(plan)
		select {
		case committed <- struct{}{}:
		default:
		}
	}})
	if err != nil {
		return err
	}
	defer func() { err = in.close(err) }()
	if err := in.migrate(ctx); err != nil {
		return err
	}
	m.watch(in)
	g := &gateway{installation: in, metrics: m, ready: &readiness{db: in.db}, failed: make(chan error, 2)}
	if g.main, err = listen(ctx, cfg.Listen, "listen"); err != nil {
		return err
	}
	defer func() { _ = g.main.Close() }() // closed by the server already, unless something failed before
	if c.Demo {
		g.config.BaseURL = demoURL(cfg, g.main)
	}
	if err := g.start(ctx); err != nil {
		return errors.Join(err, g.drain(ctx))
	}
	g.work(ctx, committed)
	if err := p.welcome(ctx, g, c.Demo); err != nil {
		return errors.Join(err, g.drain(ctx))
	}
	select {
	case <-ctx.Done():
		g.log.InfoContext(ctx, "draining", "for", drainFor)
	case err = <-g.failed:
	}
	return errors.Join(err, g.drain(ctx))
}

func listen(ctx context.Context, address, key string) (net.Listener, error) {
	var l net.ListenConfig
	on, err := l.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen: %w; choose another address with %s", err, key)
	}
	return on, nil
}

// start begins to answer requests.
func (g *gateway) start(ctx context.Context) error {
	certificate, err := newCertificate(g.config.TLSCert, g.config.TLSKey)
	if err != nil {
		return err
	}
	g.scim = scim.New(g.db, g.engine, scim.Options{BaseURL: g.config.BaseURL, Log: g.log, Observe: g.metrics.request})
	s := g.server(g.handler(ctx))
	if certificate != nil {
		s.TLSConfig = certificate.config()
	}
	g.serve(s, g.main)
	if g.config.MetricsListen == "" {
		return nil
	}
	l, err := listen(ctx, g.config.MetricsListen, "metrics_listen")
	if err != nil {
		return err
	}
	g.serve(g.server(g.metricsAlone()), l)
	return nil
}

// server bounds everything that a client could draw out.
func (g *gateway) server(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 5 * time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(g.log.Handler(), slog.LevelWarn),
	}
}

func (g *gateway) serve(s *http.Server, l net.Listener) {
	g.servers = append(g.servers, s)
	go func() {
		var err error
		if s.TLSConfig != nil {
			err = s.ServeTLS(l, "", "")
		} else {
			err = s.Serve(l)
		}
		if !errors.Is(err, http.ErrServerClosed) {
			g.failed <- fmt.Errorf("the server stopped: %w", err)
		}
	}()
}

// work starts the jobs.
func (g *gateway) work(ctx context.Context, committed <-chan struct{}) {
	ctx, g.stopJobs = context.WithCancel(context.WithoutCancel(ctx)) // they end after the last request
	g.jobs.Go(func() {
		jobs.Run(ctx, g.db, g.engine, jobs.Options{
			Committed: committed, Log: g.log, Observe: g.metrics.job, Open: g.opener(), Synced: g.metrics.syncs.synced,
		})
	})
}

// drain stops in order: no new requests, the last answers, the jobs, what is still to be noted.
func (g *gateway) drain(ctx context.Context) error {
	g.ready.stop()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainFor)
	defer cancel()
	var errs []error
	for _, s := range g.servers {
		if err := s.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("requests were still running after %s and were cut off", drainFor), s.Close())
		}
	}
	if g.stopJobs != nil {
		g.stopJobs()
	}
	g.jobs.Wait()
	if g.scim != nil {
		errs = append(errs, g.scim.Close(ctx))
	}
	return errors.Join(errs...)
}

// served is what serve says when it has begun.
type served struct {
	SCIM     string   `json:"scim"` // the base URL to enter at the identity provider
	API      string   `json:"api"`  // the base URL of the REST API; its pages are at /docs below
	Console  string   `json:"console"`
	Listen   string   `json:"listen"` // the address that the gateway listens on
	Database string   `json:"database"`
	Tenant   string   `json:"tenant,omitempty"`
	Token    string   `json:"token,omitempty"`
	APIKey   string   `json:"api_key,omitempty"`
	SignIn   string   `json:"sign_in,omitempty"` // signs in at the console, once
	Try      []string `json:"try,omitempty"`
}

// welcome tells where the gateway is, and with a demonstration how to try it.
func (p *program) welcome(ctx context.Context, g *gateway, demo bool) error {
	s := served{SCIM: g.config.BaseURL + scim.Root, API: g.config.BaseURL + api.Root, Console: g.config.BaseURL + "/", Listen: g.main.Addr().String(), Database: g.db.Name()}
	if demo {
		if err := g.demonstrate(ctx, &s); err != nil {
			return err
		}
	}
	if p.json {
		return p.print(s)
	}
	_, err := fmt.Fprint(p.stdout, s.text(demo))
	return err
}

// text is the welcome for people.
func (s served) text(demo bool) string {
	lines := []string{
		"Rollcall serves SCIM 2.0, a REST API and its console.", "",
		"  console   " + s.Console, "  SCIM      " + s.SCIM, "  REST API  " + s.API + "  (its pages: " + s.API + "/docs)", "  listening " + s.Listen, "  database  " + s.Database,
	}
	if demo {
		lines = append(lines, "  tenant    "+s.Tenant, "  token     "+s.Token+"  (until the next start)", "  API key   "+s.APIKey+"  (until the next start)", "")
		lines = append(lines, "Sign in at the console by this link, once and within 15 minutes (\"rollcall login-link --tenant demo\" makes another):", "", s.SignIn, "")
		lines = append(lines, "To sign in with your own identity provider, add a connection of kind oidc: docs/guides/sso.md.", "")
		lines = append(lines, "Try, in another terminal:", "")
		lines = append(lines, s.Try...)
	} else {
		lines = append(lines, "", "A token for an identity provider: rollcall token create --tenant T --connection C", "A key for the REST API: rollcall apikey create --tenant T --name N", "A way into the console without a provider: rollcall login-link --tenant T")
	}
	return strings.Join(lines, "\n") + "\n\n"
}

// isDefault reports whether the base URL was left as it is without a configuration.
func isDefault(c config.Config) bool { return c.BaseURL == "http://localhost:8080" }
