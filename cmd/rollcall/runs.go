package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// runsCommands are "rollcall runs …".
type runsCommands struct {
	List runsList `cmd:"" help:"List what changed many people at once, or waits to: syncs, manifests, large pushes, bulk edits, undos; the newest first."`
	Show runsShow `cmd:"" help:"Show one run: who asked, how it went, and everybody whom it changed, before and after."`
	Undo runsUndo `cmd:"" help:"Undo a run, one change, or what a connection did in a window of time."`
}

// shownRun is a run as people and scripts see it.
type shownRun struct {
	ID           string                 `json:"id"`
	Kind         string                 `json:"kind"` // push | apply | sync | bulk | undo | offboard | release
	Status       string                 `json:"status"`
	Connection   string                 `json:"connection,omitempty"` // name
	By           string                 `json:"by"`
	ApprovedBy   string                 `json:"approved_by,omitempty"`
	Undoes       string                 `json:"undoes,omitempty"`
	Completeness directory.Completeness `json:"completeness"`
	Summary      store.Summary          `json:"summary"`
	Done         int64                  `json:"done"`
	Total        int64                  `json:"total"`
	CreatedAt    time.Time              `json:"created_at"`
	FinishedAt   *time.Time             `json:"finished_at,omitempty"`
	ExpiresAt    *time.Time             `json:"expires_at,omitempty"`
	Guard        directory.Messages     `json:"guard,omitempty"`
	Problems     []directory.Problem    `json:"problems"`
	More         int                    `json:"more_problems,omitempty"`
	Reading      *directory.Reading     `json:"reading,omitempty"`
}

// showRun makes a run fit to show. connections are their names by id.
func showRun(x store.Run, connections map[string]string) shownRun {
	out := shownRun{
		ID: x.ID, Kind: x.Kind, Status: x.Status, Connection: connections[x.Connection], By: string(x.Actor.Kind) + ":" + x.Actor.ID, ApprovedBy: x.ApprovedBy,
		Undoes: x.Undoes, Completeness: x.Completeness, Summary: x.Summary, Done: x.Done, Total: x.Total, CreatedAt: x.CreatedAt,
		Guard: x.Detail.Guard, Problems: x.Detail.Problems, More: x.Detail.More, Reading: x.Detail.Reading,
	}
	if x.Actor.Kind == directory.ActorConnection && connections[x.Actor.ID] != "" {
		out.By = string(x.Actor.Kind) + ":" + connections[x.Actor.ID]
	}
	if out.Problems == nil {
		out.Problems = []directory.Problem{}
	}
	if !x.FinishedAt.IsZero() {
		out.FinishedAt = &x.FinishedAt
	}
	if !x.ExpiresAt.IsZero() {
		out.ExpiresAt = &x.ExpiresAt
	}
	return out
}

// took is how long a run lasted, or that it has not ended.
func (x shownRun) took() string {
	if x.FinishedAt == nil {
		return "-"
	}
	return max(0, x.FinishedAt.Sub(x.CreatedAt)).Round(10 * time.Millisecond).String()
}

// connectionNames are the names of a tenant's connections by their ids.
func (in *installation) connectionNames(ctx context.Context, tenant string) (map[string]string, error) {
	c, err := in.db.Reader(tenant).Configuration(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, x := range c.Connections {
		names[x.ID] = x.Name
	}
	return names, nil
}

type runsList struct {
	Tenant     string `required:"" placeholder:"T" help:"The tenant's key."`
	Connection string `placeholder:"C" help:"Only of this connection."`
	Limit      int    `default:"50" help:"How many; 0 for all."`
}

// runsAtOnce is how many runs are read at once.
const runsAtOnce = 200

// Run lists runs as they are read.
func (c *runsList) Run(ctx context.Context, p *program) error {
	if c.Limit < 0 {
		return errors.New("--limit: must be a whole number from 0, which shows all")
	}
	in, err := p.open(ctx, reading)
	if err != nil {
		return err
	}
	t, err := in.tenant(ctx, c.Tenant)
	connection := ""
	if err == nil && c.Connection != "" {
		var x directory.Connection
		_, _, x, err = in.connection(ctx, c.Tenant, c.Connection)
		connection = x.ID
	}
	var names map[string]string
	if err == nil {
		names, err = in.connectionNames(ctx, t.ID)
	}
	if err != nil {
		return in.close(err)
	}
	if p.json {
		l := p.list("runs")
		if err = c.each(ctx, in, t.ID, connection, func(x store.Run) error { return l.add(showRun(x, names)) }); err == nil {
			err = l.end(struct{}{})
		}
		return in.close(err)
	}
	w := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "ID\tKIND\tSTATUS\tCONNECTION\tBEGAN\tTOOK\tBY\tWHAT")
	err = c.each(ctx, in, t.ID, connection, func(x store.Run) error {
		v := showRun(x, names)
		_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", v.ID, v.Kind, v.Status, plain(v.Connection), v.CreatedAt.UTC().Format("2006-01-02 15:04:05"),
			v.took(), plain(v.By), counted(v.Summary))
		return err
	})
	return in.close(errors.Join(err, w.Flush()))
}

