package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"rollcall/admin"
	"rollcall/directory"
)

// Lifetime is how long a credential lives.
type Lifetime struct {
	Expires string `json:"expires,omitempty" maxLength:"20" doc:"How long it lives, as in 36h or 365d; 0s for ever, nothing for the setting token.expires." example:"90d"`
}

func (l Lifetime) duration() (*time.Duration, error) {
	if l.Expires == "" {
		return nil, nil //nolint:nilnil // the tenant's setting decides
	}
	d, err := directory.ParseDuration(l.Expires)
	if err != nil {
		return nil, directory.Errorf(directory.Invalid, "expires: %q is no duration, such as 36h or 365d", l.Expires)
	}
	return &d, nil
}

// token is a SCIM token as clients read it.
type token struct {
	ID           string     `json:"id" example:"h2k4m6p8q3r5s"`
	Connection   string     `json:"connection" doc:"The connection's name; empty once it is gone." example:"okta"`
	ConnectionID string     `json:"connection_id" example:"n2k4m6p8q3r5s"`
	Live         bool       `json:"live"`
	CreatedAt    time.Time  `json:"created_at"`
	ExpiresAt    *time.Time `json:"expires_at" doc:"null: never."`
	RevokedAt    *time.Time `json:"revoked_at"`
	LastUsedAt   *time.Time `json:"last_used_at" doc:"Within a minute."`
	UserAgent    string     `json:"user_agent" doc:"Of the last use." example:"Okta SCIM Client 1.0.0"`
}

func tokenOf(t admin.ListedToken) token {
	return token{t.ID, t.Connection, t.Token.Connection, t.Live, t.CreatedAt, t.ExpiresAt, t.RevokedAt, t.LastUsedAt, t.UserAgent}
}

// issuedToken is a SCIM token as its maker sees it.
type issuedToken struct {
	ID         string     `json:"id" example:"h2k4m6p8q3r5s"`
	Token      string     `json:"token" doc:"The token itself. It is shown here, and never again." example:"rct_TENANT_ID_SECRET"`
	Connection string     `json:"connection" example:"okta"`
	BaseURL    string     `json:"scim_base_url" example:"https://rollcall.example.com/scim/v2"`
	ExpiresAt  *time.Time `json:"expires_at"`
}

type tokenBody struct {
	Connection string `json:"connection" minLength:"1" maxLength:"200" doc:"The id or the name of a connection of kind scim." example:"okta"`
	Lifetime
}

type tokenIn struct{ Body tokenBody }

type oneToken struct {
	ID string `path:"id" maxLength:"100" doc:"The id." example:"h2k4m6p8q3r5s"`
}

// issued is the answer of who makes a credential.
type issued[T any] struct {
	Location string `header:"Location" doc:"Where it is listed, without its secret."`
	Body     T
}

func registerTokens(h *Handler) {
	h.group("tokens", "Bearer tokens with which identity providers push to a connection. Of a secret only a hash is kept. A revoked token is refused everywhere within five seconds.")
	list := func(ctx context.Context, c *call) ([]token, error) {
		tokens, err := h.admin.Tokens(ctx, c.config.Tenant.Key)
		return all(tokens, tokenOf), err
	}
	register(h, operation{
		id: "list-tokens", method: http.MethodGet, path: "/tokens", tag: "tokens", summary: "List tokens", permission: "console.tokens.manage",
		doc: "The newest first, revoked and expired ones too, without their secrets.",
	}, func(ctx context.Context, c *call, in *Paging) (*tagged[page[token]], error) {
		tokens, err := list(ctx, c)
		if err != nil {
			return nil, err
		}
		return paged(tokens, *in, func(t token) string { return t.ID })
	})
	register(h, operation{
		id: "get-token", method: http.MethodGet, path: "/tokens/{id}", tag: "tokens", summary: "Get a token", permission: "console.tokens.manage",
	}, func(ctx context.Context, c *call, in *oneToken) (*tagged[token], error) {
		tokens, err := list(ctx, c)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(tokens, func(t token) bool { return t.ID == in.ID })
		if i < 0 {
			return nil, directory.Errorf(directory.NotFound, "there is no token %q", in.ID)
		}
		return answered(tokens[i])
	})
	register(h, operation{
		id: "create-token", method: http.MethodPost, path: "/tokens", tag: "tokens", summary: "Make a token", permission: "console.tokens.manage",
		status: http.StatusCreated, problems: []string{"not-found", "conflict"}, doc: "The answer is the only time that the token is shown. Two or more may live at a time, so that one can be replaced without a gap.",
	}, func(ctx context.Context, c *call, in *tokenIn) (*issued[issuedToken], error) {
		x, err := c.connectionNamed(ctx, in.Body.Connection)
		if err != nil {
			return nil, err
		}
		if x.Kind != directory.SCIM {
			return nil, directory.Errorf(directory.Invalid, "the connection %q is of kind %s: nobody pushes to it, and tokens are for connections of kind scim", x.Name, x.Kind)
		}
		expires, err := in.Body.duration()
		if err != nil {
			return nil, err
		}
		t, err := h.admin.CreateToken(ctx, c.actor(), c.config.Tenant.Key, x.Name, expires)
		if err != nil {
			return nil, err
		}
		return &issued[issuedToken]{h.base + Root + "/tokens/" + t.ID, issuedToken{t.ID, t.Token, t.Connection, h.base + "/scim/v2", t.ExpiresAt}}, nil
	})
	register(h, operation{
		id: "revoke-token", method: http.MethodDelete, path: "/tokens/{id}", tag: "tokens", summary: "Revoke a token", permission: "console.tokens.manage", status: http.StatusNoContent,
	}, func(ctx context.Context, c *call, in *oneToken) (*nothing, error) {
		_, err := h.admin.RevokeToken(ctx, c.actor(), c.config.Tenant.Key, in.ID)
		return nil, err
	})
	registerKeys(h)
}
