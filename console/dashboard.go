package console

import (
	"net/url"
	"strconv"
	"time"
)

var dashboardRoutes = []route{
	{"GET /{$}", nil, (*visit).dashboard},
}

// overview is what the dashboard tells. What the reader may not see is left out.
type overview struct {
	States      []stateCount
	Seats       []seatUse
	Connections []connectionHealth
	Held        []heldPlan
	Notices     []hint
	Chart       chart
}

type stateCount struct {
	State string
	Count int
}

// seatUse is how far a pool of seats is used.
type seatUse struct {
	Pool    string `json:"pool"`
	Name    string `json:"name"`
	Policy  string `json:"policy"`
	Limit   int    `json:"limit"`
	Grace   int    `json:"grace"`
	Taken   int    `json:"taken"`
	Free    *int   `json:"free"`
	Waiting int    `json:"waiting"`
	Contact string `json:"contact"`
}

// connectionHealth is how a connection is.
type connectionHealth struct {
	Name     string     `json:"name"`
	Kind     string     `json:"kind"`
	Status   string     `json:"status"` // active | paused | quarantined
	Failures int        `json:"failures"`
	Error    string     `json:"error"`
	UsedAt   *time.Time `json:"used_at"`
	Held     string     `json:"held_run"`
}

type heldPlan struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind"`
	By        string     `json:"by"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt *time.Time `json:"expires_at"`
	Summary   summary    `json:"summary"`
}

// dashboard is where one comes in. Whoever may see nothing of it is shown who they are.
func (v *visit) dashboard() error {
	if !v.may(dashboardNeeds...) {
		return v.seeOther("/account")
	}
	var o overview
	var seats page[seatUse]
	var held page[heldPlan]
	asks := []func() error{}
	ask := func(permission string, f func() error) {
		if v.may(permission) {
			asks = append(asks, f)
		}
	}
	ask("users.view", func() (err error) { o.States, err = v.states(); return err })
	ask("console.seats.read", func() error { return v.get("/seats", nil, &seats) })
	ask("console.connections.read", func() (err error) { o.Connections, err = v.health(); return err })
	ask("console.runs.read", func() error { return v.get("/held-plans", nil, &held) })
	ask("console.tenant.read", func() (err error) { o.Notices, err = whole[hint](v, "/notices", nil); return err })
	ask("console.users.read", func() (err error) { o.Chart, err = v.activity(); return err })
	if err := v.all(asks...); err != nil {
		return err
	}
	o.Seats, o.Held = seats.Items, held.Items
	return v.show(dashboardPage(v, o))
}

// states counts people by state.
func (v *visit) states() ([]stateCount, error) {
	out := []stateCount{{State: "active"}, {State: "pending"}, {State: "suspended"}, {State: "deprovisioned"}}
	var asks []func() error
	for i := range out {
		asks = append(asks, func() error {
			var p page[struct{}]
			err := v.get("/users", url.Values{"state": {out[i].State}, "limit": {"1"}}, &p)
			if p.Total != nil {
				out[i].Count = *p.Total
			}
			return err
		})
	}
	return out, v.all(asks...)
}

// health asks how each connection is.
func (v *visit) health() ([]connectionHealth, error) {
	list, err := whole[connectionHealth](v, "/connections", nil)
	if err != nil {
		return nil, err
	}
	var asks []func() error
	for i := range list {
		if list[i].Kind == "oidc" {
			continue
		}
		asks = append(asks, func() error { return v.get(at("connections", list[i].Name, "state"), nil, &list[i]) })
	}
	return list, v.all(asks...)
}

// badge tells how a connection is, in a word and a colour.
func (c connectionHealth) badge() (kind, key string) {
	switch {
	case c.Status == "quarantined":
		return "bad", "dashboard.quarantined"
	case c.Status == "paused":
		return "wait", "dashboard.paused"
	case c.Held != "":
		return "wait", "dashboard.held"
	case c.Failures > 0:
		return "bad", "dashboard.failing"
	case c.Kind == "oidc":
		return "plain", "dashboard.sign_in"
	case c.UsedAt == nil:
		return "wait", "dashboard.unused"
	}
	return "good", "dashboard.healthy"
}

// shownDays is how many days the chart of the dashboard has.
const shownDays = 30

// activity is the chart of what was done to people, day by day.
func (v *visit) activity() (chart, error) {
	var list struct {
		Items []struct {
			Date   string `json:"date"`
			Action string `json:"action"`
			Count  int    `json:"count"`
		} `json:"items"`
	}
	if err := v.get("/activity", url.Values{"days": {strconv.Itoa(shownDays)}}, &list); err != nil {
		return chart{}, err
	}
	c := chart{Series: []string{"dashboard.created", "dashboard.changed", "dashboard.left"}}
	at := map[string]int{}
	for i := range shownDays {
		day := v.h.Now().UTC().AddDate(0, 0, i+1-shownDays).Format(time.DateOnly)
		at[day] = i
		c.Columns = append(c.Columns, column{Label: day, Values: make([]int, len(c.Series))})
	}
	for _, x := range list.Items {
		if i, ok := at[x.Date]; ok && seriesOf[x.Action] > 0 {
			c.Columns[i].Values[seriesOf[x.Action]-1] += x.Count
		}
	}
	return c, nil
}

// seriesOf says which series of the chart an action counts in, from 1 on.
var seriesOf = map[string]int{
	"user.created": 1, "user.restored": 1, "user.activated": 1,
	"user.updated": 2, "user.entitled": 2,
	"user.suspended": 3, "user.deprovisioned": 3,
}
