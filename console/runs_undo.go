package console

import (
	"net/http"
	"net/url"
	"time"
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
		if since := v.instant(f, "since"); !since.IsZero() {
			body["since"] = since
		} else if f.faults["since"] == "" {
			f.faults["since"] = v.T("fault.required")
		}
		if until := v.instant(f, "until"); !until.IsZero() {
			body["until"] = until
		}
		if len(f.faults) > 0 {
			return v.again(f, v.showUndo)
		}
	}
	plan, err := v.tryUndo(f, nil, body)
	switch {
	case err != nil:
		return err
	case f.problem != nil && window:
		return v.again(f, v.showUndo)
	case f.problem != nil:
		return f.problem
	case !f.on(confirmed):
		return v.show(undoPlan(v, f, plan))
	}
	q := url.Values{"confirm": {"true"}}
	if f.on(approved) {
		q.Set("approve", "true")
	}
	done, err := v.tryUndo(f, q, body)
	if err != nil {
		return err
	}
	if f.problem != nil {
		v.status = f.problem.Status
		return v.show(undoPlan(v, f, plan))
	}
	to := "/runs"
	if done.Run != "" {
		to += "/" + url.PathEscape(done.Run)
	}
	return v.done(to, "run.undone")
}

// tryUndo asks the API. What it refuses is the form's problem.
func (v *visit) tryUndo(f *form, q url.Values, body map[string]any) (plan syncPlan, err error) {
	if err := v.ask(v.r.Context(), http.MethodPost, "/runs/undo", q, body, &plan, "Rollcall-Approver", f.get(secondKey)); err != nil {
		if p := asProblem(err); p != nil && (p.Slug == "not-found" && f.get("connection") == "" || p.Slug == "missing-permission") {
			return plan, err
		}
		return plan, f.wrongOr(v, err)
	}
	return plan, nil
}

// instant reads a time that was entered in the reader's zone, as browsers write it.
func (v *visit) instant(f *form, name string) time.Time {
	text := f.get(name)
	if text == "" {
		return time.Time{}
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, text, v.zone); err == nil {
			return t
		}
	}
	f.faults[name] = v.T("run.fault_time")
	return time.Time{}
}

// undoBack is where somebody goes who does not undo.
func undoBack(f *form) string {
	if run := f.get("run"); run != "" {
		return "/runs/" + url.PathEscape(run)
	}
	return "/runs"
}
