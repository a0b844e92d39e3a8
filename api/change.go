package api

import (
	"context"
	"errors"
	"net/http"

	"rollcall/admin"
	"rollcall/store"
)

// Changing are the parameters of every change of the configuration.
type Changing struct {
	Plan    bool   `query:"plan" doc:"Only tell what the change would do, and to whom; nothing is written." example:"false"`
	Approve bool   `query:"approve" doc:"Do it although a guard holds it. Needs console.plans.approve besides." example:"false"`
	Version int64  `query:"version" minimum:"0" doc:"The version that the result of a plan names: the change is made of that configuration, and refused where it has another version by now. Left out, it is made of whichever there is." example:"0"`
	Later   bool   `query:"later" doc:"Answer as soon as the configuration is published; the server brings the people to it afterwards." example:"false"`
	Second  string `header:"Rollcall-Approver" maxLength:"200" doc:"With approve, where the tenant's setting approvals is second_person: the API key of somebody else, who approves." example:""`
}

// changed is what became of a change, and of the object that it was about.
type changed[T any] struct {
	Outcome

	Object *T `json:"object,omitempty" doc:"The object as it is now, or would be; left out where it is gone."`
}

// Outcome is what a change of the configuration does or did.
type Outcome struct {
	Result  admin.Result       `json:"result" doc:"What was changed, and how far it came."`
	Changes []admin.UserChange `json:"changes" doc:"What it means for people, one by one; at most 200 of them."`
	More    int                `json:"more" doc:"How many people are concerned beyond those." example:"0"`
}

// listedChanges is how many people the outcome of a change lists.
const listedChanges = 200

// listen has admin tell whom a change concerns.
func (o *Outcome) listen(to *admin.Options) {
	to.Differ = func([]admin.Difference) { o.Changes, o.More = nil, 0 } // it is looked at anew
	to.Each = func(x admin.UserChange) error {
		if len(o.Changes) == listedChanges {
			o.More++
		} else {
			o.Changes = append(o.Changes, x)
		}
		return nil
	}
}

// changedAnswer is the answer of a change. The tag is that of the object alone, as GET answers it.
type changedAnswer[T any] struct {
	Status   int
	ETag     string `header:"ETag" doc:"Of the object, for If-Match."`
	Location string `header:"Location" doc:"Where a new object is."`
	Body     changed[T]
}

// configured names the problems of every change of the configuration.
var configured = []string{"conflict", "held", "owned", "forbidden", "stale"}

// change edits the configuration. What a guard holds is a problem with the plan; what is published, although not everybody
// was brought to it yet, is an answer, because a running server goes on.
func (c *call) change(ctx context.Context, in Changing, more admin.Options, edit func(next *store.Configuration) error) (Outcome, error) {
	return c.changeBy(in, more, func(o admin.Options) (admin.Result, error) { return c.h.admin.Change(ctx, c.actor(), o, edit) })
}

// changeBy does a change by one of admin's verbs.
func (c *call) changeBy(in Changing, o admin.Options, do func(admin.Options) (admin.Result, error)) (Outcome, error) {
	if in.Approve {
		if err := c.require("console.plans.approve", false); err != nil {
			return Outcome{}, err
		}
	}
	o.Plan, o.Approve, o.Later, o.As, o.Version, o.May = in.Plan, in.Approve, in.Later, in.Second, in.Version, c.configures
	var out Outcome
	out.listen(&o)
	r, err := do(o)
	if r.Configuration == nil {
		r.Configuration = []admin.Difference{}
	}
	if r.Notices == nil {
		r.Notices = []admin.Notice{}
	}
	out.Result, out.Changes = r, some(out.Changes)
	switch {
	case r.Status == admin.Held && err == nil:
		p := c.held(r.Guard)
		p.Plan = &out
		return out, p
	case r.Status == admin.Partial:
		err = nil // it is published, and a running server does the rest
	case errors.Is(err, admin.ErrOwned):
		err = c.problem(http.StatusForbidden, "owned", "%v; POST %s gives an object of the manifest to the API and the console", err, Root+"/detach")
	}
	return out, err
}

// current is the tenant's configuration at this moment.
func (c *call) current(ctx context.Context) (*store.Configuration, error) {
	return c.reader.Configuration(ctx)
}
