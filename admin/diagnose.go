package admin

import (
	"context"
	"fmt"
	"time"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Level is how bad a check came out.
type Level string

// The levels of a check. Only a fault makes "rollcall doctor" end with status 1.
const (
	OK      Level = "ok"
	Warning Level = "warning"
	Fault   Level = "fault"
)

// Check is one thing that Diagnose looked at.
type Check struct {
	Check  string `json:"check"`            // database, schema, clock, ledger, head, backlog, people, token, rule, connection, or what of a directory
	Tenant string `json:"tenant,omitempty"` // key
	Level  Level  `json:"level"`
	directory.Message
	Write string `json:"write,omitempty"` // what to write, where one line mends it
	Head  string `json:"head,omitempty"`  // of a ledger: keep it, to prove later that nothing before it changed
}

// DiagnoseOptions are what Diagnose may be given. Each field may be zero.
type DiagnoseOptions struct {
	Quick    bool                                         // leave the ledgers and the directories out
	Head     string                                       // a ledger's head kept from before: was anything altered up to it
	Clock    func(ctx context.Context) (time.Time, error) // the database's clock, where it has one
	Progress func(tenant string, done int64)              // how much of a ledger was verified

	Tenant     string // key: look at this tenant alone
	Connection string // name: look at connections of this name alone
	// Examine looks at the directory or the provider behind a connection of a tenant, by its id: can it be reached, does it answer, how does
	// it map.
	Examine func(ctx context.Context, tenant string, c directory.Connection) []Check
}

// The bounds of what is healthy.
const (
	clockSkew    = 2 * time.Second
	waitingLong  = 10_000 // changes without a place in the ledger
	listedPeople = 1000
)

// Diagnose looks at everything that an operator wants to know: does the database answer, is its schema this version's, do
// the clocks agree, is the ledger of every tenant whole, does work pile up, and the notices of each tenant.
func (a *Admin) Diagnose(ctx context.Context, o DiagnoseOptions) []Check {
	d := &diagnosis{Admin: a, o: o}
	if d.database(ctx) {
		d.clock(ctx)
		head := d.head(ctx)
		tenants, err := a.db.Ops().Tenants(ctx)
		d.failed("database", "", err)
		if err == nil && len(tenants) == 0 {
			d.add("tenant", "", Warning, "there is no tenant yet", "rollcall apply -f FILE")
		}
		for _, t := range tenants {
			if o.Tenant == "" || schema.Fold(o.Tenant) == t.Key {
				d.tenant(ctx, t, head)
			}
		}
	}
	return d.checks
}

type diagnosis struct {
	*Admin

	o      DiagnoseOptions
	checks []Check
}

func (d *diagnosis) add(check, tenant string, level Level, text, write string) {
	d.checks = append(d.checks, Check{Check: check, Tenant: tenant, Level: level, Message: directory.Quote(text), Write: write})
}

// failed tells that a check could not be made.
func (d *diagnosis) failed(check, tenant string, err error) bool {
	if err != nil {
		d.add(check, tenant, Fault, "could not be checked: "+err.Error(), "")
	}
	return err != nil
}

// database reports whether the rest can be looked at.
func (d *diagnosis) database(ctx context.Context) bool {
	if err := d.db.Ping(ctx); err != nil {
		d.add("database", "", Fault, err.Error(), "")
		return false
	}
	d.add("database", "", OK, d.db.Name()+" answers", "")
	has, wants, err := d.db.Schema(ctx)
	switch {
	case d.failed("schema", "", err):
		return false
	case has < wants:
		d.add("schema", "", Fault, fmt.Sprintf("the schema is version %d; this program wants %d", has, wants), "rollcall migrate")
		return false
	case has > wants:
		d.add("schema", "", Warning, fmt.Sprintf("the schema is version %d, of a newer release; this program knows %d", has, wants), "")
	default:
		d.add("schema", "", OK, fmt.Sprintf("version %d", has), "")
	}
	return true
}

func (d *diagnosis) clock(ctx context.Context) {
	if d.o.Clock == nil {
		return
	}
	before := time.Now()
	at, err := d.o.Clock(ctx)
	if d.failed("clock", "", err) {
		return
	}
	took := time.Since(before)
	skew := at.Sub(before.Add(took / 2)).Round(time.Millisecond)
	if skew.Abs() > clockSkew+took {
		d.add("clock", "", Fault, fmt.Sprintf("the database's clock is %s off this machine's; leases and expiries need them to agree: set both by NTP", skew), "")
		return
	}
	d.add("clock", "", OK, fmt.Sprintf("within %s of the database's", max(skew.Abs(), time.Millisecond)), "")
}

// head reads the head to look for; the zero Head where there is none or it is no head of this installation.
func (d *diagnosis) head(ctx context.Context) store.Head {
	if d.o.Head == "" {
		return store.Head{}
	}
	head, err := d.db.ParseHead(ctx, d.o.Head)
	if err != nil {
		d.add("head", "", Fault, err.Error(), "")
	}
	return head
}

func (d *diagnosis) tenant(ctx context.Context, t directory.Tenant, head store.Head) {
	if head.Tenant != t.ID {
		head = store.Head{}
	}
	if !d.o.Quick && d.o.Connection == "" {
		d.ledger(ctx, t, head)
	}
	r := d.db.Reader(t.ID)
	if d.o.Connection == "" {
		d.people(ctx, t, r)
	}
	c, err := r.Configuration(ctx)
	if d.failed("configuration", t.Key, err) {
		return
	}
	notices, err := d.Notices(ctx, c)
	if d.failed("configuration", t.Key, err) {
		return
	}
	for _, n := range notices {
		if d.o.Connection == "" || n.About == "connection" && d.concerns(n.Name) {
			d.add(n.About, t.Key, Warning, n.Name+": "+n.Text, n.Write)
		}
	}
	d.directories(ctx, t, c)
}

// people tells who is still to be brought to the rules.
func (d *diagnosis) people(ctx context.Context, t directory.Tenant, r store.Reader) {
	due, err := r.Due(ctx, t.ConfigVersion, listedPeople+1)
	switch {
	case d.failed("people", t.Key, err):
	case len(due) > listedPeople:
		d.add("people", t.Key, Warning, fmt.Sprintf("more than %d people are still to be brought to the published rules; a running serve does it", listedPeople), "")
	case len(due) > 0:
		d.add("people", t.Key, Warning, fmt.Sprintf("%d people are still to be brought to the published rules; a running serve does it", len(due)), "")
	default:
		d.add("people", t.Key, OK, "everybody has the rights that the published rules give", "")
	}
}

// concerns reports whether a connection is to be looked at.
func (d *diagnosis) concerns(name string) bool {
	return d.o.Connection == "" || schema.Fold(name) == schema.Fold(d.o.Connection)
}

// directories tells of each directory that is read when that was, and looks at the directory itself; and at the providers that
// people sign in at.
func (d *diagnosis) directories(ctx context.Context, t directory.Tenant, c *store.Configuration) {
	for _, x := range c.Connections {
		if x.Kind == directory.SCIM || !d.concerns(x.Name) {
			continue
		}
		if x.Kind == directory.OIDC {
			d.examine(ctx, t, x)
			continue
		}
		s, err := d.db.Reader(t.ID).Source(ctx, x.ID)
		if !d.failed("source", t.Key, err) && !s.CheckedAt.IsZero() && s.Failures == 0 {
			text := fmt.Sprintf("%s: was last read completely on %s", x.Name, s.CheckedAt.UTC().Format(time.RFC3339))
			if !s.NextAt.IsZero() {
				text += ", and is read next on " + s.NextAt.UTC().Format(time.RFC3339)
			}
			d.add("source", t.Key, OK, text, "")
		}
		d.examine(ctx, t, x)
	}
}

// examine looks at what is behind a connection.
func (d *diagnosis) examine(ctx context.Context, t directory.Tenant, x directory.Connection) {
	if d.o.Quick || d.o.Examine == nil {
		return
	}
	for _, found := range d.o.Examine(ctx, t.ID, x) {
		found.Tenant, found.Message = t.Key, directory.Quote(x.Name).And(": ", found.Message)
		d.checks = append(d.checks, found)
	}
}

// keep adds the ledger's present head to its check, where the secret key is there to make one.
func (d *diagnosis) keep(ctx context.Context, t directory.Tenant) {
	head, err := d.db.Head(ctx, t.ID)
	if err != nil {
		d.add("head", t.Key, Warning, "the ledger's head cannot be made: "+err.Error(), "")
		return
	}
	d.checks[len(d.checks)-1].Head = head
}

func (d *diagnosis) ledger(ctx context.Context, t directory.Tenant, head store.Head) {
	audit, err := d.db.VerifyLedger(ctx, t.ID, head, func(done int64) {
		if d.o.Progress != nil {
			d.o.Progress(t.Key, done)
		}
	})
	if d.failed("ledger", t.Key, err) {
		return
	}
	for _, f := range audit.Faults {
		d.add("ledger", t.Key, Fault, f, "")
	}
	if len(audit.Faults) == 0 {
		text := fmt.Sprintf("%d changes are chained and unaltered", audit.Changes)
		if audit.Erased > 0 {
			text += fmt.Sprintf(", %d of them erased", audit.Erased)
		}
		d.add("ledger", t.Key, OK, text, "")
		d.keep(ctx, t)
	}
	switch {
	case head.Sequence == 0:
	case audit.HeadSeen:
		d.add("head", t.Key, OK, fmt.Sprintf("nothing up to place %d was altered since the head was written down", head.Sequence), "")
	default:
		d.add("head", t.Key, Fault, fmt.Sprintf("the ledger does not contain the head of place %d: changes up to it were altered or removed since it was written down", head.Sequence), "")
	}
	if audit.Waiting > waitingLong {
		d.add("backlog", t.Key, Warning, fmt.Sprintf("%d changes wait for their place in the ledger; is serve running?", audit.Waiting), "")
	} else {
		d.add("backlog", t.Key, OK, fmt.Sprintf("%d changes wait for their place in the ledger", audit.Waiting), "")
	}
}
