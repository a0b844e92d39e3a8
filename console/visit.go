package console

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"rollcall/directory"
	"rollcall/locale"
)

// visit is one request on its way to its page: who asks, in which language, and what they may.
type visit struct {
	locale.Language

	h       *Handler
	w       http.ResponseWriter
	r       *http.Request
	session directory.Session
	zone    *time.Location
	me      me
	notice  notice
	named   map[string]string // what people, connections and the like are called, as far as it was asked for
	status  int               // of the page; 0 for 200
	once    string            // of the form that was sent, as [onceField] says it; "" for a form that may be sent again
	tags    sync.Map          // of what was asked for, by its path
}

// me is who asks, as the API knows them.
type me struct {
	Kind       string `json:"kind"` // person | link
	Person     string `json:"person"`
	Name       string `json:"name"`
	Role       string `json:"role"`
	Tenant     string `json:"tenant"` // its key
	TenantName string `json:"tenant_name"`
	Roles      []struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"roles"`
	AgentGroups []struct {
		Name string `json:"name"`
		Kind string `json:"kind"`
	} `json:"agent_groups"`
	Permissions []struct {
		Key   string `json:"key"`
		Scope string `json:"scope"`
	} `json:"permissions"`
}

// meet asks the API who is here.
func (v *visit) meet() error {
	v.notice = v.takeNotice()
	if err := v.get("/me", nil, &v.me); err != nil {
		return err
	}
	for i, r := range v.me.Roles {
		v.me.Roles[i].Name = v.called(r.ID, r.Name)
	}
	return nil
}

// may reports whether the reader has a permission, be it for a part. It decides what is offered, never what is done.
func (v *visit) may(permissions ...string) bool {
	for _, p := range v.me.Permissions {
		if slices.Contains(permissions, p.Key) {
			return true
		}
	}
	return false
}

// needs refuses who has none of the permissions.
func (v *visit) needs(permissions ...string) error {
	if len(permissions) == 0 || v.may(permissions...) {
		return nil
	}
	return &problem{Status: http.StatusForbidden, Slug: "missing-permission", Missing: permissions[0]}
}

// path is the request's, and query a value of its address.
func (v *visit) path(name string) string  { return v.r.PathValue(name) }
func (v *visit) query(name string) string { return v.r.URL.Query().Get(name) }

// form returns what was sent.
func (v *visit) form() (*form, error) {
	if err := v.r.ParseForm(); err != nil {
		return nil, &problem{Status: http.StatusBadRequest, Slug: "malformed", Detail: err.Error()}
	}
	f := &form{values: v.r.PostForm, faults: map[string]string{}}
	v.once = f.get(onceField)
	return f, nil
}

// show answers with a page.
func (v *visit) show(page templ.Component) error {
	return v.showAs(cmp.Or(v.status, http.StatusOK), page)
}

// showAs answers with a page and a status.
func (v *visit) showAs(status int, page templ.Component) error {
	var b bytes.Buffer
	if err := page.Render(v.r.Context(), &b); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(b.Bytes()) // a reader who has gone needs none
	return nil
}

// seeOther sends the reader on to another page of the console, after something was done.
func (v *visit) seeOther(to string) error {
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	return nil
}

// done sends the reader on, with a text of the catalogue that says what was done there. args are as for T.
func (v *visit) done(to, key string, args ...any) error {
	return v.doneIn(to, "", key, args...)
}

// doneIn is done for what a run did, to which the next page leads: there it is seen whole, and undone.
func (v *visit) doneIn(to, run, key string, args ...any) error {
	n := notice{Key: key, Args: args, Run: run}
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	v.setCookie(noticeCookie, base64.RawURLEncoding.EncodeToString(text), 60)
	return v.seeOther(to)
}

// notice is what the next page says first: that something was done.
type notice struct {
	Key  string `json:"key"`
	Args []any  `json:"args,omitempty"`
	Run  string `json:"run,omitempty"` // that did it
}

// takeNotice reads the notice of the page before, once. It comes from a cookie, so it is only believed where its key is one
// of the catalogue; its arguments are shown as text.
func (v *visit) takeNotice() (n notice) {
	c, err := v.r.Cookie(noticeCookie)
	if err != nil || c.Value == "" || v.r.Method != http.MethodGet || byScript(v.r) {
		return notice{}
	}
	v.setCookie(noticeCookie, "", -1)
	text, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || json.Unmarshal(text, &n) != nil || !v.Has(n.Key) {
		return notice{}
	}
	for i, a := range n.Args {
		if number, ok := a.(float64); ok { // JSON knows no whole numbers
			n.Args[i] = int(number)
		}
	}
	return n
}

func (n notice) text(v *visit) string {
	if n.Key == "" {
		return ""
	}
	return v.T(n.Key, n.Args...)
}

// noticeCookie carries what the next page says first.
const noticeCookie = "rollcall_notice"

func (v *visit) setCookie(name, value string, seconds int) {
	http.SetCookie(v.w, &http.Cookie{ //nolint:gosec // Secure where the installation is reached by https
		Name: name, Value: value, Path: "/", MaxAge: seconds, Secure: v.h.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// moment writes an instant in the reader's language and zone.
func (v *visit) moment(t time.Time) string { return v.Moment(t, v.zone) }

// count writes how many, of a key with plurals.
func (v *visit) count(key string, n int) string { return v.T(key, "Count", n) }

// outcome is a status as metrics name it.
func (s *sent) outcome() string {
	if s.status == 0 {
		return strconv.Itoa(http.StatusOK)
	}
	return strconv.Itoa(s.status)
}

// here is the address of this page with some of its query changed: names and values in turn, an empty value leaves out.
func (v *visit) here(changes ...string) string {
	q := v.r.URL.Query()
	for i := 0; i+1 < len(changes); i += 2 {
		if changes[i+1] == "" {
			q.Del(changes[i])
		} else {
			q.Set(changes[i], changes[i+1])
		}
	}
	if len(q) == 0 {
		return v.r.URL.EscapedPath()
	}
	return v.r.URL.EscapedPath() + "?" + q.Encode()
}

// address is where this page is found once more, such as in another language: where only forms are sent to it, the page above.
func (v *visit) address() string {
	if v.r.Method == http.MethodGet {
		return v.r.URL.RequestURI()
	}
	for path := v.r.URL.EscapedPath(); len(path) > 1; path = path[:strings.LastIndexByte(path, '/')] {
		to, err := url.Parse(path)
		if err != nil {
			break
		}
		if _, pattern := v.h.find.Handler(&http.Request{Method: http.MethodGet, URL: to}); pattern != "/" {
			return path
		}
	}
	return "/"
}

// local returns an address of the console that a form or a query names, or another one where it names something else.
func local(to, otherwise string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return otherwise
	}
	return to
}

func requestID() string { return rand.Text() }
