package sso

import (
	"net/http"
	"net/url"
	"strings"

	"rollcall/directory"
)

// LinkURL is the address of a login link. Opening it shows a button, since programs that look at addresses in messages would
// use it up.
func LinkURL(base string, b directory.Bearer) string {
	return strings.TrimRight(base, "/") + Root + "/link?key=" + url.QueryEscape(b.String())
}

func (h *Handler) showLink(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Query().Get("key")
	if _, err := directory.ParseBearer(directory.LinkPrefix, key); err != nil {
		h.overLink(w, r)
		return
	}
	h.render(w, r, http.StatusOK, "link", key)
}

// useLink begins a session by a link: once.
func (h *Handler) useLink(w http.ResponseWriter, r *http.Request) {
	b, err := directory.ParseBearer(directory.LinkPrefix, r.PostFormValue("key"))
	if err != nil {
		h.overLink(w, r)
		return
	}
	s := directory.Session{UserAgent: cut(r.UserAgent(), 300), Address: h.client(r)}
	bearer, err := h.engine.UseLoginLink(r.Context(), b, s)
	switch kind := directory.KindOf(err); {
	case kind == directory.NotFound || kind == directory.Forbidden:
		h.overLink(w, r)
		return
	case err != nil:
		h.fail(w, r, "link", err)
		return
	}
	h.replace(r)
	h.begin(w, bearer)
	h.observe("link", "ok")
	h.log.WarnContext(r.Context(), "signed in by a login link", "tenant", b.Tenant, "link", b.ID, "session", bearer.ID)
	h.seeOther(w, r, "/")
}

func (h *Handler) overLink(w http.ResponseWriter, r *http.Request) {
	h.observe("link", "over")
	h.refuse(w, r, http.StatusForbidden, refusal{Code: "link"})
}
