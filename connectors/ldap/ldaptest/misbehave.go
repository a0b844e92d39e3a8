package ldaptest

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/jimlambrt/gldap"
)

// Record is an entry of a [Misbehaving] server. The names of attributes count in any case.
type Record struct {
	DN         string
	Attributes map[string][]string
}

// Search is a request that a [Misbehaving] server got. Page counts from 1 along a paged search.
type Search struct {
	Base, Filter string
	Scope        gldap.Scope
	Attributes   []string
	Controls     []string // their OIDs
	Page         int
}

// Fault is something that a [Misbehaving] server does wrong, in searches of one entry or more: never in those of the
// root DSE, unless Where says so. What a fault does not say goes as it should.
type Fault struct {
	Base  string            // hits searches at this DN and below; "" hits all
	Where func(Search) bool // hits only these; nil is all
	Page  int               // hits this page of a search; 0 hits every page
	Times int               // hits so many times; 0 hits always

	After        int      // so many entries of the page are sent first, of Cut, Stall and Code
	Cut          bool     // the connection breaks
	Raw          []byte   // bytes that are sent instead of an answer
	Stall        bool     // no answer comes, and the connection stays
	Code         int      // the result code, instead of success
	Text         string   // the diagnostic message of Code
	Referrals    []string // where the result refers to; Code is 10 then
	References   []string // continuation references, sent after the entries
	Empty        bool     // success without an entry
	LosesCookie  bool     // the page ends the search, whatever there is still to come
	RepeatsPage  bool     // the cookie leads to the same page again
	IgnoresPages bool     // all at once, without a paging control
}

// Seen counts what a [Misbehaving] server was asked for.
type Seen struct {
	Connections, Binds, Searches, Stalled int
}

// Misbehaving is an LDAP server in the test's own process. It serves records with filters, pages (RFC 2696) and ranges
// of values as Active Directory imposes them, and does wrong what a test tells it to. Its methods may be called at any
// time, from any goroutine.
type Misbehaving struct {
	mu       sync.Mutex
	changed  *sync.Cond
	root     Record
	records  []Record
	faults   []Fault
	bind     int
	ranges   int
	endless  bool
	sync     *SyncAnswer
	seen     Seen
	searches []Search
	open     map[string]rest // what is still to come of paged searches, by cookie
	raw      map[string][]byte
	serial   int
	stopped  bool

	stop  chan struct{}
	front *front
}

// rest is the part of a paged search that was not sent yet.
type rest struct {
	records []Record
	page    int
}

// Misbehave starts a server on 127.0.0.1 that serves these records, as OpenLDAP unless [Misbehaving.Root] says
// otherwise, until the test ends. It speaks plain LDAP: what goes wrong with TLS, real servers show.
func Misbehave(tb testing.TB, records ...Record) *Misbehaving {
	tb.Helper()
	m := &Misbehaving{
		root: OpenLDAPRoot(), records: records, stop: make(chan struct{}), open: map[string]rest{}, raw: map[string][]byte{},
	}
	m.changed = sync.NewCond(&m.mu)

	server, err := gldap.NewServer(gldap.WithLogger(hclog.NewNullLogger()))
	if err != nil {
		tb.Fatalf("an LDAP server of the test's own: %v", err)
	}
	mux, err := gldap.NewMux()
	if err != nil {
		tb.Fatalf("an LDAP server of the test's own: %v", err)
	}
	for _, err := range []error{mux.Bind(m.handleBind), mux.Search(m.handleSearch), server.Router(mux)} {
		if err != nil {
			tb.Fatalf("an LDAP server of the test's own: %v", err)
		}
	}
	// The library listens at an address that is given to it, so a free one is found first. Nobody but the front, which
	// the test's clients reach, knows it.
	inner := net.JoinHostPort("127.0.0.1", freePort(tb))
	ran := make(chan error, 1)
	go func() { ran <- server.Run(inner) }()
	m.front, err = newFront(tb.Context(), inner, m.packet, func() { m.count(func(s *Seen) { s.Connections++ }) })
	if err != nil {
		tb.Fatalf("an LDAP server of the test's own: %v", err)
	}
	tb.Cleanup(func() {
		m.mu.Lock()
		m.stopped = true
		m.changed.Broadcast()
		m.mu.Unlock()
		close(m.stop)
		m.front.close()
		if err := server.Stop(); err != nil {
			tb.Errorf("stop the LDAP server of the test's own: %v", err)
		}
		if err := <-ran; err != nil {
			tb.Errorf("the LDAP server of the test's own: %v", err)
		}
	})
	return m
}

