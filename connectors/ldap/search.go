package ldap

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
)

// pageValues is about how many attribute values one page should have. Where entries are large, as groups are, fewer of
// them are asked for at a time, so that memory depends on neither the number of entries nor their size.
const pageValues = 50_000

// search asks for entries page by page (RFC 2696) and hands each page to each, with ranged attributes followed to the
// end. While each works on a page, the next one is already on its way. It says how much came and what was wrong; its
// error is each's, or that ctx ended.
func (c *conn) search(ctx context.Context, request *goldap.SearchRequest, each func([]*goldap.Entry) error) (directory.Completeness, []directory.Problem, error) {
	return c.pages(ctx, request, c.size, each)
}

// pages is search with a first page of so many entries; the next ones are as large as the entries allow.
func (c *conn) pages(ctx context.Context, request *goldap.SearchRequest, first int, each func([]*goldap.Entry) error) (directory.Completeness, []directory.Problem, error) {
	reading, cancel := context.WithCancel(ctx)
	defer cancel()
	f := &fetch{conn: c, request: request, pages: make(chan []*goldap.Entry), completeness: directory.Complete}
	go func() {
		defer close(f.pages)
		f.run(reading, min(first, c.size))
	}()
	var failed error
	for page := range f.pages {
		if failed == nil {
			if failed = each(page); failed != nil {
				cancel()
			}
		}
	}
	switch {
	case failed != nil:
		return directory.Partial, f.problems.all(), failed
	case ctx.Err() != nil:
		return directory.Partial, f.problems.all(), ctx.Err()
	}
	return f.completeness, f.problems.all(), nil
}

// fetch is one search on its way. Only its own goroutine touches it until pages is closed.
type fetch struct {
	*conn
	request      *goldap.SearchRequest
	pages        chan []*goldap.Entry
	came         int // entries
	completeness directory.Completeness
	problems     problems

	page   []*goldap.Entry // what is to be handed over next
	values int             // in page
	ranged []*goldap.Entry // entries of which the server sent only a range of some attribute
}

// run asks for page after page.
func (f *fetch) run(ctx context.Context, size int) {
	var cookie []byte
	head := "" // the name of the last page's first entry
	for later := false; ; later = true {
		before, values := f.came, 0
		control := &goldap.ControlPaging{PagingSize: uint32(size), Cookie: cookie} //nolint:gosec // a page has some thousand entries at most
		request := *f.request
		request.Controls = append(slices.Clip(f.request.Controls), control)
		var answer *goldap.ControlPaging
		err := f.stream(ctx, func(ctx context.Context) goldap.Response { return f.SearchAsync(ctx, &request, min(size/16, 64)) }, func(r goldap.Response) error {
			if e := r.Entry(); e != nil {
				if f.came == before {
					if e.DN == head {
						return errSamePage
					}
					head = e.DN
				}
				values += weight(e)
				return f.take(ctx, e)
			}
			if r.Referral() != "" {
				f.refer(r.Referral())
			}
			if found, ok := goldap.FindControl(r.Controls(), goldap.ControlTypePaging).(*goldap.ControlPaging); ok {
				answer = found
			}
			return nil
		})
		if err == nil {
			err = f.finish(ctx)
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			f.fail(err, later)
			return
		case answer == nil && later:
			f.fail(&fault{
				said: directory.Say("the search %s ended without the server saying whether this was all", f.request.Filter),
				fix:  "name one server in url instead of a load balancer; the next sync reads again",
			}, later)
			return
		case answer == nil || len(answer.Cookie) == 0:
			return
		}
		cookie = answer.Cookie
		size = f.next(size, f.came-before, values)
	}
}

// errSamePage ends what would go on for ever.
var errSamePage = &fault{
	said: directory.Say("the server sent the same page twice, so the rest of the search is unknown"),
	fix:  "name one server in url instead of a load balancer, or update the server; the next sync reads again",
}

// next returns how large the next page should be, after one of so many entries with so many values.
func (f *fetch) next(size, entries, values int) int {
	if entries > 0 {
		size = min(10*size, pageValues*entries/max(values, 1))
	}
	return max(1, min(size, f.size))
}

// take puts an entry into the page, and hands the page over when it is full. A server that knows no paging sends all at
// once; an entry with ranges waits until the server has nothing more to say.
func (f *fetch) take(ctx context.Context, e *goldap.Entry) error {
	f.came++
	if hasRange(e) {
		f.ranged = append(f.ranged, e)
		return nil
	}
	f.page = append(f.page, e)
	if f.values += weight(e); len(f.page) < f.size && f.values < 2*pageValues {
		return nil
	}
	return f.hand(ctx)
}

// finish follows the ranges of the entries that wait and hands over what is left.
func (f *fetch) finish(ctx context.Context) error {
	for _, e := range f.ranged {
		if err := f.complete(ctx, e, &f.problems); err != nil {
			if ctx.Err() != nil {
				return err
			}
			f.completeness = directory.Partial // e says itself what it lacks
		}
		f.page = append(f.page, e)
		if f.values += weight(e); f.values >= pageValues {
			if err := f.hand(ctx); err != nil {
				return err
			}
		}
	}
	f.ranged = nil
	return f.hand(ctx)
}

