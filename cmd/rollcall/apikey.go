package main

import (
	"cmp"
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"rollcall/admin"
)

// apiKeyCommands are "rollcall apikey …".
type apiKeyCommands struct {
	Create apiKeyCreate `cmd:"" help:"Make an API key. It is shown once."`
	List   apiKeyList   `cmd:"" help:"List API keys, without their secrets."`
	Revoke apiKeyRevoke `cmd:"" help:"End an API key."`
}

type apiKeyCreate struct {
	Tenant  string    `required:"" placeholder:"T" help:"The tenant's key."`
	Name    string    `required:"" placeholder:"N" help:"What the key is for."`
	Role    string    `placeholder:"R" help:"The role that it has; without one it may only read."`
	Owner   string    `placeholder:"WHO" help:"Who answers for what is done with it; you unless given."`
	Expires *lifetime `placeholder:"365d" help:"How long it lives; 0 for ever. The tenant's setting token.expires unless given."`
}

// Run makes an API key and shows it.
func (c *apiKeyCreate) Run(ctx context.Context, p *program) error {
	in, err := p.open(ctx, reading)
	if err != nil {
		return err
	}
	k, err := in.admin.CreateAPIKey(ctx, operator(), admin.NewAPIKey{
		Tenant: c.Tenant, Name: c.Name, Role: c.Role, Owner: c.Owner, Expires: (*time.Duration)(c.Expires),
	})
	switch {
	case err != nil:
	case p.json:
		err = p.print(k)
	default:
		until := "never expires"
		if k.ExpiresAt != nil {
			until = "expires " + day(k.ExpiresAt)
		}
		p.sayf("rollcall: API key %s of %s (%s), %s; it is shown only now", k.ID, k.Tenant, cmp.Or(k.Role, "read-only"), until)
		_, err = fmt.Fprintln(p.stdout, k.Key)
	}
	return in.close(err)
}

type apiKeyList struct {
	Tenant string `placeholder:"T" help:"Only this tenant's."`
}

// Run lists API keys.
func (c *apiKeyList) Run(ctx context.Context, p *program) error {
	in, err := p.open(ctx, reading)
	if err != nil {
		return err
	}
	keys, err := in.admin.APIKeys(ctx, c.Tenant)
	switch {
	case err != nil:
	case p.json:
		err = p.print(map[string]any{"api_keys": keys})
	default:
		w := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "ID\tTENANT\tNAME\tROLE\tOWNER\tSTATE\tEXPIRES\tLAST USED")
		for _, k := range keys {
			state := "live"
			switch {
			case k.RevokedAt != nil:
				state = "revoked"
			case !k.Live:
				state = "expired"
			}
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
				k.ID, k.Tenant, plain(k.Name), cmp.Or(plain(k.Role), "read-only"), plain(k.Owner), state, day(k.ExpiresAt), day(k.LastUsedAt))
		}
		err = w.Flush()
	}
	return in.close(err)
}

type apiKeyRevoke struct {
	ID     string `arg:"" help:"The key's id, as create and list show it."`
	Tenant string `placeholder:"T" help:"The tenant that it belongs to."`
}

// Run ends an API key.
func (c *apiKeyRevoke) Run(ctx context.Context, p *program) error {
	in, err := p.open(ctx, reading)
	if err != nil {
		return err
	}
	revoked, err := in.admin.RevokeAPIKey(ctx, operator(), c.Tenant, c.ID)
	switch {
	case err != nil:
	case p.json:
		err = p.print(map[string]any{"id": c.ID, "revoked": revoked})
	case revoked:
		p.sayf("rollcall: API key %s is revoked", c.ID)
	default:
		p.sayf("rollcall: API key %s was revoked already", c.ID)
	}
	return in.close(err)
}
