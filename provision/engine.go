package provision

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/mapping"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Engine is the only writer of people. It is safe for concurrent use; several processes may run over one database.
type Engine struct {
	db      *store.DB
	guard   Guard
	log     *slog.Logger
	observe func(*Plan)
	held    func(connection string, people int)
	settled chan struct{}

	known recollection

	mu    sync.Mutex
	rules map[string]*policy   // by tenant
	told  map[string]time.Time // when the log was told of a guard's connection
}

// Guard looks at each plan before it is applied. An error refuses the whole write and is told to whoever asked for it.
type Guard func(ctx context.Context, actor directory.Actor, plan *Plan) error

// Options are what an engine may be given.
type Options struct {
	Guard   Guard        // nil lets every plan pass
	Log     *slog.Logger // nil discards
	Observe func(*Plan)  // sees every plan that was applied; for metrics
	// Held is told, each time that the guard on pushes holds rights, of which connection, by its name, and of how many
	// people; for metrics.
	Held func(connection string, people int)
}

// New builds the engine over a database.
func New(db *store.DB, o Options) *Engine {
	e := &Engine{db: db, guard: o.Guard, log: o.Log, observe: o.Observe, held: o.Held, rules: map[string]*policy{}, told: map[string]time.Time{}, settled: make(chan struct{}, 1)}
	if e.guard == nil {
		e.guard = func(context.Context, directory.Actor, *Plan) error { return nil }
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	if e.observe == nil {
		e.observe = func(*Plan) {}
	}
	if e.held == nil {
		e.held = func(string, int) {}
	}
	return e
}

// Due receives a hint each time that people were marked as due, so that whoever runs [Engine.Settle] need not wait for
// their next look.
func (e *Engine) Due() <-chan struct{} { return e.settled }

// Wake gives that hint. It never waits: a hint that nobody has taken yet is enough.
func (e *Engine) Wake() {
	select {
	case e.settled <- struct{}{}:
	default:
	}
}

// policy is a tenant's configuration with its rules compiled.
type policy struct {
	*store.Configuration

	set       *mapping.Set
	access    *access.Model
	leaver    directory.LeaverRule
	seating   seating
	revives   bool // for one plan: who is gone becomes what the leaver rule says of people without an account
	decisions []decision
	read      time.Time
}

// configurationAge is how old a configuration may be when nothing validates it.
const configurationAge = 2 * time.Second

// Configuration returns the tenant's configuration, at most a few seconds old. Writes never rely on its age: the
// statement that locks people tells them the version.
func (e *Engine) Configuration(ctx context.Context, tenant string) (*store.Configuration, error) {
	p, err := e.policy(ctx, e.db.Reader(tenant), 0, false)
	if err != nil {
		return nil, err
	}
	return p.Configuration, nil
}

// latest returns the compiled configuration as it is at this moment: one question asks whether what is remembered still is.
func (e *Engine) latest(ctx context.Context, r store.Reader) (*policy, error) {
	version, err := r.ConfigVersion(ctx)
	if err != nil {
		return nil, err
	}
	return e.policy(ctx, r, version, true)
}

// Latest returns a tenant's configuration as it is at this moment, for what may not be a few seconds behind.
func (e *Engine) Latest(ctx context.Context, tenant string) (*store.Configuration, error) {
	p, err := e.latest(ctx, e.db.Reader(tenant))
	if err != nil {
		return nil, err
	}
	return p.Configuration, nil
}

// policy returns the compiled configuration, read anew when it is older than the version or, unless any age will do,
// than a few seconds.
func (e *Engine) policy(ctx context.Context, r store.Reader, version int64, anyAge bool) (*policy, error) {
	e.mu.Lock()
	p := e.rules[r.Tenant()]
	e.mu.Unlock()
	if p != nil && p.Tenant.ConfigVersion >= version && (anyAge || time.Since(p.read) < configurationAge) {
		return p, nil
	}
	if p != nil {
		current, err := r.ConfigVersion(ctx)
		if err != nil {
			return nil, err
		}
		if current == p.Tenant.ConfigVersion && current >= version {
			fresh := *p
			fresh.read = time.Now()
			e.keep(&fresh)
			return &fresh, nil
		}
	}
	c, err := r.Configuration(ctx)
	if err != nil {
		return nil, err
	}
	if p, err = compile(c); err != nil {
		return nil, err
	}
	e.keep(p)
	return p, nil
}

func (e *Engine) keep(p *policy) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if old := e.rules[p.Tenant.ID]; old == nil || old.Tenant.ConfigVersion <= p.Tenant.ConfigVersion {
		e.rules[p.Tenant.ID] = p
	}
}

