package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"rollcall/provision"
)

// explainCommand is "rollcall explain".
type explainCommand struct {
	User   string `arg:"" help:"An id, a display id, a userName or an e-mail."`
	Tenant string `required:"" placeholder:"T" help:"The tenant's key."`

	Permission string `placeholder:"P" help:"Why they have this permission, or why not; such as conversations.reply."`
	AgentGroup string `placeholder:"NAME" help:"With --permission: in this agent group, by its name or id."`
	Campaign   string `placeholder:"NAME" help:"With --permission: in this campaign, queue or strategy, by its name or id."`
	Of         string `placeholder:"USER" help:"With --permission: on what is this person's."`
}

// Run tells which rules hit somebody, which missed and why.
func (c *explainCommand) Run(ctx context.Context, p *program) error {
	if c.Permission == "" && c.AgentGroup+c.Campaign+c.Of != "" {
		return errors.New("--agent-group, --campaign and --of say upon what a permission is asked for: add --permission")
	}
	in, err := p.open(ctx, reading)
	if err != nil {
		return err
	}
	t, err := in.tenant(ctx, c.Tenant)
	if err != nil {
		return in.close(err)
	}
	if c.Permission != "" {
		return in.close(c.permission(ctx, p, in, t.ID))
	}
	x, err := in.engine.Explain(ctx, t.ID, c.User)
	switch {
	case err != nil:
	case p.json:
		err = p.print(x)
	default:
		w := bufio.NewWriter(p.stdout)
		err = showPerson(w, x.View)
		for _, r := range x.Rules {
			_, _ = fmt.Fprintln(w, ruleLine(r))
		}
		err = errors.Join(err, w.Flush())
	}
	return in.close(err)
}

func ruleLine(r provision.RuleExplanation) string {
	held := ""
	if r.HeldUntil != nil {
		held = "; the guard holds what it gave until " + r.HeldUntil.UTC().Format(time.RFC3339)
	}
	what := "rule " + plain(r.Rule)
	if r.Stated != "" {
		what = plain(r.Rule)
	}
	switch {
	case !r.Hit && r.Stated != "":
		return what + ": gives nothing: " + plain(r.Missed.Text)
	case !r.Hit:
		return what + ": missed: " + plain(r.Missed.Text) + held
	}
	line := what + ": hit"
	if r.Group != "" {
		line += " by group " + plain(r.Group)
	}
	if len(r.Path) > 1 {
		line += ", as a member of " + plain(strings.Join(r.Path, " ⊂ "))
	}
	if len(r.Yields) > 0 {
		line += ", gives " + plain(rights(r.Yields))
	}
	if r.Missed.Text != "" {
		line += " (" + plain(r.Missed.Text) + ")"
	}
	return line + held
}

// permission tells why somebody has a permission, or why not.
func (c *explainCommand) permission(ctx context.Context, p *program, in *installation, tenant string) error {
	a, err := in.engine.ExplainPermission(ctx, tenant, provision.Ask{
		Person: c.User, Permission: c.Permission, Owner: c.Of, AgentGroup: c.AgentGroup, Campaign: c.Campaign,
	})
	if err != nil {
		return err
	}
	if p.json {
		return p.print(a)
	}
	w := bufio.NewWriter(p.stdout)
	linef := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) } // the writer keeps its error
	if a.Allowed {
		linef("%s: allowed (%s)", a.Permission, a.Scope)
	} else {
		linef("%s: denied", a.Permission)
	}
	for _, s := range a.Chain {
		linef("  %s", plain(s.Text))
	}
	for _, r := range a.Origins {
		linef("%s %s", strings.ReplaceAll(string(r.Kind), "_", " "), plain(cmp.Or(r.Name, r.Target)))
		showOrigins(linef, r.Origins)
	}
	return w.Flush()
}
