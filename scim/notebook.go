package scim

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"rollcall/store"
)

// notebook writes down what may be written later: last uses of tokens and the connections' request logs. It never makes a
// request wait: when the database is slow, notes are dropped and counted.
type notebook struct {
	ops     store.Ops
	log     *slog.Logger
	notes   chan note
	done    chan struct{}
	mu      sync.RWMutex // closing excludes adding
	closed  bool
	dropped atomic.Int64
	ctx     context.Context //nolint:containedctx // the life of the notebook, which no request's context is
	stop    context.CancelFunc
}

// note is one thing to write down: one of its fields is set.
type note struct {
	use     *store.TokenUse
	request *store.Request
}

const (
	maxNotes   = 2048
	noteWithin = 10 * time.Second
)

func newNotebook(ops store.Ops, log *slog.Logger) *notebook {
	n := &notebook{ops: ops, log: log, notes: make(chan note, maxNotes), done: make(chan struct{})}
	n.ctx, n.stop = context.WithCancel(context.Background())
	go n.run()
	return n
}

func (n *notebook) run() {
	defer close(n.done)
	for x := range n.notes {
		ctx, cancel := context.WithTimeout(n.ctx, noteWithin)
		var err error
		if x.use != nil {
			err = n.ops.NoteTokenUse(ctx, *x.use)
		} else {
			err = n.ops.NoteRequest(ctx, *x.request)
		}
		cancel()
		if err != nil {
			n.log.WarnContext(n.ctx, "the request log cannot be written", "error", err)
		}
		if lost := n.dropped.Swap(0); lost > 0 {
			n.log.WarnContext(n.ctx, "notes for the request log were dropped", "dropped", lost)
		}
	}
}

func (n *notebook) add(x note) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if n.closed {
		return
	}
	select {
	case n.notes <- x:
	default:
		n.dropped.Add(1)
	}
}

// close writes what is left, as long as ctx lasts.
func (n *notebook) close(ctx context.Context) error {
	n.mu.Lock()
	if !n.closed {
		n.closed = true
		close(n.notes)
	}
	n.mu.Unlock()
	defer n.stop()
	select {
	case <-n.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *Handler) noteUse(u store.TokenUse) { h.notebook.add(note{use: &u}) }

// note enters a request into its connection's log: one that failed, but for a search that found nothing, and one of which
// something was forgiven.
func (h *Handler) note(x *exchange, e *Error, took time.Duration) {
	lookup := e != nil && e.Status == http.StatusNotFound && (x.r.Method == http.MethodGet || x.r.Method == http.MethodHead)
	if x.who == nil || lookup || e == nil && len(x.hints) == 0 {
		return
	}
	q := h.entry(x.r, x.who)
	q.ID, q.Took, q.Status = x.id, took, x.out.status
	q.Hint = plain(strings.Join(x.hints, "; "), 1000)
	if e != nil {
		q.Status, q.ScimType, q.Detail = e.Status, e.ScimType, plain(e.Detail, 1000)
	}
	h.notebook.add(note{request: &q})
}

// noteRefused enters a request whose token was good once.
func (h *Handler) noteRefused(r *http.Request, p *principal, why string) {
	q := h.entry(r, p)
	q.ID, q.Status, q.Detail = requestID(r), http.StatusUnauthorized, why
	h.notebook.add(note{request: &q})
}

func (h *Handler) entry(r *http.Request, p *principal) store.Request {
	return store.Request{
		Tenant: p.config.Tenant.ID, Connection: p.connection.ID, At: h.now(), Method: plain(r.Method, 20), Path: plain(r.URL.Path, 300),
		UserAgent: plain(r.UserAgent(), 200),
	}
}

// plain makes a client's text fit to be kept: valid, printable, not longer than n bytes.
func plain(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}
