package admin

import (
	"context"
	"fmt"
	"time"

	"rollcall/directory"
	"rollcall/jobs"
	"rollcall/provision"
	"rollcall/store"
)

// Status is how far a plan or a run came.
type Status string

// What became of a manifest.
const (
	Nothing Status = "nothing" // the tenant is what the manifest says
	Planned Status = "planned" // it would change; nothing was written
	Applied Status = "applied"
	Partial Status = "partial" // the configuration is published, but not everybody was brought to it yet
	Held    Status = "held"    // a guard asks for an approval; nothing was written
	Failed  Status = "failed"  // nothing was published
)

// Result is what a manifest does or did to a tenant. The people concerned are told one by one, to [Options.Each].
type Result struct {
	Tenant        string             `json:"tenant"` // its key
	Run           string             `json:"run"`    // the run's id; "" where none was needed
	Status        Status             `json:"status"`
	Version       int64              `json:"version"`      // of the configuration that this began from; see [Options.Version]
	Completeness  string             `json:"completeness"` // complete, or partial while people are still to be evaluated
	Summary       store.Summary      `json:"summary"`
	Guard         directory.Messages `json:"guard,omitempty"` // why it is held, or would be
	ApprovedBy    string             `json:"approved_by,omitempty"`
	Configuration []Difference       `json:"configuration"`
	Notices       []Notice           `json:"notices"`
}

// Options are what Plan, Apply and Change may be given. Each field may be zero.
type Options struct {
	Approve  bool                   // apply what a guard would hold
	As       string                 // the API key of who approves, where the tenant asks for a second person
	Differ   func([]Difference)     // is told what changes about the configuration, before anybody whom it concerns
	Each     func(UserChange) error // is told everybody who gains or loses, before anything is written
	Progress func(done int)         // how many people were evaluated so far
	Waiting  func()                 // another run is being applied to the tenant; this one waits

	Plan    bool  // only tell; nothing is written
	Later   bool  // publish, and leave the people to the settler of a running server
	Version int64 // the configuration version that the asker saw; any other is refused as Stale. 0 for any
	// May looks, of Change and its like, at what the edit makes of the configuration as it is; its error is returned, and
	// nothing is told or written.
	May func(current, next *store.Configuration) error
	// Absent says, of Change, that what the edit removes shall go although somebody has it: it is taken from them.
	Absent bool
	// Going says, of Change, what becomes of the people of connections that the edit removes, by the connections' ids.
	Going map[string]directory.Offboarding
}

// UserChange is what a new configuration means for one person.
type UserChange struct {
	User     string                  `json:"user"`
	UserName string                  `json:"user_name"`
	Change   string                  `json:"change"`
	Fields   []string                `json:"fields"` // what changes: roles, agent_groups, state, seat
	Reason   string                  `json:"reason"`
	Guarded  bool                    `json:"guarded,omitempty"` // a guard counts them: state, last role, last agent group, a privileged role
	Gained   []provision.RightChange `json:"gained,omitempty"`
	Lost     []provision.RightChange `json:"lost,omitempty"`
	Seat     *provision.SeatChange   `json:"seat,omitempty"`
}

// Plan tells what a manifest would change: of the configuration, and for whom. It writes nothing. A manifest that cannot
// be applied is an error of kind Conflict with every reason.
func (a *Admin) Plan(ctx context.Context, spec directory.Spec, o Options) (Result, error) {
	return a.plan(ctx, spec.Tenant, a.manifest(spec), o)
}

func (a *Admin) plan(ctx context.Context, tenant string, propose proposal, o Options) (Result, error) {
	r := Result{Tenant: tenant, Status: Failed}
	d, err := propose(ctx)
	if err == nil {
		err = d.seen(o.Version)
	}
	if err != nil {
		return r, err
	}
	r = Result{Tenant: tenant, Status: Planned, Version: d.current.Tenant.ConfigVersion, Completeness: "complete", Configuration: d.differences}
	if len(d.differences) == 0 {
		r.Status = Nothing
	} else if r.Summary, r.Guard, err = a.preview(ctx, d, o); err != nil {
		r.Status = Failed
		return r, err
	}
	if d.exists {
		r.Notices, err = a.Notices(ctx, d.current)
	}
	return r, err
}

// seen refuses what somebody asks for who saw another version of the configuration.
func (d *draft) seen(version int64) error {
	if version != 0 && version != d.current.Tenant.ConfigVersion {
		return directory.Errorf(directory.Stale, "the configuration is at version %d by now, not at %d: read it again, and change that", d.current.Tenant.ConfigVersion, version)
	}
	return nil
}

// Apply makes a tenant what its manifest says: the configuration in one transaction, then everybody it concerns, in
// batches. actor.Tenant need not be set. Where the tenant is that already, nothing is written, but that people whom an
// earlier run left behind are brought up. What takes something from more people than the tenant's guard lets pass has the
// status [Held], and nothing is written unless somebody approves. An error with status [Partial] means that the configuration is published and
// that a running server, or the next Apply, does the rest.
func (a *Admin) Apply(ctx context.Context, actor directory.Actor, spec directory.Spec, o Options) (Result, error) {
	if o.Plan {
		return a.Plan(ctx, spec, o)
	}
	tenant, err := a.db.Ops().Tenant(ctx, spec.Tenant)
	switch {
	case err == nil:
		actor.Tenant = tenant.ID
		return a.carryOut(ctx, actor, spec.Tenant, a.manifest(spec), o)
	case directory.KindOf(err) == directory.NotFound:
		actor.Tenant = store.NewShortID()
		return a.waitFor(ctx, actor, spec.Tenant, a.manifest(spec), o)
	default:
		return Result{Tenant: spec.Tenant, Status: Failed}, err
	}
}

