package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"rollcall/admin"
	"rollcall/connectors/egress"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/sso"
	"rollcall/store"
)

// loginCommand is "rollcall login-link".
type loginCommand struct {
	Tenant string `required:"" placeholder:"T" help:"The tenant's key."`
	Role   string `placeholder:"R" help:"The role that whoever uses it has; the tenant's highest but the owner's unless given."`
}

// issuedLink is a login link as its maker sees it: once.
type issuedLink struct {
	URL       string    `json:"url"`
	Role      string    `json:"role"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Run makes a login link and shows it.
func (c *loginCommand) Run(ctx context.Context, p *program) error {
	in, err := p.open(ctx, reading)
	if err != nil {
		return err
	}
	return in.close(c.issue(ctx, p, in))
}

func (c *loginCommand) issue(ctx context.Context, p *program, in *installation) error {
	t, err := in.tenant(ctx, c.Tenant)
	if err != nil {
		return err
	}
	config, err := in.db.Reader(t.ID).Configuration(ctx)
	if err != nil {
		return err
	}
	out, err := in.loginLink(ctx, operator(), config, c.Role, provision.LinkFor)
	switch {
	case err != nil:
		return err
	case p.json:
		return p.print(out)
	}
	p.sayf("rollcall: a link for %s with the role %s, for one use within %s; it is shown only now, and written to the change log", t.Key, out.Role, provision.LinkFor)
	_, err = fmt.Fprintln(p.stdout, out.URL)
	return err
}

// loginLink makes a link with a role, or with the tenant's highest one.
func (in *installation) loginLink(ctx context.Context, actor directory.Actor, c *store.Configuration, role string, lasts time.Duration) (issuedLink, error) {
	actor.Tenant = c.Tenant.ID
	role = cmp.Or(role, highest(c.Roles))
	b, until, err := in.engine.NewLoginLink(ctx, actor, role, lasts)
	if err != nil {
		return issuedLink{}, err
	}
	return issuedLink{sso.LinkURL(in.config.BaseURL, b), role, until}, nil
}

// examineProvider looks at the provider of a connection, and tells which addresses it has to know.
func (in *installation) examineProvider(ctx context.Context, tenant string, c directory.Connection) []admin.Check {
	h := sso.New(sso.Options{DB: in.db, Engine: in.engine, BaseURL: in.config.BaseURL, Guard: egress.Guard(in.config.Egress)})
	config, err := in.db.Reader(tenant).Configuration(ctx)
	if err == nil {
		err = h.Check(ctx, tenant, c)
	}
	if err != nil {
		return []admin.Check{{Check: "provider", Level: admin.Fault, Message: directory.MessageOf(err), Write: "check issuer and client_secret_file in the manifest, and the way to the provider"}}
	}
	key := config.Tenant.Key
	return []admin.Check{{
		Check: "provider", Level: admin.OK, Message: directory.Say("%s answers; it has to know the redirect URI %s and, for back-channel logout, %s",
			c.OIDC.Issuer, directory.RedirectURI(in.config.BaseURL, key, c.ID), directory.BackChannelURI(in.config.BaseURL, key, c.ID)),
	}}
}

// highest is the key of the role that may administer the tenant: of those that are privileged and not the owner's, the
// highest in rank.
func highest(roles []directory.Role) string {
	may := slices.DeleteFunc(slices.Clone(roles), func(r directory.Role) bool {
		return !r.Privileged || r.Owner || r.Kind == directory.MembershipRole
	})
	if len(may) == 0 {
		return ""
	}
	return slices.MaxFunc(may, func(a, b directory.Role) int { return cmp.Compare(a.Rank, b.Rank) }).Key
}