func (f *fetch) hand(ctx context.Context) error {
	if len(f.page) == 0 {
		return nil
	}
	select {
	case f.pages <- f.page:
	case <-ctx.Done():
		return ctx.Err()
	}
	f.page, f.values = make([]*goldap.Entry, 0, len(f.page)), 0
	return nil
}

// fail ends the search early. What came is true and handed over.
func (f *fetch) fail(err error, later bool) {
	if to := referrals(err); len(to) > 0 {
		for _, url := range to {
			f.refer(url)
		}
	} else {
		f.problems.add(describe(asFault(err, f, later)))
	}
	f.completeness = directory.Partial
	if f.came == 0 {
		f.completeness = directory.Failed
	}
	f.page = append(f.page, f.ranged...) // with ranges that nobody followed, which they tell themselves
	_ = f.hand(context.Background())
}

func asFault(err error, f *fetch, later bool) error {
	if known, ok := errors.AsType[*fault](err); ok {
		return known
	}
	return searchFault(err, f.request, f.wire.hush.Load(), f.came, later)
}

// weight is how many values an entry has.
func weight(e *goldap.Entry) int {
	n := 0
	for _, a := range e.Attributes {
		n += len(a.Values)
	}
	return n
}

// stream starts a search and hands each what the server answers, until the server says that this was all: only then it
// returns nil. Its error is each's, ctx's or the server's. The library ends a search without an error also when the
// connection was lost at the wrong moment; here that is an error. A server that says nothing for the timeout while an
// answer is awaited loses the connection.
func (c *conn) stream(ctx context.Context, start func(context.Context) goldap.Response, each func(goldap.Response) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := c.watch()
	defer w.stop()
	response := start(ctx)
	// Once each failed, the rest is read and forgotten: an answer that nobody awaits makes the connection useless to the
	// library.
	var failed error
	for {
		w.since.Store(time.Now().UnixNano())
		more := response.Next()
		w.since.Store(0)
		if !more {
			break
		}
		if failed == nil {
			failed = each(response)
		}
	}
	switch err := response.Err(); {
	case failed != nil:
		return failed
	case err != nil:
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case c.IsClosing():
		return goldap.NewError(goldap.ErrorNetwork, errors.New("connection closed"))
	}
	return c.GetLastError()
}

// watch closes the connection when the server is silent for too long.
type watch struct {
	since atomic.Int64 // since when an answer is awaited; 0 while none is
	timer *time.Timer
	over  atomic.Bool
}

func (c *conn) watch() *watch {
	w := &watch{}
	ready := make(chan struct{})
	w.timer = time.AfterFunc(c.timeout, func() {
		<-ready
		left := c.timeout
		if since := w.since.Load(); since != 0 {
			left -= time.Since(time.Unix(0, max(since, c.wire.heard.Load())))
		}
		switch {
		case w.over.Load():
		case left <= 0:
			c.wire.hush.Store(true)
			_ = c.wire.Close()
		default:
			w.timer.Reset(left)
		}
	})
	close(ready)
	return w
}

func (w *watch) stop() {
	w.over.Store(true)
	w.timer.Stop()
}

// refer tells of a referral: a part of the directory that another server holds. It is never followed, for it may lead
// anywhere, and the password with it. What is there is unknown; but Active Directory's own parts hold no people.
func (f *fetch) refer(to string) {
	base := to
	if _, path, ok := strings.Cut(to, "://"); ok {
		_, base, _ = strings.Cut(path, "/")
	}
	lower := strings.ToLower(base)
	for _, harmless := range []string{"dc=domaindnszones,", "dc=forestdnszones,", "cn=configuration,dc=", "cn=schema,cn=configuration,"} {
		if strings.HasPrefix(lower, harmless) {
			return
		}
	}
	if f.completeness == directory.Complete {
		f.completeness = directory.Partial
	}
	f.problems.add(directory.Problem{
		Kind: referral, Subject: to, Message: directory.Say("the server refers to another one for a part of %s; it was not followed, so who is there is unknown", f.request.BaseDN),
		Fix: "make a connection of its own for that server, and a base that does not reach into its part; or name in url a server that holds all of it",
	})
}

// referrals returns where a result refers to (RFC 4511 §4.1.10).
func referrals(err error) []string {
	e, ok := errors.AsType[*goldap.Error](err)
	if !ok || e.ResultCode != goldap.LDAPResultReferral {
		return nil
	}
	to := []string{}
	if e.Packet != nil && len(e.Packet.Children) > 1 {
		if result := e.Packet.Children[1]; len(result.Children) > 3 {
			for _, uri := range result.Children[3].Children {
				to = append(to, uri.Data.String())
			}
		}
	}
	if len(to) == 0 {
		to = append(to, "an unnamed server")
	}
	return to
}
