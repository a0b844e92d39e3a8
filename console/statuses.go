package console

import (
	"net/http"
	"strconv"
)

var statusRoutes = []route{
	{"GET /statuses", statusNeeds, (*visit).statuses},
	{"GET /statuses/new", []string{"statuses.manage"}, (*visit).newStatus},
	{"POST /statuses/new", []string{"statuses.manage"}, (*visit).createStatus},
	{"GET /statuses/{key}", statusNeeds, (*visit).viewStatus},
	{"POST /statuses/{key}", []string{"statuses.manage"}, (*visit).replaceStatus},
	{"GET /statuses/{key}/delete", []string{"statuses.manage"}, (*visit).beforeStatusGoes},
	{"POST /statuses/{key}/delete", []string{"statuses.manage"}, (*visit).deleteStatus},
}

var statusNeeds = []string{"console.tenant.read", "statuses.manage"}

// status is a presence status, as the API tells it.
type status struct {
	Key         string `json:"key"`
	Name        string `json:"name"`
	Icon        string `json:"icon,omitempty"`
	Description string `json:"description,omitempty"`
	Receives    bool   `json:"receives"`
	Active      bool   `json:"active"`
	Order       int    `json:"order,omitempty"`

	System    bool   `json:"system,omitempty"`
	ManagedBy string `json:"managed_by,omitempty"`
}

// statuses lists them (rows 000-25 … 000-32).
func (v *visit) statuses() error {
	list, err := whole[status](v, "/statuses", nil)
	if err != nil {
		return err
	}
	return v.show(statusesPage(v, list))
}

func (v *visit) newStatus() error {
	return v.show(statusForm(v, blank("active", "on"), status{}))
}

func (v *visit) viewStatus() error {
	var x status
	if err := v.get(at("statuses", v.path("key")), nil, &x); err != nil {
		return err
	}
	f := blank("key", x.Key, "name", x.Name, "icon", x.Icon, "description", x.Description, "order", strconv.Itoa(x.Order))
	tick(f, "receives", x.Receives)
	tick(f, "active", x.Active)
	return v.show(statusForm(v, f, x))
}

func (v *visit) createStatus() error {
	return v.putStatus(http.MethodPost, at("statuses"), status{}, "status.created")
}

func (v *visit) replaceStatus() error {
	var x status
	if err := v.get(at("statuses", v.path("key")), nil, &x); err != nil {
		return err
	}
	return v.putStatus(http.MethodPut, at("statuses", x.Key), x, "status.saved")
}

// putStatus sends what was filled in.
func (v *visit) putStatus(method, path string, was status, said string) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	order, err := strconv.Atoi(f.get("order"))
	if err != nil && f.get("order") != "" {
		f.faults["order"] = v.T("fault.number")
	}
	x := status{
		Key: f.get("key"), Name: f.get("name"), Icon: f.get("icon"), Description: f.get("description"), Receives: f.on("receives"), Active: f.on("active"), Order: order,
	}
	if was.Key != "" {
		x.Key = was.Key
	}
	again := func(f *form) error { return v.show(statusForm(v, f, was)) }
	if len(f.faults) > 0 {
		return v.again(f, again)
	}
	title := v.T("status.edit")
	if was.Key == "" {
		title = v.T("status.new")
	}
	return v.change(f, method, path, nil, x, title, func(outcome) error { return v.done("/statuses", said, "Name", x.Name) }, again)
}

// beforeStatusGoes shows what the removal of a status does.
func (v *visit) beforeStatusGoes() error {
	var x status
	if err := v.get(at("statuses", v.path("key")), nil, &x); err != nil {
		return err
	}
	return v.beforeRemoval(at("statuses", x.Key), v.T("status.delete_title", "Name", x.Name))
}

// deleteStatus removes a status; whoever is in it goes to the initial one.
func (v *visit) deleteStatus() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	var x status
	if err := v.get(at("statuses", v.path("key")), nil, &x); err != nil {
		return err
	}
	return v.change(f, http.MethodDelete, at("statuses", x.Key), absent, nil, v.T("status.delete_title", "Name", x.Name),
		func(outcome) error { return v.done("/statuses", "status.deleted", "Name", x.Name) },
		func(f *form) error { return f.problem })
}

func statusTitle(v *visit, x status) string {
	if x.Key == "" {
		return v.T("status.new")
	}
	return x.Name
}