func (c *runsList) each(ctx context.Context, in *installation, tenant, connection string, fn func(store.Run) error) error {
	before, left := "", c.Limit
	for {
		n := runsAtOnce
		if c.Limit > 0 {
			n = min(n, left)
		}
		page, err := in.db.Reader(tenant).Runs(ctx, store.RunFilter{Connection: connection}, before, n)
		if err != nil {
			return err
		}
		for _, x := range page {
			if err := fn(x); err != nil {
				return err
			}
			before = x.ID
		}
		if left -= len(page); len(page) < n || c.Limit > 0 && left <= 0 {
			return nil
		}
	}
}

type runsShow struct {
	ID     string `arg:"" help:"The run's id, as list shows it."`
	Tenant string `required:"" placeholder:"T" help:"The tenant's key."`
	IDs    bool   `name:"ids" help:"Show each change's id, by which it alone can be undone."`
}

// Run shows one run.
func (c *runsShow) Run(ctx context.Context, p *program) error {
	in, err := p.open(ctx, reading)
	if err != nil {
		return err
	}
	t, err := in.tenant(ctx, c.Tenant)
	if err != nil {
		return in.close(err)
	}
	run, err := in.db.Reader(t.ID).Run(ctx, c.ID)
	if err != nil {
		return in.close(err)
	}
	names, err := in.connectionNames(ctx, t.ID)
	if err != nil {
		return in.close(err)
	}
	v := showRun(run, names)
	if p.json {
		l := p.list("changes")
		if err = in.engine.RunLines(ctx, t.ID, run, func(x provision.SyncChange) error { return l.add(x) }); err == nil {
			err = l.end(v)
		}
		return in.close(err)
	}
	w := bufio.NewWriter(p.stdout)
	v.head(w)
	err = in.engine.RunLines(ctx, t.ID, run, func(x provision.SyncChange) error {
		line := syncLine(x)
		if c.IDs && x.ID != "" {
			line += " " + x.ID
		}
		_, err := fmt.Fprintln(w, line)
		return err
	})
	return in.close(errors.Join(err, w.Flush()))
}

// head writes what is true of the whole run.
func (x shownRun) head(w *bufio.Writer) {
	linef := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) } // the writer keeps its error
	what := x.Kind
	if x.Connection != "" {
		what += " of " + plain(x.Connection)
	}
	linef("%s  %s, %s", x.ID, what, x.Status)
	linef("began %s, took %s, by %s", x.CreatedAt.UTC().Format(time.RFC3339), x.took(), plain(x.By))
	if x.ApprovedBy != "" {
		linef("approved by %s", plain(x.ApprovedBy))
	}
	if x.Undoes != "" {
		linef("undoes %s", plain(x.Undoes))
	}
	if x.ExpiresAt != nil && x.Status == string(provision.SyncHeld) {
		linef("waits for approval until %s", x.ExpiresAt.UTC().Format(time.RFC3339))
	}
	if x.Reading != nil {
		linef("read from %s, %s, in %s: %s", plain(x.Reading.Server), x.Reading.Mode, x.Reading.Took.Round(time.Millisecond), x.Completeness)
	}
	linef("%s", counted(x.Summary))
	for _, why := range x.Guard {
		linef("! guard: %s", plain(why.Text))
	}
	for _, problem := range x.Problems {
		linef("! %s %s: %s", problem.Kind, plain(problem.Subject), plain(problem.Text))
		if problem.Fix != "" {
			linef("    %s", plain(problem.Fix))
		}
	}
	if x.More > 0 {
		linef("! %d more problems are not listed", x.More)
	}
}
