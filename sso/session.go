package sso

import (
	"context"
	"net/http"
	"time"

	"rollcall/directory"
	"rollcall/provision"
)

// noteEvery is how often at most the use of a session is written down.
const noteEvery = time.Minute

// Session tells who asks: the session of the request's cookie, if it is live and its person is active. Without one it is an
// error of kind Forbidden that says why. It is asked of the database at each use, in one question, so that whoever loses
// their access is out with the commit that takes it. A passive question, of a page that asks by itself, does not count as use:
// a page that is open and forgotten does not keep its session from ending.
func (h *Handler) Session(r *http.Request, passive bool) (directory.Session, error) {
	s, err := h.session(r)
	if err == nil && !passive {
		h.note(r.Context(), s, h.now())
	}
	switch directory.KindOf(err) {
	case directory.Forbidden:
		h.observe("session", "none")
	default:
		h.observe("session", "ok")
	}
	return s, err
}

func (h *Handler) session(r *http.Request) (directory.Session, error) {
	b, ok := h.bearer(r)
	if !ok {
		return directory.Session{}, none("nobody is signed in")
	}
	ctx, asked := r.Context(), time.Now()
	s, err := h.db.Reader(b.Tenant).Session(ctx, b.ID)
	h.took("question", time.Since(asked))
	if err != nil {
		if directory.KindOf(err) == directory.NotFound {
			err = none("this session is not known here")
		}
		return directory.Session{}, err
	}
	now := h.now()
	if !b.Matches(s.Hash) {
		return directory.Session{}, none("this session is not known here")
	}
	c, err := h.engine.Configuration(ctx, b.Tenant)
	if err != nil {
		return directory.Session{}, err
	}
	switch {
	case s.EndedAt != nil:
		if late, ok := h.accepted.late(s.Session); ok {
			h.took("revocation", late)
		}
		return directory.Session{}, none("this session was ended")
	case !s.Live(now, provision.SessionIdle(c)):
		return directory.Session{}, none("this session is over")
	case s.Person != "" && s.State != directory.Active:
		return directory.Session{}, none("its holder is not active")
	}
	h.accepted.note(s.Session, now)
	return s.Session, nil
}

func none(text string) error { return directory.Errorf(directory.Forbidden, "%s", text) }

func (h *Handler) bearer(r *http.Request) (directory.Bearer, bool) {
	c, err := r.Cookie(h.sessionName())
	if err != nil {
		return directory.Bearer{}, false
	}
	b, err := directory.ParseBearer(directory.SessionPrefix, c.Value)
	return b, err == nil
}

// note writes down that a session was used, now and then.
func (h *Handler) note(ctx context.Context, s directory.Session, now time.Time) {
	if now.Sub(s.SeenAt) < noteEvery {
		return
	}
	if err := h.db.Ops().NoteSessionUse(ctx, s.Tenant, s.ID, now); err != nil {
		h.log.WarnContext(ctx, "the use of a session was not noted", "session", s.ID, "error", err)
	}
}

// replace ends the session that the browser had until it signed in anew, so that none is left behind.
func (h *Handler) replace(r *http.Request) {
	s, err := h.session(r)
	if err != nil {
		return
	}
	if _, err := h.engine.EndSession(r.Context(), actorOf(s), s.ID, directory.EndedBySignOut); err != nil {
		h.log.WarnContext(r.Context(), "the former session was not ended", "session", s.ID, "error", err)
	}
}

// actorOf is whom the change log names for what is done in a session.
func actorOf(s directory.Session) directory.Actor {
	if s.Person == "" {
		return directory.ActorNamed(s.Tenant, s.By)
	}
	return directory.Actor{Tenant: s.Tenant, Kind: directory.ActorPerson, ID: s.Person}
}
