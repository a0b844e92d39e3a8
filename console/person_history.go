package console

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
)

// personChange is one change of the change log.
type personChange struct {
	Sequence int64     `json:"seq"`
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	Action   string    `json:"action"`
	Actor    struct {
		Kind string `json:"kind"`
		ID   string `json:"id"`
	} `json:"actor"`
	Connection   string          `json:"connection"` // id
	Run          string          `json:"run"`
	Reason       string          `json:"reason"`
	Before       json.RawMessage `json:"before"`
	After        json.RawMessage `json:"after"`
	Rights       []changedRight  `json:"rights"`
	Verification string          `json:"verification"` // sealed | erased | altered
}

// changedRight is a right that was gained or lost.
type changedRight struct {
	rightChange

	Gained bool `json:"gained"`
}

func (c personChange) actor() string { return c.Actor.Kind + ":" + c.Actor.ID }

// rights are those that were gained, or those that were lost, with names in place of ids.
func (c personChange) rights(gained bool, names map[string]string) (out []rightChange) {
	for _, r := range c.Rights {
		if r.Gained != gained {
			continue
		}
		x := r.rightChange
		if name := names[x.Kind+":"+x.Target]; name != "" {
			x.Target = name
		}
		out = append(out, x)
	}
	return out
}

// undoable reports whether a change can be asked to be undone; the API decides.
func (c personChange) undoable() bool {
	return strings.HasPrefix(c.Action, "user.") && c.Action != "user.identity_forgotten"
}

// valueChange is one value, before and after.
type valueChange struct {
	name          string
	before, after any
}

// values are what a change changed, the smallest parts that differ.
func (c personChange) values() (out []valueChange) {
	before, after := flat(c.Before), flat(c.After)
	names := map[string]bool{}
	for name := range before {
		names[name] = true
	}
	for name := range after {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !reflect.DeepEqual(before[name], after[name]) {
			out = append(out, valueChange{name, before[name], after[name]})
		}
	}
	return out
}

// flat takes a document apart into its smallest values, by their paths.
func flat(text json.RawMessage) map[string]any {
	out := map[string]any{}
	var doc any
	if len(text) == 0 || json.Unmarshal(text, &doc) != nil {
		return out
	}
	var walk func(path string, x any)
	walk = func(path string, x any) {
		object, isObject := x.(map[string]any)
		if !isObject {
			if path != "" && x != nil {
				out[path] = x
			}
			return
		}
		for key, value := range object {
			next := key
			if path != "" {
				next = path + "." + key
			}
			walk(next, value)
		}
	}
	walk("", doc)
	return out
}

// pastView is what somebody had at a time.
type pastView struct {
	At       time.Time `json:"at"`
	State    string    `json:"state"`
	Status   string    `json:"status"`
	Accounts []struct {
		Connection string `json:"connection"`
		UserName   string `json:"user_name"`
	} `json:"accounts"`
	Memberships []struct {
		Name string `json:"name"`
	} `json:"memberships"`
	Rights []struct {
		Kind   string       `json:"kind"`
		Name   string       `json:"name"`
		As     string       `json:"as"`
		Origin personOrigin `json:"origin"`
	} `json:"rights"`
	Holds []personHold `json:"holds"`
}

// historyPage is what the page of somebody's history shows.
type historyPage struct {
	list        page[personChange]
	past        *pastView
	nobody      bool // they were not there at the time that was asked for
	connections map[string]string
	actors      map[string]string
	names       map[string]string // of rights, by kind:target
	statuses    []status
}

// personHistory shows what was done to somebody, the newest first, and what they had at a time.
func (v *visit) personHistory() error {
	x, err := v.who()
	if err != nil {
		return err
	}
	f := blank("at", v.query("at"))
	p := historyPage{names: map[string]string{}}
	q := cursorOf(v)
	q.Set("subject", "person:"+x.ID)
	err = v.all(
		func() error { return v.get("/audit", q, &p.list) },
		func() (err error) { p.connections, err = v.connectionsKnown(); return err },
		func() (err error) { p.statuses, err = v.statusesKnown(); return err },
		func() error { return v.names(p.names) },
		func() error { return v.askPast(f, x, &p) },
	)
	if err != nil {
		return err
	}
	var actors []string
	for _, c := range p.list.Items {
		actors = append(actors, c.actor())
	}
	if p.past != nil {
		for _, r := range p.past.Rights {
			if r.Origin.Kind == "person" {
				actors = append(actors, r.Origin.Actor)
			}
		}
	}
	if p.actors, err = v.actorWords(actors...); err != nil {
		return err
	}
	if len(f.faults) > 0 {
		v.status = http.StatusUnprocessableEntity
	}
	return v.show(personHistoryPage(v, x, f, p))
}

// askPast asks what somebody had at the time that the address names, if any.
func (v *visit) askPast(f *form, x personView, p *historyPage) error {
	when := v.momentOf(f, "at")
	if when == nil {
		return nil
	}
	var past pastView
	err := v.get(at("audit", "users", x.ID), url.Values{"at": {when.Format(time.RFC3339)}}, &past)
	if wrong := asProblem(err); wrong != nil && wrong.Status == http.StatusNotFound {
		p.nobody = true
		return nil
	}
	p.past = &past
	return err
}

// names collects the names of what rights are rights to, as far as the reader may see them.
func (v *visit) names(into map[string]string) error {
	type named struct {
		ID   string `json:"id"`
		Key  string `json:"key"`
		Name string `json:"name"`
	}
	lists := make([][]named, len(rightKinds))
	var asks []func() error
	for i, k := range rightKinds {
		if k.kind != "option" && v.may(k.sees) {
			asks = append(asks, func() (err error) { lists[i], err = whole[named](v, k.list, nil); return err })
		}
	}
	err := v.all(asks...)
	for i, k := range rightKinds {
		for _, x := range lists[i] {
			into[k.kind+":"+x.ID+x.Key] = x.Name
		}
	}
	return err
}

// undoPersonChange undoes one change of somebody: it shows what would happen, and does it when that is confirmed.
func (v *visit) undoPersonChange() error {
	x, err := v.who()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	change := f.get("change")
	if change == "" {
		return notFound()
	}
	body := map[string]any{"change": change}
	return v.undoInTwoSteps(f, body, func(plan syncPlan) error { return v.show(undoPage(v, x, f, plan)) }, func(syncPlan) error {
		return v.done(x.path("history"), "person.undone", "Name", x.title())
	})
}
