package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

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