// carryOut applies a proposal to a tenant that is there, unless there is nothing to do.
func (a *Admin) carryOut(ctx context.Context, actor directory.Actor, tenant string, propose proposal, o Options) (Result, error) {
	r := Result{Tenant: tenant, Status: Failed}
	d, err := propose(ctx)
	if err == nil {
		err = d.seen(o.Version)
	}
	if err != nil {
		return r, err
	}
	if len(d.rows) == 0 {
		done := o.Later
		if !done {
			done, err = a.settled(ctx, actor.Tenant, d)
		}
		if err != nil || done {
			r.Status, r.Version, r.Completeness = Nothing, d.current.Tenant.ConfigVersion, "complete"
			return a.noticed(ctx, r, actor.Tenant, err)
		}
	}
	if o.Later && len(d.leaving) == 0 {
		return a.apply(ctx, actor, tenant, propose, o) // nobody is evaluated, so nobody needs to wait for their turn
	}
	return a.waitFor(ctx, actor, tenant, propose, o)
}

// waitFor applies a proposal once no other run is being applied to the tenant.
func (a *Admin) waitFor(ctx context.Context, actor directory.Actor, tenant string, propose proposal, o Options) (Result, error) {
	var result Result
	for waiting := false; ; waiting = true {
		held, err := jobs.Hold(ctx, a.db.Ops(), jobs.Settling(actor.Tenant), func(ctx context.Context) (err error) {
			result, err = a.apply(ctx, actor, tenant, propose, o)
			return err
		})
		if held || err != nil {
			return result, err
		}
		if !waiting && o.Waiting != nil {
			o.Waiting()
		}
		select {
		case <-ctx.Done():
			return Result{Tenant: tenant, Status: Failed}, directory.Errorf(directory.Unavailable, "another run was still being applied to the tenant; nothing was changed")
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func (a *Admin) apply(ctx context.Context, actor directory.Actor, tenant string, propose proposal, o Options) (Result, error) {
	r := Result{Tenant: tenant, Status: Failed}
	d, err := propose(ctx)
	if err == nil {
		err = d.seen(o.Version)
	}
	if err != nil {
		return r, err
	}
	if d.exists && d.current.Tenant.ID != actor.Tenant {
		return r, errMoved // somebody else made the tenant just now
	}
	d.next.Tenant.ID = actor.Tenant
	r.Status, r.Version, r.Completeness, r.Configuration = Nothing, d.current.Tenant.ConfigVersion, "complete", d.differences
	moved := 0 // people whom nothing but an offboarding changes are not counted by their evaluation
	if len(d.rows) > 0 {
		r.Status = Failed
		var planned store.Summary
		if planned, r.Guard, err = a.preview(ctx, d, o); err != nil {
			return r, err
		}
		if len(r.Guard) > 0 {
			if !o.Approve {
				r.Status, r.Summary = Held, planned
				return a.noticed(ctx, r, actor.Tenant, nil)
			}
			approver, err := a.approver(ctx, actor.Tenant, o.As, actor, []directory.Actor{actor}, false)
			if err != nil {
				return r, err
			}
			r.ApprovedBy = string(approver.Kind) + ":" + approver.ID
		}
		began, err := a.offboard(ctx, actor, d, o)
		if err == nil {
			r.Run, err = a.publish(ctx, actor, d, r)
		}
		if err != nil && began {
			r.Status, r.Completeness = Partial, "partial"
			return r, fmt.Errorf("the people of connection %s were not all taken from it, or it is still there, and it is paused; apply again to go on: %w", d.leaving[0].Name, err)
		}
		if err != nil {
			return r, err
		}
		if r.Status = Applied; len(d.leaving) > 0 {
			moved = planned.Updated
		}
		if o.Later {
			a.engine.Wake()
			r.Summary, r.Completeness = planned, "partial"
			return a.noticed(ctx, r, actor.Tenant, nil)
		}
	}
	return a.settle(ctx, actor, r, moved, o)
}

// settle brings the people to what is published. moved are those whom it does not count although they changed.
func (a *Admin) settle(ctx context.Context, actor directory.Actor, r Result, moved int, o Options) (Result, error) {
	people := 0
	var err error
	r.Summary, err = a.engine.Settle(ctx, actor.Tenant, func(done int) {
		people = done
		if o.Progress != nil {
			o.Progress(done)
		}
	})
	r.Summary.Updated = max(r.Summary.Updated, moved)
	if people > 0 {
		r.Status = Applied
	}
	if err != nil {
		r.Status, r.Completeness = Partial, "partial"
		return r, fmt.Errorf("the configuration is published, but not everybody was evaluated; serve or the next apply goes on: %w", err)
	}
	return a.noticed(ctx, r, actor.Tenant, nil)
}

// settled reports whether nobody is left to bring up.
func (a *Admin) settled(ctx context.Context, tenant string, d *draft) (bool, error) {
	reader := a.db.Reader(tenant)
	due, err := reader.Due(ctx, d.current.Tenant.ConfigVersion, 1)
	if err != nil || len(due) > 0 {
		return false, err
	}
	runs, err := reader.OpenRuns(ctx)
	return len(runs) == 0, err
}

// noticed adds the tenant's notices to a result, unless err says that there is none to add to.
func (a *Admin) noticed(ctx context.Context, r Result, tenant string, err error) (Result, error) {
	if err != nil {
		r.Status = Failed
		return r, err
	}
	current, err := a.db.Reader(tenant).Configuration(ctx)
	if err == nil {
		r.Notices, err = a.Notices(ctx, current)
	}
	return r, err
}
