package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"rollcall/directory"
)

// tokenCommands are "rollcall token …".
type tokenCommands struct {
	Create tokenCreate `cmd:"" help:"Make a token for a connection. It is shown once."`
	List   tokenList   `cmd:"" help:"List tokens, without their secrets."`
	Revoke tokenRevoke `cmd:"" help:"End a token; every replica refuses it within seconds."`
}

// lifetime is a duration that may be in days.
type lifetime time.Duration

// UnmarshalText reads 365d, 36h or 0.
func (l *lifetime) UnmarshalText(text []byte) error {
	d, err := directory.ParseDuration(string(text))
	if err != nil {
		return errors.New("must be a duration such as 365d or 36h, or 0 for ever")
	}
	*l = lifetime(d)
	return nil
}

type tokenCreate struct {
	Tenant     string    `required:"" placeholder:"T" help:"The tenant's key."`
	Connection string    `required:"" placeholder:"C" help:"The connection's name."`
	Expires    *lifetime `placeholder:"365d" help:"How long it lives; 0 for ever. The tenant's setting token.expires unless given."`
}

// Run makes a token and shows it.
func (c *tokenCreate) Run(ctx context.Context, p *program) error {
	in, err := p.open(ctx, reading)
	if err != nil {
		return err
	}
	t, err := in.admin.CreateToken(ctx, operator(), c.Tenant, c.Connection, (*time.Duration)(c.Expires))
	switch {
	case err != nil:
	case p.json:
		err = p.print(t)
	default:
		until := "never expires"
		if t.ExpiresAt != nil {
			until = "expires " + t.ExpiresAt.UTC().Format(time.DateOnly)
		}
		p.sayf("rollcall: token %s of %s/%s, %s; it is shown only now", t.ID, t.Tenant, t.Connection, until)
		_, err = fmt.Fprintln(p.stdout, t.Token)
	}
	return in.close(err)
}

type tokenList struct {
	Tenant string `placeholder:"T" help:"Only this tenant's."`
}

// Run lists tokens.
func (c *tokenList) Run(ctx context.Context, p *program) error {
	in, err := p.open(ctx, reading)
	if err != nil {
		return err
	}
	tokens, err := in.admin.Tokens(ctx, c.Tenant)
	switch {
	case err != nil:
	case p.json:
		err = p.print(map[string]any{"tokens": tokens})
	default:
		w := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "ID\tTENANT\tCONNECTION\tSTATE\tEXPIRES\tLAST USED\tBY")
		for _, t := range tokens {
			state := "live"
			switch {
			case t.RevokedAt != nil:
				state = "revoked"
			case !t.Live:
				state = "expired"
			}
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Tenant, plain(t.Connection), state, day(t.ExpiresAt), day(t.LastUsedAt), plain(t.UserAgent))
		}
		err = w.Flush()
	}
	return in.close(err)
}

func day(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.UTC().Format(time.DateOnly)
}

type tokenRevoke struct {
	ID     string `arg:"" help:"The token's id, as create and list show it."`
	Tenant string `placeholder:"T" help:"The tenant that it belongs to."`
}

// Run ends a token.
func (c *tokenRevoke) Run(ctx context.Context, p *program) error {
	in, err := p.open(ctx, reading)
	if err != nil {
		return err
	}
	revoked, err := in.admin.RevokeToken(ctx, operator(), c.Tenant, c.ID)
	switch {
	case err != nil:
	case p.json:
		err = p.print(map[string]any{"id": c.ID, "revoked": revoked})
	case revoked:
		p.sayf("rollcall: token %s is revoked", c.ID)
	default:
		p.sayf("rollcall: token %s was revoked already", c.ID)
	}
	return in.close(err)
}
