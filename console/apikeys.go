package console

import (
	"net/http"
	"time"
)

var apiKeyRoutes = []route{
	{"GET /api-keys", apiKeyNeeds, (*visit).apiKeys},
	{"POST /api-keys", apiKeyNeeds, (*visit).createAPIKey},
	{"POST /api-keys/{id}/revoke", apiKeyNeeds, (*visit).revokeAPIKey},
}

var apiKeyNeeds = []string{"console.apikeys.manage"}

// apiKeyView is an API key, without its secret.
type apiKeyView struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Role       string     `json:"role"`
	Owner      string     `json:"owner"`
	Live       bool       `json:"live"`
	CreatedBy  string     `json:"created_by"`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at"`
	RevokedAt  *time.Time `json:"revoked_at"`
	LastUsedAt *time.Time `json:"last_used_at"`
}

// madeKey is an API key as its maker sees it, once.
type madeKey struct {
	Key       string     `json:"key"`
	Name      string     `json:"name"`
	ExpiresAt *time.Time `json:"expires_at"`
}

func (v *visit) apiKeys() error { return v.showAPIKeys(blank()) }

// showAPIKeys lists the keys, with the form for a new one as it was filled in.
func (v *visit) showAPIKeys(f *form) error {
	var keys []apiKeyView
	var roles []option
	err := v.all(
		func() (err error) { keys, err = whole[apiKeyView](v, "/api-keys", nil); return err },
		func() (err error) { roles, err = v.roleOptions(); return err },
	)
	if err != nil {
		return err
	}
	return v.show(apiKeysPage(v, f, keys, roles))
}

// roleOptions are the roles of the tenant by their keys; none where the reader may not know them.
func (v *visit) roleOptions() (out []option, err error) {
	if !v.may("roles.view") {
		return nil, nil
	}
	roles, err := whole[struct {
		Key  string `json:"key"`
		Name string `json:"name"`
		Kind string `json:"kind"`
	}](v, "/roles", nil)
	for _, r := range roles {
		if r.Kind != "membership" {
			out = append(out, option{Value: r.Key, Text: r.Name})
		}
	}
	return out, err
}

// createAPIKey makes a key and shows it on the page that answers the form: nowhere else, and never again.
func (v *visit) createAPIKey() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	if f.get("name") == "" {
		f.faults["name"] = v.T("fault.required")
	}
	v.lasting(f, "expires")
	body := map[string]string{"name": f.get("name"), "expires": f.get("expires")}
	for _, name := range []string{"role", "owner"} {
		if text := f.get(name); text != "" {
			body[name] = text
		}
	}
	var made madeKey
	if len(f.faults) == 0 {
		if err := v.send(http.MethodPost, "/api-keys", nil, body, &made); err != nil {
			if err := f.wrong(v, err); err != nil {
				return err
			}
		}
	}
	if f.problem != nil || len(f.faults) > 0 {
		return v.again(f, v.showAPIKeys)
	}
	return v.show(apiKeyMade(v, made))
}

// revokeAPIKey ends a key, once somebody has confirmed it.
func (v *visit) revokeAPIKey() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	var k apiKeyView
	if err := v.get(at("api-keys", v.path("id")), nil, &k); err != nil {
		return err
	}
	if !f.on(confirmed) {
		return v.show(apiKeyRevoking(v, k))
	}
	if err := v.send(http.MethodDelete, at("api-keys", k.ID), nil, nil, nil); err != nil {
		return err
	}
	return v.done("/api-keys", "token.key_revoked_done", "Name", k.Name)
}
