package api

import (
	"context"
	"net/http"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// registerMySessions adds what whoever is signed in may do with their own sessions, for which nobody needs a permission.
func registerMySessions(h *Handler) {
	register(h, operation{
		id: "list-my-sessions", method: http.MethodGet, path: "/me/sessions", tag: "me", summary: "List my sessions",
		doc: "Those of whoever is signed in, live ones first, and of these the newest. Who came by a login link has one, and an API key none.",
	}, func(ctx context.Context, c *call, in *Paging) (*tagged[page[session]], error) {
		switch c.self.Kind {
		case "person":
			return c.sessions(ctx, store.SessionQuery{Person: c.self.Person}, *in)
		case "link":
			s, err := c.reader.Session(ctx, c.self.Session)
			if err != nil {
				return nil, err
			}
			listed := store.ListedSession{Session: s.Session, Live: s.Live(h.now(), provision.SessionIdle(c.config))}
			return answered(page[session]{Items: []session{sessionOf(listed, "")}})
		}
		return answered(page[session]{Items: []session{}})
	})
	register(h, operation{
		id: "end-my-session", method: http.MethodDelete, path: "/me/sessions/{session}", tag: "me", summary: "End a session of mine",
		doc: "As signing out in that browser does. One that is over already stays as it is.",
	}, func(ctx context.Context, c *call, in *struct {
		Session string `path:"session" maxLength:"300" doc:"The session's id." example:"h2k4m6p8q3r5s"`
	},
	) (*struct{}, error) {
		s, err := c.reader.Session(ctx, in.Session)
		if err != nil {
			return nil, err
		}
		if !c.mine(s.Session) {
			return nil, directory.Errorf(directory.NotFound, "there is no session %q", in.Session)
		}
		_, err = h.engine.EndSession(ctx, c.actor(), s.ID, directory.EndedBySignOut)
		return nil, err
	})
}

// mine reports whether a session is one of whoever asks: a person's own, or the very one of who came by a login link.
func (c *call) mine(s directory.Session) bool {
	switch c.self.Kind {
	case "person":
		return s.Person == c.self.Person
	case "link":
		return s.ID == c.self.Session
	default:
		return false
	}
}