// CompileRules prepares the rules of a configuration, published or not: to check them, and to run its tests against them.
// It fails as [mapping.Compile] does.
func CompileRules(c *store.Configuration) (*mapping.Set, error) {
	groups := make(map[string]string, len(c.AgentGroups))
	for _, g := range c.AgentGroups {
		if g.Archived {
			continue
		}
		groups[schema.Fold(g.Name)] = g.ID
	}
	return mapping.Compile(c.Rules, mapping.Options{
		Cardinality: c.Setting("roles.cardinality"), NoKinds: c.Setting("groups.membership_kinds") == "off", Roles: c.Roles, Profiles: c.Profiles, AgentGroups: groups, Work: c.Work,
		Companies: c.Companies, Statuses: c.Statuses, SeatPools: c.SeatPools, Connections: c.Connections,
		NoGroups: !slices.Contains(strings.Split(c.Setting("groups.type"), ","), string(directory.AgentGroupWork)),
	})
}

func compile(c *store.Configuration) (*policy, error) {
	set, err := CompileRules(c)
	if err != nil {
		return nil, err
	}
	return &policy{
		Configuration: c, set: set, access: model(c), read: time.Now(),
		leaver:    directory.LeaverRule{When: c.Setting("leaver.when"), Do: c.Setting("leaver.do")},
		seating:   seatingOf(c),
		decisions: decisions(c.Connections),
	}, nil
}

// connection returns the actor's connection. An actor without one acts on people whom no connection owns.
func (p *policy) connection(id string) (directory.Connection, error) {
	if id == "" {
		return directory.Connection{Claim: true, Capabilities: directory.AllCapabilities(), Dialect: directory.RFC}, nil
	}
	i := slices.IndexFunc(p.Connections, func(c directory.Connection) bool { return c.ID == id })
	if i < 0 {
		return directory.Connection{}, directory.Errorf(directory.Forbidden, "this connection was removed")
	}
	return p.Connections[i], nil
}

// rank is a connection's place in the order of authority; people whom no connection owns come last.
func (p *policy) rank(id string) int {
	i := slices.IndexFunc(p.Connections, func(c directory.Connection) bool { return c.ID == id })
	if i < 0 {
		return len(p.Connections)
	}
	return i
}

// madeOf refuses, as Stale, what was planned under another version of the configuration than this one; 0 stands for any.
func (p *policy) madeOf(version int64) error {
	if version == 0 || version == p.Tenant.ConfigVersion {
		return nil
	}
	return directory.Errorf(directory.Stale, "the configuration is at version %d by now, and the plan was made of version %d: look at the plan anew, and confirm that one", p.Tenant.ConfigVersion, version)
}

// write runs a transaction with the configuration that is in force in it.
func (e *Engine) write(ctx context.Context, actor directory.Actor, fn func(*store.Tx, *policy) error) error {
	p, err := e.policy(ctx, e.db.Reader(actor.Tenant), 0, false)
	if err != nil {
		return err
	}
	if _, err := p.connection(actor.Connection); err != nil { // it may be newer than what we remember
		if p, err = e.policy(ctx, e.db.Reader(actor.Tenant), p.Tenant.ConfigVersion+1, true); err != nil {
			return err
		}
	}
	err = e.db.Write(ctx, actor.Tenant, func(tx *store.Tx) error { return fn(tx, p) })
	if taken, ok := errors.AsType[*store.Taken](err); ok {
		return conflict(taken.Attribute)
	}
	return err
}

func conflict(attribute string) error {
	switch attribute {
	case "userName":
		return directory.Faultf(directory.Conflict, "userName", directory.FaultTaken, "a user with this userName exists already: look them up by userName and update them, or choose another userName")
	case "externalId":
		return directory.Faultf(directory.Conflict, "externalId", directory.FaultTaken, "a user with this externalId exists already: look them up by externalId and update them")
	case "displayName":
		return directory.Faultf(directory.Conflict, "displayName", directory.FaultTaken, "a group with this displayName exists already: look it up by displayName and update it, or choose another")
	}
	return directory.Errorf(directory.Conflict, "a unique value is taken: %s", attribute)
}

// shared returns the policy in force and keeps it so until the transaction ends: for groups that rules bind to by name.
func (e *Engine) shared(ctx context.Context, tx *store.Tx, p *policy) (*policy, error) {
	version, err := tx.ShareConfiguration()
	if err != nil {
		return nil, err
	}
	return e.current(ctx, tx, p, &store.Person{ConfigVersion: version})
}

// current returns the policy that the people were locked under, newer than p where a rule was published in between.
func (e *Engine) current(ctx context.Context, tx *store.Tx, p *policy, people ...*store.Person) (*policy, error) {
	var version int64
	for _, x := range people {
		version = max(version, x.ConfigVersion)
	}
	if version <= p.Tenant.ConfigVersion {
		return p, nil
	}
	return e.policy(ctx, tx.Reader, version, true)
}
