package sso

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"rollcall/directory"
)

// signOut ends the session here, and then at the provider, where it has a page for that (OpenID Connect RP-Initiated Logout
// 1.0 §2).
func (h *Handler) signOut(w http.ResponseWriter, r *http.Request) {
	s, err := h.session(r)
	http.SetCookie(w, h.cookie(h.sessionName(), "", "/", -1))
	if err != nil {
		h.seeOther(w, r, LoginPath)
		return
	}
	if _, err := h.engine.EndSession(r.Context(), actorOf(s), s.ID, directory.EndedBySignOut); err != nil {
		h.fail(w, r, "sign_out", err)
		return
	}
	h.observe("sign_out", "ok")
	h.forward(w, r, h.farewell(r.Context(), s))
}

// farewell is where somebody goes who has signed out here. A provider that does not answer keeps nobody.
func (h *Handler) farewell(ctx context.Context, s directory.Session) string {
	if s.Connection == "" {
		return LoginPath
	}
	f, err := h.provides(ctx, s.Tenant, s.Connection)
	if err != nil {
		return LoginPath
	}
	p, err := h.provider(ctx, s.Tenant, f.connection)
	if err != nil || p.endSession == "" {
		return LoginPath
	}
	u, err := url.Parse(p.endSession)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return LoginPath
	}
	q := u.Query()
	q.Set("client_id", f.connection.OIDC.ClientID)
	q.Set("post_logout_redirect_uri", h.base+LoginPath)
	u.RawQuery = q.Encode()
	return u.String()
}

const logoutAge = 10 * time.Minute // of a logout token

// backChannel takes a provider's word that somebody has signed out there, and ends their sessions (OpenID Connect
// Back-Channel Logout 1.0 §2.5 to §2.8).
func (h *Handler) backChannel(w http.ResponseWriter, r *http.Request) {
	ended, err := h.loggedOut(r)
	if err != nil {
		status, code := http.StatusBadRequest, "invalid_request"
		if _, bad := err.(untrusted); !bad && directory.KindOf(err) != directory.NotFound { //nolint:errorlint // made here, never wrapped
			status, code = http.StatusInternalServerError, "server_error"
		}
		h.observe("back_channel", code)
		h.log.WarnContext(r.Context(), "a logout token was refused", "error", err)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"error":"` + code + `"}`))
		return
	}
	h.observe("back_channel", "ok")
	h.log.InfoContext(r.Context(), "signed out by the provider", "sessions", ended)
	w.WriteHeader(http.StatusOK)
}

func (h *Handler) loggedOut(r *http.Request) (ended int, err error) {
	f, err := h.find(r)
	if err != nil {
		return 0, err
	}
	raw := r.PostFormValue("logout_token")
	if raw == "" {
		return 0, untrusted("there is no logout_token")
	}
	p, err := h.provider(r.Context(), f.tenant.ID, f.connection)
	if err != nil {
		return 0, err
	}
	token, err := p.verifier.VerifyLogout(oidc.ClientContext(r.Context(), p.client), raw)
	if err != nil {
		return 0, untrusted(err.Error())
	}
	now := h.now()
	if token.IssuedAt.Before(now.Add(-logoutAge)) || token.IssuedAt.After(now.Add(5*skew)) || len(token.TokenID) > 255 {
		return 0, untrusted("the logout token is not of now")
	}
	first, err := h.db.Ops().Spend(r.Context(), f.tenant.ID, "logout", f.connection.ID+"/"+token.TokenID, now.Add(2*logoutAge))
	if err != nil {
		return 0, err
	}
	if !first {
		return 0, untrusted("the logout token was used before")
	}
	sessions, err := h.db.Reader(f.tenant.ID).ProviderSessions(r.Context(), f.connection.ID, token.Subject, token.SessionID)
	if err != nil {
		return 0, err
	}
	actor := directory.Actor{Tenant: f.tenant.ID, Kind: directory.ActorConnection, ID: f.connection.ID}
	for _, s := range sessions {
		if _, err := h.engine.EndSession(r.Context(), actor, s.ID, directory.EndedByProvider); err != nil {
			return ended, err
		}
		ended++
	}
	return ended, nil
}
