package console

import (
	"net/http"
	"slices"
	"strconv"
)

var seatRoutes = []route{
	{"GET /seats", seatNeeds, (*visit).seats},
	{"GET /seats/new", seatWrites, (*visit).newPool},
	{"POST /seats/new", seatWrites, (*visit).createPool},
	{"GET /seats/{key}", seatNeeds, (*visit).viewPool},
	{"POST /seats/{key}", seatWrites, (*visit).replacePool},
	{"GET /seats/{key}/delete", seatWrites, (*visit).beforePoolGoes},
	{"POST /seats/{key}/delete", seatWrites, (*visit).deletePool},
}

var (
	seatNeeds  = []string{"console.seats.read"}
	seatWrites = []string{"console.seats.manage"}
)

// poolUse is how a pool of seats is used, as the API tells it.
type poolUse struct {
	Pool    string `json:"pool"`
	Name    string `json:"name"`
	Policy  string `json:"policy"` // off | hard_cap | metered | cap_with_grace
	Limit   int    `json:"limit"`
	Grace   int    `json:"grace"`
	Taken   int    `json:"taken"`
	Kept    int    `json:"kept"`
	Waiting int    `json:"waiting"`
	Free    *int   `json:"free"`
	Contact string `json:"contact"`
}

// full reports whether nobody else gets a seat.
func (s poolUse) full() bool { return s.Free != nil && *s.Free == 0 }

// poolBody is what the API takes of a pool of seats.
type poolBody struct {
	Key     string   `json:"key"`
	Name    string   `json:"name"`
	Policy  string   `json:"policy,omitempty"`
	Limit   int      `json:"limit,omitempty"`
	Grace   int      `json:"grace,omitempty"`
	Roles   []string `json:"roles,omitempty"`
	Contact string   `json:"contact,omitempty"`
}

// pool is a pool of seats, as the API tells it.
type pool struct {
	poolBody

	ManagedBy string `json:"managed_by"`
}

// poolDraft is what the form of a pool is made of.
type poolDraft struct {
	was   pool // without a key for a new one
	roles []role
}

// seats shows how the seats are used (rows 002-02, C-16).
func (v *visit) seats() error {
	list, err := whole[poolUse](v, "/seats", nil)
	if err != nil {
		return err
	}
	return v.show(seatsPage(v, list))
}

// draftedPool fetches what the form of a pool needs; key is "" for a new one.
func (v *visit) draftedPool(key string) (d poolDraft, err error) {
	if v.may("roles.view") {
		if d.roles, err = whole[role](v, "/roles", nil); err != nil {
			return d, err
		}
		d.roles = slices.DeleteFunc(d.roles, func(r role) bool { return r.Kind == "membership" || r.Kind == "console" })
	}
	if key == "" {
		return d, nil
	}
	return d, v.get(at("seat-pools", key), nil, &d.was)
}

func (v *visit) newPool() error {
	d, err := v.draftedPool("")
	if err != nil {
		return err
	}
	return v.show(poolForm(v, blank(), d))
}

func (v *visit) viewPool() error {
	d, err := v.draftedPool(v.path("key"))
	if err != nil {
		return err
	}
	x := d.was
	f := blank("key", x.Key, "name", x.Name, "policy", x.Policy, "limit", strconv.Itoa(x.Limit), "grace", strconv.Itoa(x.Grace), "contact", x.Contact)
	f.values["roles"] = x.Roles
	return v.show(poolForm(v, f, d))
}

func (v *visit) createPool() error { return v.putPool("") }

func (v *visit) replacePool() error { return v.putPool(v.path("key")) }

// putPool sends what was filled in.
func (v *visit) putPool(key string) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	d, err := v.draftedPool(key)
	if err != nil {
		return err
	}
	x := poolBody{
		Key: f.get("key"), Name: f.get("name"), Policy: f.get("policy"), Limit: v.number(f, "limit"), Grace: v.number(f, "grace"),
		Roles: f.list("roles"), Contact: f.get("contact"),
	}
	method, path, title, said := http.MethodPost, "/seat-pools", v.T("seat.new"), "seat.created"
	if key != "" {
		x.Key = d.was.Key
		method, path, title, said = http.MethodPut, at("seat-pools", d.was.Key), v.T("seat.edit_title", "Name", d.was.Name), "seat.saved"
	}
	again := func(f *form) error {
		if f.problem != nil && f.problem.Slug == "conflict" && key == "" && v.get(at("seat-pools", x.Key), nil, nil) == nil {
			f.faults["key"] = v.T("seat.key_taken")
		}
		return v.show(poolForm(v, f, d))
	}
	if x.Key == "" {
		f.faults["key"] = v.T("fault.required")
	}
	if len(f.faults) > 0 {
		return v.again(f, again)
	}
	return v.change(f, method, path, nil, x, title, func(outcome) error { return v.done("/seats", said, "Name", x.Name) }, again)
}

// number is a field that holds a whole number that is not negative; empty is none.
func (v *visit) number(f *form, name string) int {
	n, err := strconv.Atoi(f.get(name))
	if f.get(name) != "" && (err != nil || n < 0) {
		f.faults[name] = v.T("fault.number")
	}
	return n
}

// beforePoolGoes shows what the removal of a pool does.
func (v *visit) beforePoolGoes() error {
	d, err := v.draftedPool(v.path("key"))
	if err != nil {
		return err
	}
	return v.beforeRemoval(at("seat-pools", d.was.Key), v.T("seat.delete_title", "Name", d.was.Name))
}

// deletePool removes a pool.
func (v *visit) deletePool() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	d, err := v.draftedPool(v.path("key"))
	if err != nil {
		return err
	}
	return v.change(f, http.MethodDelete, at("seat-pools", d.was.Key), absent, nil, v.T("seat.delete_title", "Name", d.was.Name),
		func(outcome) error { return v.done("/seats", "seat.deleted", "Name", d.was.Name) },
		func(f *form) error { return f.problem })
}

func (d poolDraft) title(v *visit) string {
	if d.was.Key == "" {
		return v.T("seat.new")
	}
	return d.was.Name
}

// roleOptions are the roles whose holders can sit in a pool.
func (d poolDraft) roleOptions() []option {
	out := make([]option, len(d.roles))
	for i, r := range d.roles {
		out[i] = option{Value: r.Key, Text: r.Name}
	}
	return out
}
