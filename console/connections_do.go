package console

import (
	"net/http"
	"net/url"

	"rollcall/directory"
)

// testFinding is one thing that a test of a connection looked at.
type testFinding struct {
	Check string `json:"check"`
	Level string `json:"level"` // ok | warning | fault
	directory.Message
	Write string `json:"write"`
}

// kind is the colour of a finding's badge.
func (x testFinding) kind() string {
	return map[string]string{"ok": "good", "warning": "wait", "fault": "bad"}[x.Level]
}

// testConnection has the directory or the provider looked at, and shows what was found.
func (v *visit) testConnection() error {
	c, err := v.connection()
	if err != nil {
		return err
	}
	var out struct {
		Level    string        `json:"level"`
		Findings []testFinding `json:"findings"`
	}
	if err := v.send(http.MethodPost, at("connections", c.ID, "test"), nil, nil, &out); err != nil {
		return err
	}
	return v.show(connectionTest(v, c, out.Level, out.Findings))
}

// planConnection shows what a sync would change. Nothing is written.
func (v *visit) planConnection() error {
	c, err := v.connection()
	if err != nil {
		return err
	}
	var plan syncPlan
	if err := v.send(http.MethodPost, at("connections", c.ID, "sync", "plan"), nil, map[string]bool{}, &plan); err != nil {
		return err
	}
	return v.show(connectionPlan(v, c, plan))
}

// syncConnection begins a sync, whose run shows how far it is.
func (v *visit) syncConnection() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	c, err := v.connection()
	if err != nil {
		return err
	}
	var begun struct {
		Run string `json:"run"`
	}
	if err := v.send(http.MethodPost, at("connections", c.ID, "sync"), nil, map[string]bool{"changes": f.on("changes")}, &begun); err != nil {
		return err
	}
	return v.done("/runs/"+url.PathEscape(begun.Run), "connection.sync_begun", "Name", c.Name)
}

// heldPushes shows whom approving what the guard holds of a client's pushes would change.
func (v *visit) heldPushes() error { return v.showHeld(blank()) }

func (v *visit) showHeld(f *form) error {
	c, err := v.connection()
	if err != nil {
		return err
	}
	var plan syncPlan
	if err := v.get(at("connections", c.ID, "held"), nil, &plan); err != nil {
		return err
	}
	return v.show(heldPage(v, f, c, plan))
}

func (v *visit) approvePushes() error {
	return v.decidePushes("approve", "connection.held_approved")
}

func (v *visit) discardPushes() error {
	return v.decidePushes("discard", "connection.held_discarded")
}

func (v *visit) decidePushes(verb, said string) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	c, err := v.connection()
	if err != nil {
		return err
	}
	var done syncPlan
	err = v.ask(v.r.Context(), http.MethodPost, at("connections", c.ID, "held", verb), nil, nil, &done, "Rollcall-Approver", f.get(secondKey))
	if err != nil {
		if err := f.wrong(v, err); err != nil {
			return err
		}
		return v.again(f, v.showHeld)
	}
	if done.Run == "" { // somebody else has decided, or the provider has given it back
		return v.done("/connections/"+c.ID, "connection.held_nothing")
	}
	return v.done("/connections/"+c.ID, said, "Name", c.Name)
}

// leaveConnection asks what becomes of the people whom a connection owns.
func (v *visit) leaveConnection() error { return v.showLeaving(blank()) }

func (v *visit) showLeaving(f *form) error {
	c, err := v.connection()
	if err != nil {
		return err
	}
	all, err := whole[connectionView](v, "/connections", nil)
	if err != nil {
		return err
	}
	return v.show(leavingPage(v, f, c, all))
}

func (v *visit) deleteConnection() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	c, err := v.connection()
	if err != nil {
		return err
	}
	q := url.Values{}
	if what := f.get("offboarding"); what != "" {
		q.Set("offboarding", what)
	}
	if f.get("offboarding") == "move" {
		if f.get("to") == "" {
			f.faults["to"] = v.T("fault.required")
			return v.again(f, v.showLeaving)
		}
		q.Set("to", f.get("to"))
	}
	return v.change(f, http.MethodDelete, at("connections", c.ID), q, nil, v.T("connection.delete_title", "Name", c.Name),
		func(outcome) error { return v.done("/connections", "connection.deleted", "Name", c.Name) }, v.showLeaving)
}
