package console

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"rollcall/directory"
)

// outcome is what a change of the configuration does, or did.
type outcome struct {
	Result struct {
		Run           string             `json:"run"`
		Status        string             `json:"status"`  // nothing | planned | held | applied | partial | failed
		Version       int64              `json:"version"` // of the configuration that it was made of
		Summary       summary            `json:"summary"`
		Guard         directory.Messages `json:"guard"`
		Configuration []difference       `json:"configuration"`
		Notices       []hint             `json:"notices"`
	} `json:"result"`
	Changes []userChange `json:"changes"`
	More    int          `json:"more"`
}

// summary counts what is done to people.
type summary struct {
	Created       int `json:"created"`
	Updated       int `json:"updated"`
	Suspended     int `json:"suspended"`
	Reactivated   int `json:"reactivated"`
	Deprovisioned int `json:"deprovisioned"`
	Granted       int `json:"granted"`
	Revoked       int `json:"revoked"`
	SeatsGained   int `json:"seats_gained"`
	SeatsFreed    int `json:"seats_freed"`
	SeatsWaiting  int `json:"seats_waiting"`
}

// count is one number of a summary.
type count struct {
	key string
	n   int
}

// counts are the numbers of a summary that are not zero, in the order in which they matter.
func (s summary) counts() (out []count) {
	for _, c := range []count{
		{"plan.deprovisioned", s.Deprovisioned},
		{"plan.suspended", s.Suspended},
		{"plan.revoked", s.Revoked},
		{"plan.created", s.Created},
		{"plan.reactivated", s.Reactivated},
		{"plan.granted", s.Granted},
		{"plan.updated", s.Updated},
		{"plan.seats_freed", s.SeatsFreed},
		{"plan.seats_gained", s.SeatsGained},
		{"plan.seats_waiting", s.SeatsWaiting},
	} {
		if c.n > 0 {
			out = append(out, c)
		}
	}
	return out
}

// difference is what a change does to one object of the configuration.
type difference struct {
	Change string `json:"change"` // created | updated | removed
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Fields []struct {
		Name   string `json:"name"`
		Before any    `json:"before"`
		After  any    `json:"after"`
	} `json:"fields"`
}

// hint is what does not work yet, and the line to write.
type hint struct {
	About string `json:"about"`
	Name  string `json:"name"`
	directory.Message
	Write string `json:"write"`
}

// rightChange is a right that somebody gains or loses.
type rightChange struct {
	Kind   string `json:"kind"`
	Target string `json:"target"`
	As     string `json:"as"`
	Rule   string `json:"rule"`
	Group  string `json:"group"`
}

// userChange is what a change does to one person.
type userChange struct {
	Change   string        `json:"change"`
	User     string        `json:"user"`
	UserName string        `json:"user_name"`
	Fields   []string      `json:"fields"`
	Gained   []rightChange `json:"gained"`
	Lost     []rightChange `json:"lost"`
	Reason   string        `json:"reason"`
	Guarded  bool          `json:"guarded"`
}

// touchesPeople reports whether a change does something to anybody: then it is shown as a plan before it is done.
func (o outcome) touchesPeople() bool { return len(o.Changes) > 0 || len(o.Result.Guard) > 0 }

// change does a change of the configuration in two steps, as every page of the console does: first as a plan, and where the
// plan touches people or is held, or the form says so, it is shown, with a button that sends the form again; then for good. path, query and body
// are the API's; done is called when it is done. A form that is wrong is shown again by again. What is done is what the plan
// said: where the configuration has changed since, nothing is done, and what it would do by now is shown instead.
func (v *visit) change(f *form, method, path string, query url.Values, body any, title string, done func(outcome) error, again func(*form) error) error {
	plan := func() (outcome, error) {
		return v.attempt(f, method, path, with(query, "plan", "true"), body)
	}
	lacking := f.on(confirmed) && f.lacksSecrets(v)
	if !f.on(confirmed) || lacking {
		if lacking {
			v.status = http.StatusUnprocessableEntity
		}
		o, err := plan()
		switch {
		case err != nil:
			return err
		case f.problem != nil && f.problem.Plan == nil:
			return v.again(f, again)
		case f.problem != nil || o.touchesPeople() || lacking || f.shown && len(o.Result.Configuration) > 0:
			return v.confirm(f, title, o)
		}
	}
	forGood := with(query, "version", cmp.Or(f.get(plannedOn), "0"))
	if f.on(approved) {
		forGood.Set("approve", "true")
	}
	o, err := v.attempt(f, method, path, forGood, body)
	moved := f.problem
	switch {
	case err != nil:
		return err
	case moved != nil && moved.Slug == "stale":
		f.problem, f.faults = nil, map[string]string{}
		f.values.Del(approved) // it was for the other plan
		v.anew()
		if o, err = plan(); err != nil {
			return err
		}
		if f.problem != nil && f.problem.Plan == nil {
			return v.again(f, again)
		}
		f.problem, v.status = moved, moved.Status
		return v.confirm(f, title, o)
	case f.problem != nil && f.problem.Plan == nil && !f.on(confirmed):
		return v.again(f, again)
	case f.problem != nil:
		v.status = f.problem.Status
		return v.confirm(f, title, o)
	}
	return done(o)
}

