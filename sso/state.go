package sso

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"rollcall/directory"
)

// attempt is what has to come back from a provider unharmed. It waits in a sealed cookie of the browser that asked.
type attempt struct {
	State      string    `json:"s"`
	Nonce      string    `json:"n"`
	Verifier   string    `json:"v"` // PKCE (RFC 7636)
	Connection string    `json:"c"` // id
	Return     string    `json:"r"`
	Until      time.Time `json:"u"`
}

const (
	attemptFor   = 10 * time.Minute
	stateCookie  = "rollcall_sign_in_" // and the first letters of the state, so that two tabs do not disturb one another
	statePurpose = "sign-in"
	stateLetters = 8
)

func newAttempt(connection, back string, verifier string, now time.Time) attempt {
	return attempt{State: rand.Text(), Nonce: rand.Text(), Verifier: verifier, Connection: connection, Return: back, Until: now.Add(attemptFor)}
}

// keep puts an attempt into the browser.
func (h *Handler) keep(w http.ResponseWriter, tenant string, a attempt) error {
	plain, err := json.Marshal(a)
	if err != nil {
		return err
	}
	sealed, err := h.db.Ops().Seal(tenant, statePurpose, plain)
	if err != nil {
		return err
	}
	http.SetCookie(w, h.cookie(stateCookie+a.State[:stateLetters], base64.RawURLEncoding.EncodeToString(sealed), Root, int(attemptFor.Seconds())))
	return nil
}

// kept takes the attempt that an answer belongs to out of the browser. It counts once, on whichever replica the answer comes.
func (h *Handler) kept(ctx context.Context, w http.ResponseWriter, r *http.Request, tenant, connection string) (attempt, bool, error) {
	state := r.URL.Query().Get("state")
	if len(state) < stateLetters || len(state) > 100 || strings.ContainsFunc(state, func(c rune) bool { return (c < 'A' || c > 'Z') && (c < '2' || c > '7') }) {
		return attempt{}, false, nil
	}
	name := stateCookie + state[:stateLetters]
	c, err := r.Cookie(name)
	if err != nil {
		return attempt{}, false, nil //nolint:nilerr // there is none
	}
	http.SetCookie(w, h.cookie(name, "", Root, -1))
	sealed, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return attempt{}, false, nil //nolint:nilerr // it is not ours
	}
	plain, err := h.db.Ops().Unseal(tenant, statePurpose, sealed)
	if err != nil {
		return attempt{}, false, nil //nolint:nilerr // it is not ours, or older than the secret key
	}
	var a attempt
	if err := json.Unmarshal(plain, &a); err != nil || subtle.ConstantTimeCompare([]byte(a.State), []byte(state)) != 1 ||
		a.Connection != connection || !h.now().Before(a.Until) {
		return attempt{}, false, nil //nolint:nilerr // what does not fit is no attempt
	}
	first, err := h.db.Ops().Spend(ctx, tenant, "state", a.State, a.Until)
	return a, first, err
}

// cookie is one of ours: no script reads it, and no other site's form sends it. Seconds below zero end it, and zero lets it
// live as long as the browser.
func (h *Handler) cookie(name, value, path string, seconds int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure wherever the installation is reached by https
		Name: name, Value: value, Path: path, MaxAge: seconds, Secure: h.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// landing is where to go after a sign-in: a path of this installation, and nothing that a browser could take for another
// one.
func landing(text string) string {
	if len(text) > 2000 || !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") || strings.HasPrefix(text, Root+"/") || strings.HasPrefix(text, LoginPath) ||
		strings.ContainsAny(text, "\\") || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return "/"
	}
	return text
}

// sessionName is the name of the session's cookie. With the prefix a browser keeps it to this host and to https (RFC 6265bis
// §4.1.3).
func (h *Handler) sessionName() string {
	if h.secure {
		return "__Host-rollcall"
	}
	return "rollcall"
}

// begin gives the browser a session's bearer value.
func (h *Handler) begin(w http.ResponseWriter, b directory.Bearer) {
	http.SetCookie(w, h.cookie(h.sessionName(), b.String(), "/", 0))
}
