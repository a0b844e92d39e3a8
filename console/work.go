package console

import (
	"net/http"
	"slices"
)

var workRoutes = []route{
	{"GET /work", groupNeeds, func(v *visit) error { return v.seeOther("/work/campaigns") }},
	{"GET /work/{kind}", groupNeeds, (*visit).works},
	{"GET /work/{kind}/new", workWrites, (*visit).newWork},
	{"POST /work/{kind}/new", workWrites, (*visit).createWork},
	{"GET /work/{kind}/{id}", groupNeeds, (*visit).viewWork},
	{"POST /work/{kind}/{id}", workWrites, (*visit).replaceWork},
	{"GET /work/{kind}/{id}/delete", workWrites, (*visit).beforeWorkGoes},
	{"POST /work/{kind}/{id}/delete", workWrites, (*visit).deleteWork},
}

var workWrites = []string{"campaigns.manage", "queues.manage", "strategies.manage", "console.tenant.manage"}

// workKind is a kind of groups of work beside agent groups, or of companies: the API's name of its list, the filter of the
// list of people, the kind of object as the manifest has it, and the permission that changing it needs.
type workKind struct{ many, filter, object, write string }

var workKinds = []workKind{
	{"campaigns", "campaign", "campaign", "campaigns.manage"},
	{"queues", "queue", "queue", "queues.manage"},
	{"strategies", "strategy", "strategy", "strategies.manage"},
	{"companies", "company", "company", "console.tenant.manage"},
}

// workBody is what the API takes of a group of work.
type workBody struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	ExternalRef string `json:"external_ref,omitempty"`
	Company     string `json:"company,omitempty"`
}

// work is a campaign, a queue, a strategy or a company, as the API tells it.
type work struct {
	workBody

	ID        string `json:"id"`
	ManagedBy string `json:"managed_by"`
	Archived  bool   `json:"archived"`
}

// company is a company, as the API tells it.
type company struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// workDraft is what the form of a group of work is made of.
type workDraft struct {
	kind      workKind
	was       work // without an id for a new one
	companies []company
}

// workKind is the kind that the address names.
func (v *visit) workKind() (workKind, error) {
	if i := slices.IndexFunc(workKinds, func(k workKind) bool { return k.many == v.path("kind") }); i >= 0 {
		return workKinds[i], nil
	}
	return workKind{}, notFound()
}

// works lists the work of a kind (rows 004-05 … 004-08, C-11).
func (v *visit) works() error {
	k, err := v.workKind()
	if err != nil {
		return err
	}
	var list []work
	var companies []company
	err = v.all(
		func() (err error) {
			list, err = whole[work](v, at(k.many), nil)
			return err
		},
		func() (err error) {
			companies, err = whole[company](v, "/companies", nil)
			return err
		},
	)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(x work) bool { return x.Archived })
	return v.show(worksPage(v, k, list, companies))
}

// draftedWork fetches what the form of a group of work needs.
func (v *visit) draftedWork(id string) (d workDraft, err error) {
	if d.kind, err = v.workKind(); err != nil {
		return d, err
	}
	if d.kind.many != "companies" && v.may("console.tenant.read") {
		if d.companies, err = whole[company](v, "/companies", nil); err != nil {
			return d, err
		}
	}
	if id == "" {
		return d, nil
	}
	return d, v.get(at(d.kind.many, id), nil, &d.was)
}

func (v *visit) newWork() error {
	d, err := v.draftedWork("")
	if err != nil {
		return err
	}
	if err := v.needs(d.kind.write); err != nil {
		return err
	}
	return v.show(workForm(v, blank(), d))
}

func (v *visit) viewWork() error {
	d, err := v.draftedWork(v.path("id"))
	if err != nil {
		return err
	}
	return v.show(workForm(v, blank("name", d.was.Name, "description", d.was.Description, "external_ref", d.was.ExternalRef, "company", d.was.Company), d))
}

func (v *visit) createWork() error { return v.putWork("") }

func (v *visit) replaceWork() error { return v.putWork(v.path("id")) }

// putWork sends what was filled in.
func (v *visit) putWork(id string) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	d, err := v.draftedWork(id)
	if err != nil {
		return err
	}
	x := workBody{f.get("name"), f.get("description"), f.get("external_ref"), f.get("company")}
	again := func(f *form) error {
		v.blameName(f, d.kind.many, x.Name, d.was.ID)
		return v.show(workForm(v, f, d))
	}
	if x.Name == "" {
		f.faults["name"] = v.T("fault.required")
		return v.again(f, again)
	}
	method, path, said := http.MethodPost, at(d.kind.many), "work.created"
	if id != "" {
		method, path, said = http.MethodPut, at(d.kind.many, d.was.ID), "work.saved"
	}
	return v.change(f, method, path, nil, x, d.title(v), func(outcome) error { return v.done("/work/"+d.kind.many, said, "Name", x.Name) }, again)
}

// beforeWorkGoes shows what the removal of a group of work does.
func (v *visit) beforeWorkGoes() error {
	d, err := v.draftedWork(v.path("id"))
	if err != nil {
		return err
	}
	title, err := v.removalTitle("work.delete_title", "work.delete_people", d.was.Name, d.kind.filter, d.was.ID)
	if err != nil {
		return err
	}
	return v.beforeRemoval(at(d.kind.many, d.was.ID), title)
}

// deleteWork removes a group of work, and takes it from whoever is in it.
func (v *visit) deleteWork() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	d, err := v.draftedWork(v.path("id"))
	if err != nil {
		return err
	}
	return v.change(f, http.MethodDelete, at(d.kind.many, d.was.ID), absent, nil, v.T("work.delete_title", "Name", d.was.Name),
		func(outcome) error { return v.done("/work/"+d.kind.many, "work.deleted", "Name", d.was.Name) },
		func(f *form) error { return f.problem })
}

func (d workDraft) title(v *visit) string {
	if d.was.ID == "" {
		return v.T("work.new_" + d.kind.object)
	}
	return d.was.Name
}
