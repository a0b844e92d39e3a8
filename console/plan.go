package console

// outcome is what a change of the configuration does, or did.
type outcome struct {
	Result struct {
		Run           string       `json:"run"`
		Status        string       `json:"status"` // nothing | planned | held | applied | partial | failed
		Summary       summary      `json:"summary"`
		Guard         []string     `json:"guard"`
		Configuration []difference `json:"configuration"`
		Notices       []hint       `json:"notices"`
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
	Text  string `json:"text"`
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

// change does a change of the configuration in two steps, as every console page does: first as a plan, and where the plan
// touches people it is shown, with a button that sends the form again; then for good. path and body are the API's. done is
// called when it is done. A form that is wrong is shown again by again.
func (v *visit) change(f *form, method, path string, body any, title string, done func(outcome) error, again func(*form) error) error {
	q := map[string][]string{}
	if !f.on(confirmed) {
		q["plan"] = []string{"true"}
		var o outcome
		if err := v.send(method, path, q, body, &o); err != nil {
			if err := f.wrong(v, err); err != nil {
				return err
			}
			if f.problem.Plan == nil {
				return v.again(f, again)
			}
			return v.show(confirmation(v, f, title, *f.problem.Plan))
		}
		if o.touchesPeople() {
			return v.show(confirmation(v, f, title, o))
		}
		delete(q, "plan")
	}
	if f.on(approved) {
		q["approve"] = []string{"true"}
	}
	var o outcome
	if err := v.ask(v.r.Context(), method, path, q, body, &o, "Rollcall-Approver", f.get(secondKey)); err != nil {
		if err := f.wrong(v, err); err != nil {
			return err
		}
		if f.problem.Plan != nil {
			return v.show(confirmation(v, f, title, *f.problem.Plan))
		}
		return v.again(f, again)
	}
	return done(o)
}

// again shows a form that is wrong.
func (v *visit) again(f *form, show func(*form) error) error {
	v.status = f.problem.Status
	return show(f)
}

// The fields of a confirmation.
const (
	confirmed = "confirm"
	approved  = "approve"
	secondKey = "second_key" // an API key of a second person
)
