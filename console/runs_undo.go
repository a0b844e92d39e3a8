package console

import (
	"net/http"
	"net/url"
)

// newUndo asks what a connection did when is to be undone.
func (v *visit) newUndo() error {
	return v.showUndo(blank("connection", v.query("connection")))
}

func (v *visit) showUndo(f *form) error {
	all, err := whole[connectionView](v, "/connections", nil)
	if err != nil {
		return err
	}
	return v.show(undoForm(v, f, all))
}

// undo shows what undoing a run, one change or what a connection did in a time would do, and does it once that is confirmed.
func (v *visit) undo() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	body := map[string]any{}
	for _, name := range []string{"run", "change", "connection"} {
		if text := f.get(name); text != "" {
			body[name] = text
		}
	}
	window := f.get("run") == "" && f.get("change") == ""
	if window {
		if f.get("connection") == "" {
			f.faults["connection"] = v.T("fault.required")
		}
		if since := v.momentOf(f, "since"); since != nil {
			body["since"] = since
		} else if f.faults["since"] == "" {
			f.faults["since"] = v.T("fault.required")
		}
		if until := v.momentOf(f, "until"); until != nil {
			body["until"] = until
		}
		if len(f.faults) > 0 {
			return v.again(f, v.showUndo)
		}
	}
	return v.undoInTwoSteps(f, body, func(plan syncPlan) error {
		switch {
		case f.problem == nil, plan.Status != "":
			return v.show(undoPlan(v, f, plan))
		case window:
			return v.again(f, v.showUndo)
		}
		return f.problem
	}, func(done syncPlan) error { return v.done("/runs/"+url.PathEscape(done.Run), "run.undone") })
}

// undoInTwoSteps shows the plan of an undo by show, and does it where it is confirmed. Where the configuration has moved
// since the plan, nothing is done, and what is shown is what it would do by now. The plan is empty where there can be none;
// why is the form's problem.
func (v *visit) undoInTwoSteps(f *form, body map[string]any, show, done func(syncPlan) error) error {
	if f.on(confirmed) {
		o, err := v.tryUndo(f, f.confirming(), body)
		switch {
		case err != nil:
			return err
		case f.problem == nil && o.Run != "":
			return done(o)
		case f.problem == nil: // there is nothing left to undo
			return show(o)
		}
		f.refused(v)
	}
	refused := f.problem
	f.problem = nil
	plan, err := v.tryUndo(f, nil, body)
	if err != nil {
		return err
	}
	f.plannedOn(plan.Version)
	if f.problem == nil {
		f.problem = refused
	} else {
		v.status = f.problem.Status
	}
	return show(plan)
}

// does reports whether a plan does anything: there may be only lines of what is left as it is.
func (p syncPlan) does() bool { return p.Status != "" && p.Status != "nothing" }

// tryUndo asks the API. What it refuses is the form's problem. A second person approves what is done, and no plan.
func (v *visit) tryUndo(f *form, q url.Values, body map[string]any) (plan syncPlan, err error) {
	approver := f.get(secondKey)
	if q == nil {
		approver = ""
	}
	if err := v.ask(v.r.Context(), http.MethodPost, "/runs/undo", q, body, &plan, "Rollcall-Approver", approver); err != nil {
		if p := asProblem(err); p != nil && (p.Slug == "not-found" && f.get("connection") == "" || p.Slug == "missing-permission") {
			return plan, err
		}
		return plan, f.wrongOr(v, err)
	}
	return plan, nil
}

// undoBack is where somebody goes who does not undo.
func undoBack(f *form) string {
	if run := f.get("run"); run != "" {
		return "/runs/" + url.PathEscape(run)
	}
	return "/runs"
}
