package sso

import (
	"sync"
	"time"

	"rollcall/directory"
)

// mostAccepted is of how many sessions a replica remembers when it accepted them last, twice at most.
const mostAccepted = 20_000

// accepted remembers when this replica accepted sessions last, to measure how long it went on after their end. It decides
// nothing: whether a session is live is asked of the database at each use.
type accepted struct {
	mu           sync.Mutex
	now, earlier map[string]time.Time
}

// note remembers that a session was found live at an instant.
func (a *accepted) note(s directory.Session, at time.Time) {
	key := s.Tenant + "/" + s.ID
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now == nil || len(a.now) >= mostAccepted {
		a.now, a.earlier = map[string]time.Time{}, a.now
	}
	if last, ok := a.earlier[key]; ok && last.After(at) {
		at = last
	}
	if !a.now[key].After(at) {
		a.now[key] = at
	}
}

// late returns how long after its end a session was accepted here, 0 where it never was, and forgets it. Of a session that
// was not accepted here there is nothing to tell.
func (a *accepted) late(s directory.Session) (time.Duration, bool) {
	key := s.Tenant + "/" + s.ID
	a.mu.Lock()
	defer a.mu.Unlock()
	last, ok := a.now[key]
	if !ok {
		last, ok = a.earlier[key]
	}
	delete(a.now, key)
	delete(a.earlier, key)
	if !ok || s.EndedAt == nil {
		return 0, false
	}
	return max(0, last.Sub(*s.EndedAt)), true
}
