package main

import (
	"context"
	_ "embed" // the demonstration's manifest
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"rollcall/admin"
	"rollcall/config"
	"rollcall/directory"
)

//go:embed demo.yaml
var demoManifest []byte

// demonstrator is who makes the demonstration's token and API key, so that the next start finds them.
var demonstrator = directory.Actor{Kind: directory.ActorSystem, ID: "demo"}

const (
	demoTenant     = "demo"
	demoConnection = "demo"
	demoRole       = "administrator" // of its API key: whoever tries may try everything
	demoLinkFor    = 15 * time.Minute
)

// mayDemonstrate refuses an address that others can reach: a demonstration prints what opens it.
func mayDemonstrate(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if at, err := netip.ParseAddr(host); err == nil && at.Unmap().IsLoopback() || strings.EqualFold(host, "localhost") {
		return nil
	}
	return fmt.Errorf("--demo listens on a loopback address only, such as 127.0.0.1:8080, and not on %s; without --demo any address will do", address)
}

// demoURL is the base URL of a demonstration: what is configured or, where nothing is, the address that it listens on.
func demoURL(c config.Config, l net.Listener) string {
	if !isDefault(c) || l.Addr().String() == "127.0.0.1:8080" {
		return c.BaseURL
	}
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	return scheme + "://" + l.Addr().String()
}

// demonstrate makes the demonstration's tenant where it is not there, a fresh token and a fresh API key in place of the last
// start's, and a link that signs in at the console.
func (g *gateway) demonstrate(ctx context.Context, s *served) error {
	_, err := g.tenant(ctx, demoTenant)
	if directory.KindOf(err) == directory.NotFound {
		var spec directory.Spec
		if spec, err = config.ParseManifest("demo.yaml", demoManifest); err == nil {
			_, err = g.admin.Apply(ctx, demonstrator, spec, admin.Options{})
		}
	}
	if err != nil {
		return err
	}
	if err := g.revokeLast(ctx); err != nil {
		return err
	}
	t, err := g.admin.CreateToken(ctx, demonstrator, demoTenant, demoConnection, nil)
	if err != nil {
		return err
	}
	k, err := g.admin.CreateAPIKey(ctx, demonstrator, admin.NewAPIKey{Tenant: demoTenant, Name: "the demonstration's, until its next start", Role: demoRole})
	if err != nil {
		return err
	}
	own, err := g.tenant(ctx, demoTenant)
	if err != nil {
		return err
	}
	c, err := g.db.Reader(own.ID).Configuration(ctx)
	if err != nil {
		return err
	}
	link, err := g.loginLink(ctx, demonstrator, c, "", demoLinkFor)
	if err != nil {
		return err
	}
	s.SignIn = link.URL
	s.Tenant, s.Token, s.APIKey, s.Try = demoTenant, t.Token, k.Key, demoCommands(*s, t.Token, k.Key)
	return nil
}

// revokeLast ends the token and the API key that the last start made. Those that people made stay.
func (g *gateway) revokeLast(ctx context.Context) error {
	t, err := g.tenant(ctx, demoTenant)
	if err != nil {
		return err
	}
	keys, err := g.admin.APIKeys(ctx, demoTenant)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.RevokedAt == nil && k.CreatedBy == string(demonstrator.Kind)+":"+demonstrator.ID {
			if _, err := g.admin.RevokeAPIKey(ctx, demonstrator, demoTenant, k.ID); err != nil {
				return err
			}
		}
	}
	changes, err := g.db.Reader(t.ID).Changes(ctx, "config", 1000)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(changes, func(c directory.Change) bool { return c.Action == "token.created" && c.Actor.ID == demonstrator.ID })
	if i < 0 {
		return nil
	}
	var made map[string]any
	if err := json.Unmarshal(changes[i].After, &made); err != nil {
		return fmt.Errorf("change %s: %w", changes[i].ID, err)
	}
	for name := range made {
		if _, err := g.admin.RevokeToken(ctx, demonstrator, demoTenant, strings.TrimPrefix(name, "token ")); err != nil {
			return err
		}
	}
	return nil
}

// demoCommands are four commands to paste, each whole by itself: create a user, suspend them, find them; and ask the API
// why they get no work.
func demoCommands(s served, token, key string) []string {
	auth := "-H 'Authorization: Bearer " + token + "'"
	body := "-H 'Content-Type: application/scim+json'"
	find := fmt.Sprintf(`curl -sS -G %s %s/Users --data-urlencode 'filter=userName eq "ada@example.com"'`, auth, s.SCIM)
	id := fmt.Sprintf(`$(%s | sed 's/.*"id":"\([^"]*\)".*/\1/')`, find)
	return []string{
		fmt.Sprintf(`curl -sS %s %s %s/Users -d '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"userName":"ada@example.com","externalId":"1","active":true,"title":"Team Lead","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Support"}}'`, auth, body, s.SCIM),
		fmt.Sprintf(`curl -sS -X PATCH %s %s "%s/Users/%s" -d '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}'`, auth, body, s.SCIM, id),
		find,
		fmt.Sprintf(`curl -sS -H 'Authorization: Bearer %s' %s/users/ada@example.com/eligibility`, key, s.API),
	}
}
