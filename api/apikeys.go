package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"rollcall/admin"
	"rollcall/directory"
)

// apiKey is an API key as clients read it.
type apiKey struct {
	ID         string     `json:"id" example:"h2k4m6p8q3r5s"`
	Name       string     `json:"name" example:"nightly export"`
	Role       string     `json:"role" doc:"A role's key; empty for one that may only read." example:"administrator"`
	Owner      string     `json:"owner" doc:"Who answers for what is done with it." example:"ops@example.com"`
	Live       bool       `json:"live"`
	CreatedBy  string     `json:"created_by" example:"cli:ann@example.com"`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at" doc:"null: never."`
	RevokedAt  *time.Time `json:"revoked_at"`
	LastUsedAt *time.Time `json:"last_used_at" doc:"Within a minute."`
}

func apiKeyOf(k admin.ListedAPIKey) apiKey {
	return apiKey{k.ID, k.Name, k.Role, k.Owner, k.Live, k.CreatedBy, k.CreatedAt, k.ExpiresAt, k.RevokedAt, k.LastUsedAt}
}

// issuedKey is an API key as its maker sees it.
type issuedKey struct {
	ID        string     `json:"id" example:"h2k4m6p8q3r5s"`
	Key       string     `json:"key" doc:"The key itself. It is shown here, and never again." example:"rck_TENANT_ID_SECRET"`
	Name      string     `json:"name" example:"nightly export"`
	Role      string     `json:"role" example:"administrator"`
	Owner     string     `json:"owner" example:"ops@example.com"`
	ExpiresAt *time.Time `json:"expires_at"`
}

type keyBody struct {
	Name  string `json:"name" minLength:"1" maxLength:"200" doc:"What it is for; unique among the tenant's live keys." example:"nightly export"`
	Role  string `json:"role,omitempty" maxLength:"63" doc:"A role's key. Left out, the key may only read." example:"console_viewer"`
	Owner string `json:"owner,omitempty" maxLength:"200" doc:"Who answers for what is done with it; who asks, or the asking key's owner, unless said." example:"ops@example.com"`
	Lifetime
}

type keyIn struct{ Body keyBody }

func registerKeys(h *Handler) {
	h.group("api-keys", "Keys for this API. Of a secret only a hash is kept. A revoked key is refused everywhere within five seconds.")
	list := func(ctx context.Context, c *call) ([]apiKey, error) {
		keys, err := h.admin.APIKeys(ctx, c.config.Tenant.Key)
		return all(keys, apiKeyOf), err
	}
	one := func(ctx context.Context, c *call, id string) (apiKey, error) {
		keys, err := list(ctx, c)
		if err != nil {
			return apiKey{}, err
		}
		i := slices.IndexFunc(keys, func(k apiKey) bool { return k.ID == id })
		if i < 0 {
			return apiKey{}, directory.Errorf(directory.NotFound, "there is no API key %q", id)
		}
		return keys[i], nil
	}
	register(h, operation{
		id: "list-api-keys", method: http.MethodGet, path: "/api-keys", tag: "api-keys", summary: "List API keys", permission: "console.apikeys.manage",
		doc: "The newest first, revoked and expired ones too, without their secrets.",
	}, func(ctx context.Context, c *call, in *Paging) (*tagged[page[apiKey]], error) {
		keys, err := list(ctx, c)
		if err != nil {
			return nil, err
		}
		return paged(keys, *in, func(k apiKey) string { return k.ID })
	})
	register(h, operation{
		id: "get-api-key", method: http.MethodGet, path: "/api-keys/{id}", tag: "api-keys", summary: "Get an API key", permission: "console.apikeys.manage",
	}, func(ctx context.Context, c *call, in *oneToken) (*tagged[apiKey], error) {
		k, err := one(ctx, c, in.ID)
		if err != nil {
			return nil, err
		}
		return answered(k)
	})
	register(h, operation{
		id: "create-api-key", method: http.MethodPost, path: "/api-keys", tag: "api-keys", summary: "Make an API key", permission: "console.apikeys.manage",
		status: http.StatusCreated, problems: []string{"not-found", "conflict", "forbidden"},
		doc: "The answer is the only time that the key is shown. A key makes no key with a permission of high or privileged risk that it lacks.",
	}, func(ctx context.Context, c *call, in *keyIn) (*issued[issuedKey], error) {
		expires, err := in.Body.duration()
		if err != nil {
			return nil, err
		}
		now, err := h.fresh(ctx, c)
		if err != nil {
			return nil, err
		}
		if lacking := now.beyond(now.model.Effective(holderOf(in.Body.Role)), forKeys); lacking != "" {
			return nil, c.problem(http.StatusForbidden, "forbidden", "nobody makes a key that may do more than they may: the role %s has %s, and who asks has not, or not as far", quote(in.Body.Role), lacking)
		}
		owner := in.Body.Owner
		if owner == "" {
			owner = c.owner
		}
		k, err := h.admin.CreateAPIKey(ctx, c.actor(), admin.NewAPIKey{Tenant: c.config.Tenant.Key, Name: in.Body.Name, Role: in.Body.Role, Owner: owner, Expires: expires})
		if err != nil {
			return nil, err
		}
		return &issued[issuedKey]{h.base + Root + "/api-keys/" + k.ID, issuedKey{k.ID, k.Key, k.Name, k.Role, k.Owner, k.ExpiresAt}}, nil
	})
	register(h, operation{
		id: "revoke-api-key", method: http.MethodDelete, path: "/api-keys/{id}", tag: "api-keys", summary: "Revoke an API key", permission: "console.apikeys.manage", status: http.StatusNoContent,
		doc: "A key may revoke itself.",
	}, func(ctx context.Context, c *call, in *oneToken) (*nothing, error) {
		_, err := h.admin.RevokeAPIKey(ctx, c.actor(), c.config.Tenant.Key, in.ID)
		return nil, err
	})
}

// fresh is the principal under the configuration of this moment.
func (h *Handler) fresh(ctx context.Context, c *call) (*principal, error) {
	now, err := c.current(ctx)
	if err != nil {
		return nil, err
	}
	p := *c.principal
	p.config, p.model = now, modelOf(now)
	return &p, nil
}
