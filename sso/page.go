package sso

import (
	"bytes"
	_ "embed" // the pages and their style
	"html/template"
	"net/http"
	"net/mail"
	"net/url"
	"strings"

	"rollcall/directory"
	"rollcall/locale"
)

//go:embed pages.html
var pagesText string

//go:embed style.css
var styleText []byte

var pages = template.Must(template.New("pages").Parse(pagesText))

func style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(styleText)
}

// sheet is what every page has: what it says, in the reader's language.
type sheet struct {
	locale.Language

	Data any
}

func (h *Handler) render(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var page bytes.Buffer
	if err := pages.ExecuteTemplate(&page, name, sheet{locale.Of(r), data}); err != nil {
		h.log.ErrorContext(r.Context(), "a page was not made", "page", name, "error", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes())
}

func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, status int, x refusal) {
	if x.Again == "" {
		x.Again = LoginPath
	}
	h.render(w, r, status, "refusal", x)
}

// forward sends the browser on by a page. A redirect would not do after a form: the policy that keeps forms to this
// installation holds for where they are redirected too.
func (h *Handler) forward(w http.ResponseWriter, r *http.Request, to string) {
	h.render(w, r, http.StatusOK, "forward", to)
}

func (h *Handler) seeOther(w http.ResponseWriter, r *http.Request, to string) {
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// offered is the page on which one signs in.
type offered struct {
	Return string
	Ways   []way  // of the tenant that the address names
	Fault  string // what is wrong with the e-mail address
	Email  string
}

// way is a provider to sign in at.
type way struct{ Name, Start string }

// offer shows how to sign in: by the domain of one's e-mail address, or at the providers of a tenant that the address names.
func (h *Handler) offer(w http.ResponseWriter, r *http.Request) {
	page := offered{Return: landing(r.URL.Query().Get("return"))}
	if key := r.URL.Query().Get("tenant"); key != "" {
		ways, err := h.ways(r, key, page.Return)
		if err != nil {
			h.fail(w, r, "sign_in", err)
			return
		}
		page.Ways = ways
	}
	h.render(w, r, http.StatusOK, "login", page)
}

func (h *Handler) ways(r *http.Request, key, back string) ([]way, error) {
	t, err := h.db.Ops().Tenant(r.Context(), key)
	if err != nil {
		return nil, err
	}
	c, err := h.engine.Configuration(r.Context(), t.ID)
	if err != nil {
		return nil, err
	}
	var out []way
	for _, x := range c.Connections {
		if x.OIDC != nil {
			out = append(out, way{x.Name, again(found{tenant: t, connection: x}, back)})
		}
	}
	if len(out) == 0 {
		return nil, directory.Errorf(directory.NotFound, "nobody signs in here")
	}
	return out, nil
}

// choose finds the provider of an e-mail address by its domain. Nobody learns here whether the person exists.
func (h *Handler) choose(w http.ResponseWriter, r *http.Request) {
	page := offered{Return: landing(r.PostFormValue("return")), Email: strings.TrimSpace(cut(r.PostFormValue("email"), 254))}
	at, err := mail.ParseAddress(page.Email)
	if err != nil || at.Name != "" {
		page.Fault = locale.Of(r).T("sign_in.fault_email")
		h.render(w, r, http.StatusUnprocessableEntity, "login", page)
		return
	}
	_, domain, _ := strings.Cut(at.Address, "@")
	tenant, connection, err := h.db.Ops().Domain(r.Context(), domain)
	if err != nil {
		h.fail(w, r, "sign_in", err)
		return
	}
	c, err := h.provides(r.Context(), tenant, connection)
	if err != nil {
		h.observe("sign_in", "unknown_domain")
		page.Fault = locale.Of(r).T("sign_in.fault_domain", "Domain", cut(domain, 100))
		h.render(w, r, http.StatusUnprocessableEntity, "login", page)
		return
	}
	q := url.Values{"hint": {at.Address}}
	if page.Return != "/" {
		q.Set("return", page.Return)
	}
	h.forward(w, r, again(c, "")+"?"+q.Encode())
}
