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
	Tenant        string        `json:"tenant"` // its key
	Run           string        `json:"run"`    // the run's id; "" where none was needed
	Status        Status        `json:"status"`
	Completeness  string        `json:"completeness"` // complete, or partial while people are still to be evaluated
	Summary       store.Summary `json:"summary"`
	Guard         []string      `json:"guard,omitempty"` // why it is held, or would be
	ApprovedBy    string        `json:"approved_by,omitempty"`
	Configuration []Difference  `json:"configuration"`
	Notices       []Notice      `json:"notices"`
}

// Options are what Plan and Apply may be given. Each field may be nil.
type Options struct {
	Approve  bool                   // apply what a guard would hold
	As       string                 // the API key of who approves, where the tenant asks for a second person
	Differ   func([]Difference)     // is told what changes about the configuration, before anybody whom it concerns
	Each     func(UserChange) error // is told everybody who gains or loses, before anything is written
	Progress func(done int)         // how many people were evaluated so far
	Waiting  func()                 // another run is being applied to the tenant; this one waits
}

// UserChange is what a new configuration means for one person.
type UserChange struct {
	User     string                  `json:"user"`
	UserName string                  `json:"user_name"`
	Change   string                  `json:"change"`
	Fields   []string                `json:"fields"` // what changes: roles, agent_groups, state
	Reason   string                  `json:"reason"`
	Guarded  bool                    `json:"guarded,omitempty"` // a guard counts them: state, last role, last agent group, a privileged role
	Gained   []provision.RightChange `json:"gained,omitempty"`
	Lost     []provision.RightChange `json:"lost,omitempty"`
}

// Plan tells what a manifest would change: of the configuration, and for whom. It writes nothing. A manifest that cannot
// be applied is an error of kind Conflict with every reason.
func (a *Admin) Plan(ctx context.Context, spec directory.Spec, o Options) (Result, error) {
	d, err := a.draft(ctx, spec)
	if err != nil {
		return Result{Tenant: spec.Tenant, Status: Failed}, err
	}
	r := Result{Tenant: spec.Tenant, Status: Planned, Completeness: "complete", Configuration: d.differences}
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

// Apply makes a tenant what its manifest says: the configuration in one transaction, then everybody it concerns, in
// batches. actor.Tenant need not be set. Where the tenant is that already, nothing is written, but that people whom an
// earlier run left behind are brought up. What takes something from more people than the tenant's guard lets pass has the
// status [Held], and nothing is written unless somebody approves. An error with status [Partial] means that the configuration is published and
// that a running server, or the next Apply, does the rest.
func (a *Admin) Apply(ctx context.Context, actor directory.Actor, spec directory.Spec, o Options) (Result, error) {
	failed := Result{Tenant: spec.Tenant, Status: Failed}
	tenant, err := a.db.Ops().Tenant(ctx, spec.Tenant)
	switch {
	case err == nil:
		actor.Tenant = tenant.ID
		done, err := a.isDone(ctx, tenant.ID, spec)
		if err != nil || done {
			failed.Status, failed.Completeness = Nothing, "complete"
			return a.noticed(ctx, failed, tenant.ID, err)
		}
	case directory.KindOf(err) == directory.NotFound:
		actor.Tenant = store.NewShortID()
	default:
		return failed, err
	}
	var result Result
	for waiting := false; ; waiting = true {
		held, err := jobs.Hold(ctx, a.db.Ops(), jobs.Settling(actor.Tenant), func(ctx context.Context) (err error) {
			result, err = a.apply(ctx, actor, spec, o)
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
			return failed, directory.Errorf(directory.Unavailable, "another run was still being applied to the tenant; nothing was changed")
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func (a *Admin) apply(ctx context.Context, actor directory.Actor, spec directory.Spec, o Options) (Result, error) {
	r := Result{Tenant: spec.Tenant, Status: Failed}
	d, err := a.draft(ctx, spec)
	if err != nil {
		return r, err
	}
	if d.exists && d.current.Tenant.ID != actor.Tenant {
		return r, errMoved // somebody else made the tenant just now
	}
	d.next.Tenant.ID = actor.Tenant
	r.Status, r.Completeness, r.Configuration = Nothing, "complete", d.differences
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
	}
	people := 0
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

// isDone reports whether there is nothing to change and nobody to bring up.
func (a *Admin) isDone(ctx context.Context, tenant string, spec directory.Spec) (bool, error) {
	d, err := a.draft(ctx, spec)
	if err != nil || len(d.rows) > 0 {
		return false, err
	}
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
