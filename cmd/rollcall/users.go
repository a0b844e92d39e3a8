package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"rollcall/provision"
)

// usersCommands are "rollcall users …".
type usersCommands struct {
	List usersList `cmd:"" help:"List everybody, deprovisioned people too."`
	Show usersShow `cmd:"" help:"Show one person: state, attributes, rights, and where each came from."`
}

type usersList struct {
	Tenant string `required:"" placeholder:"T" help:"The tenant's key."`
}

// Run lists the people as they are read.
func (c *usersList) Run(ctx context.Context, p *program) error {
	in, err := p.open(ctx, reading)
	if err != nil {
		return err
	}
	t, err := in.tenant(ctx, c.Tenant)
	switch {
	case err != nil:
	case p.json:
		l := p.list("users")
		if err = in.engine.Views(ctx, t.ID, func(v provision.View) error { return l.add(v) }); err == nil {
			err = l.end(struct{}{})
		}
	default:
		w := bufio.NewWriter(p.stdout)
		_, _ = fmt.Fprintf(w, "%-8s  %-40s  %-13s  %-30s  %s\n", "ID", "USERNAME", "STATE", "ROLES", "AGENT GROUPS")
		err = in.engine.Views(ctx, t.ID, func(v provision.View) error {
			_, err := fmt.Fprintf(w, "%-8s  %-40s  %-13s  %-30s  %s\n", v.DisplayID, plain(v.UserName), v.State, plain(roleKeys(v)), plain(groupNames(v)))
			return err
		})
		err = errors.Join(err, w.Flush())
	}
	return in.close(err)
}

func roleKeys(v provision.View) string {
	keys := make([]string, len(v.Roles))
	for i, r := range v.Roles {
		keys[i] = r.Key
	}
	return strings.Join(keys, ", ")
}

func groupNames(v provision.View) string {
	names := make([]string, len(v.AgentGroups))
	for i, g := range v.AgentGroups {
		if names[i] = g.Name; g.Kind != "user" {
			names[i] += " (" + string(g.Kind) + ")"
		}
	}
	return strings.Join(names, ", ")
}

type usersShow struct {
	User   string `arg:"" help:"An id, a display id, a userName or an e-mail."`
	Tenant string `required:"" placeholder:"T" help:"The tenant's key."`
}

// Run shows one person.
func (c *usersShow) Run(ctx context.Context, p *program) error {
	in, err := p.open(ctx, reading)
	if err != nil {
		return err
	}
	t, err := in.tenant(ctx, c.Tenant)
	if err != nil {
		return in.close(err)
	}
	v, err := in.engine.View(ctx, t.ID, c.User)
	switch {
	case err != nil:
	case p.json:
		err = p.print(v)
	default:
		w := bufio.NewWriter(p.stdout)
		err = errors.Join(showPerson(w, v), w.Flush())
	}
	return in.close(err)
}

// showPerson writes a person for people to read.
func showPerson(w io.Writer, v provision.View) error {
	linef := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) } // the writer keeps its error
	linef("%s  (%s, display id %s)", plain(v.UserName), v.ID, v.DisplayID)
	linef("state: %s", v.State)
	if v.Pending {
		linef("pending: rights are about to be evaluated")
	}
	if len(v.Incomplete) > 0 {
		linef("incomplete: %s", strings.Join(v.Incomplete, ", "))
	}
	linef("eligible: %t", v.Eligible)
	for _, r := range v.Roles {
		linef("role %s", plain(r.Key))
		showOrigins(linef, r.Origins)
	}
	for _, g := range v.AgentGroups {
		linef("agent group %s, as %s", plain(g.Name), g.Kind)
		showOrigins(linef, g.Origins)
	}
	for _, a := range v.Accounts {
		linef("account of %s: userName %s, externalId %s, active %t, changed %s",
			connectionName(a.Connection), plain(a.UserName), plain(a.ExternalID), a.Active, a.ModifiedAt.UTC().Format(time.RFC3339))
	}
	for _, h := range v.Holds {
		linef("hold %s: %s %s by %s: %s", h.ID, h.Effect, plain(h.Subject), plain(h.Actor), plain(h.Reason))
	}
	attributes, err := json.MarshalIndent(v.Attributes, "", "  ")
	if err != nil {
		return err
	}
	linef("attributes:")
	for line := range strings.Lines(string(attributes)) {
		linef("  %s", plain(strings.TrimSuffix(line, "\n")))
	}
	for _, path := range slices.Sorted(maps.Keys(v.Sources)) {
		linef("%s is from %s", plain(path), plain(v.Sources[path]))
	}
	return nil
}

func connectionName(name string) string {
	if name == "" {
		return "no connection"
	}
	return plain(name)
}

func showOrigins(linef func(string, ...any), origins []provision.OriginView) {
	for _, o := range origins {
		why := []string{strings.TrimSpace(string(o.Kind) + " " + plain(o.Rule))}
		for _, part := range [][2]string{{"by group", o.Group}, {"from", o.Connection}, {"by", o.Actor}} {
			if part[1] != "" {
				why = append(why, part[0]+" "+plain(part[1]))
			}
		}
		linef("  %s, since %s", strings.Join(why, ", "), o.At.UTC().Format(time.RFC3339))
		if o.HeldUntil != nil {
			linef("    held by the guard until %s: the group does not give it any more, and too many people would lose such rights at once", o.HeldUntil.UTC().Format(time.RFC3339))
		}
	}
}

// explainCommand is "rollcall explain".
type explainCommand struct {
	User   string `arg:"" help:"An id, a display id, a userName or an e-mail."`
	Tenant string `required:"" placeholder:"T" help:"The tenant's key."`
}

// Run tells which rules hit somebody, which missed and why.
func (c *explainCommand) Run(ctx context.Context, p *program) error {
	in, err := p.open(ctx, reading)
	if err != nil {
		return err
	}
	t, err := in.tenant(ctx, c.Tenant)
	if err != nil {
		return in.close(err)
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
		return what + ": gives nothing: " + plain(r.Missed)
	case !r.Hit:
		return what + ": missed: " + plain(r.Missed) + held
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
	if r.Missed != "" {
		line += " (" + plain(r.Missed) + ")"
	}
	return line + held
}
