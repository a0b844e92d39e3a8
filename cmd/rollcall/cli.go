package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// The exit statuses.
const (
	statusDone    = 0 // done, or nothing to do
	statusFailed  = 1
	statusChanges = 2 // a plan has changes, with --detailed-exitcode
	statusHeld    = 3 // a guard holds the plan
)

// grammar is the command line.
type grammar struct {
	Config string `help:"The configuration file." placeholder:"FILE" default:"rollcall.yaml"`
	JSON   bool   `name:"json" help:"Print one JSON document on standard output and nothing else."`

	Serve   serveCommand   `cmd:"" help:"Serve until SIGTERM, then drain."`
	Apply   applyCommand   `cmd:"" help:"Create or change a tenant to what its manifest says."`
	Export  exportCommand  `cmd:"" help:"Write a tenant as its manifest says it."`
	Token   tokenCommands  `cmd:"" help:"SCIM bearer tokens."`
	APIKey  apiKeyCommands `cmd:"" name:"apikey" help:"API keys: for automation, and to approve as a second person."`
	Login   loginCommand   `cmd:"" name:"login-link" help:"Break-glass: make a link that signs somebody in once, without a provider."`
	Users   usersCommands  `cmd:"" help:"The people of a tenant."`
	Explain explainCommand `cmd:"" help:"Tell why somebody has their rights, and why not others."`
	Sync    syncCommand    `cmd:"" help:"Read a directory now and apply what changed; decide what a guard holds; pause and resume."`
	Runs    runsCommands   `cmd:"" help:"What changed many people at once, and its undoing."`
	Migrate migrateCommand `cmd:"" help:"Bring the database's schema to this version."`
	Doctor  doctorCommand  `cmd:"" help:"Check configuration, database, clock, ledgers, connections and their directories."`
	Version versionCommand `cmd:"" help:"Show what was built."`
}

// program is one run of it.
type program struct {
	environ []string
	stdout  io.Writer
	stderr  io.Writer
	json    bool
	printed bool // standard output has a document, or its beginning
	config  string
	asked   bool // the configuration file was named
}

// run is the whole program: it returns the exit status. ctx ends when the program should stop.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) (status int) {
	p := &program{environ: environ, stdout: stdout, stderr: stderr}
	command, err := p.parse(ctx, args)
	if err == nil && command != nil {
		err = command.Run()
	}
	return p.finish(err)
}

// exited is how kong ends the program after --help.
type exited int

// parse reads the command line. Without an error and without a command there is nothing left to do.
func (p *program) parse(ctx context.Context, args []string) (command *kong.Context, err error) {
	var g grammar
	k, err := kong.New(
		&g, kong.Name("rollcall"), kong.Description("A SCIM 2.0 provisioning gateway for contact centres."), kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(code int) { panic(exited(code)) }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(p),
	)
	if err != nil {
		return nil, err
	}
	defer func() {
		switch fault := recover().(type) {
		case nil:
		case exited:
			command = nil
		default:
			panic(fault)
		}
	}()
	command, err = k.Parse(args)
	p.json = g.JSON || err != nil && slices.Contains(args, "--json") // a wrong command line may not have been read so far
	if err != nil {
		return nil, hinted(err, args)
	}
	p.config = g.Config
	for _, e := range command.Path {
		p.asked = p.asked || e.Flag != nil && e.Flag.Name == "config"
	}
	return command, nil
}

// hinted adds where to read on to an error about the command line.
func hinted(err error, args []string) error {
	if len(args) == 0 {
		return errors.New("no command; \"rollcall --help\" lists them")
	}
	if strings.Contains(err.Error(), "did you mean") {
		return err
	}
	return fmt.Errorf("%w; \"rollcall --help\" tells how", err)
}

// outcome is an error that is none: only an exit status.
type outcome int

func (o outcome) Error() string { return fmt.Sprintf("exit status %d", int(o)) }

// finish tells an error and returns the exit status.
func (p *program) finish(err error) int {
	if err == nil {
		return statusDone
	}
	if o, ok := errors.AsType[outcome](err); ok {
		return int(o)
	}
	_, _ = fmt.Fprintf(p.stderr, "rollcall: %s\n", err) // nowhere to tell that it cannot be told
	if p.json && !p.printed {
		_ = p.print(map[string]string{"error": err.Error()})
	}
	return statusFailed
}

// print writes the one JSON document.
func (p *program) print(v any) error {
	p.printed = true
	e := json.NewEncoder(p.stdout)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// sayf tells something on standard error.
func (p *program) sayf(format string, args ...any) {
	_, _ = fmt.Fprintf(p.stderr, format+"\n", args...)
}
