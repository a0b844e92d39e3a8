package sso

import (
	"net/http"
	"net/url"
	"time"

	"rollcall/directory"
)

// home tells somebody that they are signed in, and as whom.
type home struct {
	Name, Tenant string
	Roles        []string
	Since, Until string
}

func (h *Handler) home(w http.ResponseWriter, r *http.Request) {
	s, err := h.Session(r, false)
	if err != nil {
		if directory.KindOf(err) != directory.Forbidden {
			h.fail(w, r, "session", err)
			return
		}
		to := LoginPath
		if back := r.URL.RequestURI(); back != "/" {
			to += "?return=" + url.QueryEscape(back)
		}
		h.seeOther(w, r, to)
		return
	}
	c, err := h.engine.Configuration(r.Context(), s.Tenant)
	if err != nil {
		h.fail(w, r, "session", err)
		return
	}
	page := home{Name: s.By, Tenant: c.Tenant.Name, Since: s.CreatedAt.Format(time.RFC3339), Until: s.ExpiresAt.Format(time.RFC3339)}
	roles := []string{s.Role}
	if s.Person != "" {
		v, err := h.engine.View(r.Context(), s.Tenant, s.Person)
		if err != nil {
			h.fail(w, r, "session", err)
			return
		}
		page.Name, roles = v.UserName, nil
		for _, x := range v.Roles {
			roles = append(roles, x.Key)
		}
	}
	for _, key := range roles {
		for _, x := range c.Roles {
			if x.Key == key {
				page.Roles = append(page.Roles, x.Name)
			}
		}
	}
	h.render(w, r, http.StatusOK, "home", page)
}
