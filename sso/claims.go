package sso

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/scim/schema"
)

// stated is what a provider states of somebody, as far as the connection asks for it. What the ID token does not say, the
// provider's UserInfo may (OpenID Connect Core 1.0 §5.3).
func (h *Handler) stated(ctx context.Context, f found, p *provider, id *oidc.IDToken, token *oauth2.Token) (provision.SignIn, error) {
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		return provision.SignIn{}, untrusted(err.Error())
	}
	if p.UserInfoEndpoint() != "" && h.lacks(f.connection, claims) {
		more, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return provision.SignIn{}, &silent{err}
		}
		if more.Subject != id.Subject {
			return provision.SignIn{}, untrusted("UserInfo is of another subject than the ID token")
		}
		var others map[string]any
		if err := more.Claims(&others); err != nil {
			return provision.SignIn{}, untrusted(err.Error())
		}
		for name, value := range others {
			if _, ok := claims[name]; !ok {
				claims[name] = value
			}
		}
	}
	in := provision.SignIn{Connection: f.connection.ID, Subject: id.Subject, Attributes: attributesOf(id.Subject, claims)}
	if name := f.connection.OIDC.Link.Claim; name != "" {
		in.Linked = textOf(claims[name])
	}
	sid, _ := claims["sid"].(string)
	in.Session.SID = cut(sid, 255)
	for _, r := range f.connection.OIDC.Roles {
		if states(claims[r.Claim], r.Value) {
			in.Claims = append(in.Claims, directory.Claim{Connection: f.connection.ID, Claim: r.Claim, Value: r.Value})
		}
		if elsewhere(claims, r.Claim) {
			in.Unknown = append(in.Unknown, r.Claim)
		}
	}
	return in, nil
}

// lacks reports whether the claims miss something that the connection asks for.
func (h *Handler) lacks(c directory.Connection, claims map[string]any) bool {
	wanted := []string{c.OIDC.Link.Claim}
	for _, r := range c.OIDC.Roles {
		wanted = append(wanted, r.Claim)
	}
	if c.OIDC.JIT {
		wanted = append(wanted, "email", "name")
	}
	for _, name := range wanted {
		if _, ok := claims[name]; name != "" && !ok {
			return true
		}
	}
	return false
}

// elsewhere reports whether the provider says that the claim is to be had elsewhere only (OpenID Connect Core 1.0 §5.6.2),
// as Entra does of people in more groups than a token holds. It is unknown then, which is not empty.
func elsewhere(claims map[string]any, name string) bool {
	names, _ := claims["_claim_names"].(map[string]any)
	_, ok := names[name]
	return ok
}

// states reports whether a claim is a value, or a list that has it.
func states(claim any, value string) bool {
	if list, ok := claim.([]any); ok {
		for _, x := range list {
			if textOf(x) == value {
				return true
			}
		}
		return false
	}
	return claim != nil && textOf(claim) == value
}

// textOf writes a claim's value as a manifest does; lists and objects have no text.
func textOf(value any) string {
	switch x := value.(type) {
	case string:
		return x
	case bool, float64, json.Number:
		return fmt.Sprint(x)
	default:
		return ""
	}
}

// attributesOf is the SCIM User of somebody whom the connection creates (RFC 7643 §4.1), of the standard claims (OpenID
// Connect Core 1.0 §5.1). An address that the provider has not verified is left out.
func attributesOf(subject string, claims map[string]any) directory.Attributes {
	text := func(name string) string {
		s, _ := claims[name].(string)
		return strings.TrimSpace(cut(s, 250))
	}
	email := text("email")
	if verified, ok := claims["email_verified"]; ok && textOf(verified) != "true" {
		email = ""
	}
	a := directory.Attributes{"active": true, "userName": subject}
	for _, name := range []string{email, text("preferred_username")} {
		if name != "" {
			a["userName"] = name
		}
	}
	if email != "" {
		a["emails"] = []any{map[string]any{"value": email, "type": "work", "primary": true}}
	}
	if name := text("name"); name != "" {
		a["displayName"] = name
	}
	name := map[string]any{}
	for from, to := range map[string]string{"name": "formatted", "given_name": "givenName", "family_name": "familyName"} {
		if s := text(from); s != "" {
			name[to] = s
		}
	}
	if len(name) > 0 {
		a["name"] = name
	}
	for from, to := range map[string]string{"locale": "locale", "zoneinfo": "timezone"} {
		if s := text(from); s != "" {
			a[to] = s
		}
	}
	normal, problems := schema.User.Normalize(a, schema.LeniencyOf(directory.RFC))
	if len(problems) > 0 { // a claim that is no such thing, such as a zone that does not exist
		return directory.Attributes{"active": true, "userName": a["userName"]}
	}
	return normal
}

// cut shortens a text to so many bytes of whole characters.
func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "")
	for len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}