// URL is where the server is reached: ldap://127.0.0.1:port.
func (m *Misbehaving) URL() string { return "ldap://" + m.front.address() }

// Root replaces the root DSE.
func (m *Misbehaving) Root(r Record) { m.locked(func() { m.root = r }) }

// Misbehave adds faults. Of several that a search meets, the first counts.
func (m *Misbehaving) Misbehave(f ...Fault) { m.locked(func() { m.faults = append(m.faults, f...) }) }

// Heal ends all faults, refused binds among them; the records stay as they are.
func (m *Misbehaving) Heal() {
	m.locked(func() { m.faults, m.bind, m.endless, m.sync = nil, 0, false, nil })
}

// RefuseBinds answers every bind with the code; 0 accepts all again, whatever the password.
func (m *Misbehaving) RefuseBinds(code int) { m.locked(func() { m.bind = code }) }

// Ranges sets how many values of an attribute an answer holds at most, as Active Directory does with 1,500; 0 is all.
// Endless makes no range the last one where there is one.
func (m *Misbehaving) Ranges(most int, endless bool) {
	m.locked(func() { m.ranges, m.endless = most, endless })
}

// ForgetCookies makes the server refuse the cookies of all searches under way, as one does that was restarted.
func (m *Misbehaving) ForgetCookies() { m.locked(func() { clear(m.open) }) }

// Set replaces the records.
func (m *Misbehaving) Set(records ...Record) { m.locked(func() { m.records = records }) }

// Edit calls f for each record, with a copy whose attributes it may change; who is told false is removed.
func (m *Misbehaving) Edit(f func(*Record) bool) {
	m.locked(func() {
		kept := make([]Record, 0, len(m.records))
		for _, r := range m.records {
			c := Record{DN: r.DN, Attributes: make(map[string][]string, len(r.Attributes))}
			for name, values := range r.Attributes {
				c.Attributes[name] = slices.Clone(values)
			}
			if f(&c) {
				kept = append(kept, c)
			}
		}
		m.records = kept
	})
}

// Seen tells what the server was asked for until now.
func (m *Misbehaving) Seen() Seen {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen
}

// Searches returns the searches until now, in the order in which they came.
func (m *Misbehaving) Searches() []Search {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.searches)
}

// Await returns when what was seen satisfies the condition, and fails the test when it does not within a minute.
func (m *Misbehaving) Await(tb testing.TB, condition func(Seen) bool) {
	tb.Helper()
	late := false
	timer := time.AfterFunc(time.Minute, func() {
		m.locked(func() { late = true; m.changed.Broadcast() })
	})
	defer timer.Stop()
	m.mu.Lock()
	defer m.mu.Unlock()
	for !condition(m.seen) {
		if late || m.stopped {
			tb.Fatalf("the LDAP server waited in vain; it saw %+v", m.seen)
		}
		m.changed.Wait()
	}
}

func (m *Misbehaving) locked(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

func (m *Misbehaving) count(f func(*Seen)) {
	m.locked(func() { f(&m.seen); m.changed.Broadcast() })
}

func (m *Misbehaving) handleBind(w *gldap.ResponseWriter, r *gldap.Request) {
	m.count(func(s *Seen) { s.Binds++ })
	m.mu.Lock()
	code := m.bind
	m.mu.Unlock()
	answer := r.NewBindResponse(gldap.WithResponseCode(code))
	answer.SetDiagnosticMessage("")
	_ = w.Write(answer) // who has gone needs no answer
}

// under says whether dn is base or below it.
func under(dn, base string) bool {
	dn, base = strings.ToLower(dn), strings.ToLower(base)
	return base == "" || dn == base || strings.HasSuffix(dn, ","+base)
}

// token is a name for a packet that the library cannot send. The front replaces the entry of that name by it.
func (m *Misbehaving) token(packet []byte) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.serial++
	name := fmt.Sprintf("%s%08d", tokenMark, m.serial)
	m.raw[name] = packet
	return name
}

// packet returns what takes the place of the token: bytes, or nothing to break the connection.
func (m *Misbehaving) packet(token string) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.raw[token]
	delete(m.raw, token)
	return p
}
