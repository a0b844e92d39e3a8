package console

import (
	"net/http"
	"time"
)

var tokenRoutes = []route{
	{"POST /connections/{id}/tokens", tokenNeeds, (*visit).createToken},
	{"POST /tokens/{id}/revoke", tokenNeeds, (*visit).revokeToken},
}

var tokenNeeds = []string{"console.tokens.manage"}

// tokenView is a token of a connection, without its secret.
type tokenView struct {
	ID           string     `json:"id"`
	Connection   string     `json:"connection"`
	ConnectionID string     `json:"connection_id"`
	Live         bool       `json:"live"`
	CreatedAt    time.Time  `json:"created_at"`
	ExpiresAt    *time.Time `json:"expires_at"`
	RevokedAt    *time.Time `json:"revoked_at"`
	LastUsedAt   *time.Time `json:"last_used_at"`
	UserAgent    string     `json:"user_agent"`
}

// tokensOf are the tokens of a connection, by its id, or all; none where the reader may not know.
func (v *visit) tokensOf(connection string) (out []tokenView, err error) {
	if !v.may(tokenNeeds...) {
		return nil, nil
	}
	all, err := whole[tokenView](v, "/tokens", nil)
	for _, t := range all {
		if connection == "" || t.ConnectionID == connection {
			out = append(out, t)
		}
	}
	return out, err
}

// madeToken is a token as its maker sees it, once.
type madeToken struct {
	Token     string     `json:"token"`
	BaseURL   string     `json:"scim_base_url"`
	ExpiresAt *time.Time `json:"expires_at"`
}

// createToken makes a token and shows it on the page that answers the form: nowhere else, and never again.
func (v *visit) createToken() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	c, err := v.connection()
	if err != nil {
		return err
	}
	body := map[string]string{"connection": c.ID, "expires": f.get("expires")}
	var made madeToken
	if v.lasting(f, "expires"); len(f.faults) == 0 {
		if err := v.send(http.MethodPost, "/tokens", nil, body, &made); err != nil {
			if err := f.wrong(v, err); err != nil {
				return err
			}
		}
	}
	if f.problem != nil || len(f.faults) > 0 {
		return v.again(f, v.showConnection)
	}
	return v.show(tokenMade(v, c, made))
}

// revokeToken ends a token, once somebody has confirmed it.
func (v *visit) revokeToken() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	var t tokenView
	if err := v.get(at("tokens", v.path("id")), nil, &t); err != nil {
		return err
	}
	if !f.on(confirmed) {
		return v.show(tokenRevoking(v, t))
	}
	if err := v.send(http.MethodDelete, at("tokens", t.ID), nil, nil, nil); err != nil {
		return err
	}
	to := "/connections"
	if t.Connection != "" {
		to += "/" + t.ConnectionID
	}
	return v.done(to, "token.revoked_done")
}