// confirm shows what a form would do, with the button that does it. Secrets that were entered are asked for again.
func (v *visit) confirm(f *form, title string, o outcome) error {
	for _, x := range f.secrets {
		if f.values.Get(x.Name) != "" && !f.has(askedAgain, x.Name) {
			f.values.Add(askedAgain, x.Name)
		}
	}
	return v.show(confirmation(v, f, title, o))
}

// lacksSecrets notes which secrets that were asked for again are not there: without them what is confirmed would be another
// change than the one that was shown.
func (f *form) lacksSecrets(v *visit) (lacks bool) {
	for _, x := range f.secrets {
		if f.has(askedAgain, x.Name) && f.values.Get(x.Name) == "" {
			f.faults[x.Name], lacks = v.T("fault.required"), true
		}
	}
	return lacks
}

// attempt sends a change. What is wrong with it is the form's problem; a plan that comes with it is the outcome.
// The form notes on which configuration it was made.
func (v *visit) attempt(f *form, method, path string, query url.Values, body any) (o outcome, err error) {
	defer func() { f.plannedOn(o.Result.Version) }()
	err = v.ask(v.r.Context(), method, path, query, body, &o, "Rollcall-Approver", f.get(secondKey), "If-Match", f.get(seenTag))
	if err == nil {
		return o, nil
	}
	if err := f.wrong(v, err); err != nil {
		return outcome{}, err
	}
	if f.problem.Plan != nil {
		o = *f.problem.Plan
	}
	if f.problem.Slug == "stale" && f.get(seenTag) != "" {
		f.now = v.address()
	}
	return o, nil
}

// plannedOn notes on which configuration the plan was made that the form is shown with.
func (f *form) plannedOn(version int64) {
	if version > 0 {
		f.values.Set(plannedOn, strconv.FormatInt(version, 10))
	}
}

// confirming is the query of what a form confirms that was shown its plan: it is done as it was read, or not at all.
func (f *form) confirming() url.Values {
	q := url.Values{"confirm": {"true"}, "version": {cmp.Or(f.get(plannedOn), "0")}}
	if f.on(approved) {
		q.Set("approve", "true")
	}
	return q
}

// refused prepares a form for another plan, where what it confirmed was not done. An approval was for the plan that was read.
func (f *form) refused(v *visit) {
	v.status = f.problem.Status
	if f.problem.Slug == "stale" {
		f.values.Del(approved)
	}
	v.anew()
}

// planLead is what a plan begins with.
func (v *visit) planLead(f *form) string {
	if f.problem != nil && f.problem.Slug == "stale" && f.now == "" {
		return v.T("plan.moved")
	}
	return v.T("plan.nothing_yet")
}

// with is a query with one value more.
func with(q url.Values, name, value string) url.Values {
	out := url.Values{name: {value}}
	maps.Copy(out, q)
	return out
}

// again shows a form that is wrong.
func (v *visit) again(f *form, show func(*form) error) error {
	v.status = http.StatusUnprocessableEntity
	if f.problem != nil {
		v.status = cmp.Or(f.problem.Status, v.status)
	}
	return show(f)
}

// The fields of a confirmation.
const (
	confirmed  = "confirm"
	askedAgain = "asked_again"  // secrets that the form asks for once more
	plannedOn  = "plan_version" // of the configuration that the plan was made of
	approved   = "approve"
	secondKey  = "second_key" // an API key of a second person
	seenTag    = "seen"       // the tag of what the form is about, as its reader saw it; none where that does not matter
)
