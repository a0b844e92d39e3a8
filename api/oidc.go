package api

import (
	"cmp"
	"reflect"
	"slices"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// oidcBody is what a client says of a provider at which people sign in.
type oidcBody struct {
	Issuer       string      `json:"issuer" minLength:"1" maxLength:"1000" doc:"As the provider writes it, without /.well-known/openid-configuration." example:"https://id.example.com"`
	ClientID     string      `json:"client_id" minLength:"1" maxLength:"200" doc:"The provider gives it to this application." example:"rollcall"`
	ClientSecret string      `json:"client_secret,omitempty" maxLength:"1000" writeOnly:"true" doc:"Kept sealed and never shown; left out, the one that is there stays. Where issuer or client_id change, it has to be given again." example:"a secret"`
	Domains      []string    `json:"domains,omitempty" maxItems:"100" doc:"Of e-mail addresses whose owners sign in here. Only a manifest that is applied on the machine adds one." example:"[\"example.com\"]"`
	Link         *claimLink  `json:"link,omitempty" doc:"How a first sign-in finds the person whom another connection provisioned."`
	Roles        []claimRole `json:"roles,omitempty" maxItems:"100" doc:"Roles that are given for what the provider states; the owner's never is." example:"[]"`
	RequireACR   []string    `json:"require_acr,omitempty" maxItems:"20" doc:"Authentication context classes or methods (acr, amr), of which the provider must have met one." example:"[\"mfa\"]"`
	Scopes       []string    `json:"scopes,omitempty" maxItems:"20" doc:"Beside openid, profile and email." example:"[]"`
	JIT          bool        `json:"jit,omitempty" doc:"Whoever signs in and is nobody here is created; else they are refused."`
}

type claimLink struct {
	Claim      string `json:"claim" minLength:"1" maxLength:"200" doc:"Its text equals the externalId." example:"oid"`
	Connection string `json:"connection" minLength:"1" maxLength:"200" doc:"The id of the connection whose externalId it is." example:"n2k4m6p8q3r5s"`
}

type claimRole struct {
	Claim string `json:"claim" minLength:"1" maxLength:"200" example:"groups"`
	Value string `json:"value" minLength:"1" maxLength:"200" doc:"The claim's text, or one of its list." example:"contact-centre-admins"`
	Role  string `json:"role" minLength:"1" maxLength:"200" doc:"A role's key." example:"administrator"`
}

func oidcOf(s directory.OIDCSettings) *oidcBody {
	out := &oidcBody{Issuer: s.Issuer, ClientID: s.ClientID, Domains: some(s.Domains), RequireACR: some(s.RequireACR), Scopes: some(s.Scopes), JIT: s.JIT, Roles: []claimRole{}}
	if s.Link.Claim != "" {
		out.Link = &claimLink{s.Link.Claim, s.Link.Connection}
	}
	for _, r := range s.Roles {
		out.Roles = append(out.Roles, claimRole(r))
	}
	return out
}

// settings are what a client describes, with the secret and the files of the former settings; see [ldapBody.settings].
func (b *oidcBody) settings(was *directory.OIDCSettings) *directory.OIDCSettings {
	s := &directory.OIDCSettings{
		Issuer: b.Issuer, ClientID: b.ClientID, ClientSecret: b.ClientSecret, Domains: folded(b.Domains), RequireACR: b.RequireACR, Scopes: b.Scopes, JIT: b.JIT,
	}
	if b.Link != nil {
		s.Link = directory.ClaimLink(*b.Link)
	}
	for _, r := range b.Roles {
		s.Roles = append(s.Roles, directory.ClaimRole(r))
	}
	if was != nil {
		s.CAFile, s.ClientSecretFile, s.ClientSecretKept = was.CAFile, was.ClientSecretFile, was.ClientSecretKept
	}
	return s
}

func folded(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = schema.Fold(s)
	}
	return out
}

// letsIn refuses a change of who says who somebody is, to whoever has not all that the tenant's highest role has: they could come
// as whoever has it.
func (c *call) letsIn(before, next *store.Configuration) error {
	changes := slices.ContainsFunc(next.Connections, func(x directory.Connection) bool {
		return x.OIDC != nil && !slices.ContainsFunc(before.Connections, func(y directory.Connection) bool { return y.ID == x.ID && reflect.DeepEqual(y.OIDC, x.OIDC) })
	})
	if !changes {
		return nil
	}
	ranked := slices.DeleteFunc(slices.Clone(next.Roles), func(r directory.Role) bool { return r.Kind == directory.MembershipRole })
	if len(ranked) == 0 {
		return nil
	}
	highest := "role " + slices.MaxFunc(ranked, func(a, b directory.Role) int { return cmp.Compare(a.Rank, b.Rank) }).Key
	for _, x := range reachOf(next) {
		if key := c.beyond(x.gives, forPeople); key != "" && x.id == highest {
			return c.more(key, directory.Say("whoever says where people sign in could come as anybody, and the %s has", x.name))
		}
	}
	return nil
}
