package console

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"

	"rollcall/directory"
)

var runRoutes = []route{
	{"GET /runs", runNeeds, (*visit).runs},
	{"GET /runs/{id}", runNeeds, (*visit).viewRun},
	{"POST /runs/{id}/approve", []string{"console.plans.approve"}, (*visit).approveRun},
	{"POST /runs/{id}/discard", []string{"console.plans.approve"}, (*visit).discardRun},
	{"GET /runs/undo", []string{"console.runs.undo"}, (*visit).newUndo},
	{"POST /runs/undo", []string{"console.runs.undo"}, (*visit).undo},
}

var runNeeds = []string{"console.runs.read"}

// The kinds and states of runs, as filters offer them.
var (
	runKinds    = []string{"sync", "apply", "bulk", "push", "release", "offboard", "undo"}
	runStatuses = []string{"reading", "applying", "held", "applied", "partial", "failed", "nothing", "discarded", "expired"}
)

// runView is a run, as the API tells it.
type runView struct {
	ID           string             `json:"id"`
	Kind         string             `json:"kind"`
	Status       string             `json:"status"`
	Connection   string             `json:"connection"`
	By           string             `json:"by"`
	ApprovedBy   string             `json:"approved_by"`
	Undoes       string             `json:"undoes"`
	Completeness string             `json:"completeness"`
	Summary      summary            `json:"summary"`
	Done         int                `json:"done"`
	Total        int                `json:"total"`
	CreatedAt    time.Time          `json:"created_at"`
	FinishedAt   *time.Time         `json:"finished_at"`
	ExpiresAt    *time.Time         `json:"expires_at"`
	Guard        directory.Messages `json:"guard"`
	Problems     []runProblem       `json:"problems"`
	MoreProblems int                `json:"more_problems"`
	Reading      *struct {
		Server string `json:"server"`
		Mode   string `json:"mode"`
		Users  string `json:"users"`
		Groups string `json:"groups"`
	} `json:"reading"`
}

type runProblem struct {
	Subject string `json:"subject"`
	directory.Message
	Fix string `json:"fix"`
}

// goesOn reports whether a run is under way.
func (r runView) goesOn() bool { return r.Status == "reading" || r.Status == "applying" }

// undoable reports whether there is something to take back.
func (r runView) undoable() bool { return r.Status == "applied" || r.Status == "partial" }

func (r runView) badge() string {
	switch r.Status {
	case "applied", "nothing":
		return "good"
	case "held", "reading", "applying", "partial":
		return "wait"
	case "failed":
		return "bad"
	}
	return "plain"
}

// syncPlan is what a sync, an undo or an approval would do, or did.
type syncPlan struct {
	Run          string             `json:"run"`
	Connection   string             `json:"connection"`
	Status       string             `json:"status"`
	Version      int64              `json:"version"` // of the configuration that it was made of
	Completeness string             `json:"completeness"`
	Summary      summary            `json:"summary"`
	Guard        directory.Messages `json:"guard"`
	Missing      int                `json:"missing"`
	Problems     []runProblem       `json:"problems"`
	MoreProblems int                `json:"more_problems"`
	Changes      []runLine          `json:"changes"`
	More         int                `json:"more_changes"`
}

// runLine is what a run does to one person or group.
type runLine struct {
	ID       string   `json:"id"`
	User     string   `json:"user"`
	UserName string   `json:"user_name"`
	Change   string   `json:"change"`
	Reason   string   `json:"reason"`
	Status   string   `json:"status"`
	Fields   []string `json:"fields"`
	Values   []struct {
		Field  string `json:"field"`
		Before any    `json:"before"`
		After  any    `json:"after"`
	} `json:"values"`
	Gained []rightChange `json:"gained"`
	Lost   []rightChange `json:"lost"`
}

func (x runLine) isGroup() bool { return strings.HasPrefix(x.Change, "group_") }

// what says in the reader's language what happens.
func (x runLine) what(v *visit) string {
	return v.Either("run.line_"+x.Change, v.Either("change."+x.Change, x.Change))
}

// said is how far a run is, in few words and few steps: it is read out each time that it is another.
func (r runView) said(v *visit) string {
	text := kindOfRun(v, r.Kind) + ": " + statusOfRun(v, r.Status)
	if r.goesOn() && r.Total > 0 {
		text += " " + v.Number(10*(10*r.Done/r.Total)) + "%"
	}
	return text
}

func kindOfRun(v *visit, kind string) string     { return v.Either("run.kind_"+kind, kind) }
func statusOfRun(v *visit, status string) string { return v.Either("run.status_"+status, status) }

// runs lists them, the newest first, and above them what waits for approval.
func (v *visit) runs() error {
	f := blank("kind", v.query("kind"), "status", v.query("status"), "connection", v.query("connection"))
	q := url.Values{"limit": {"50"}}
	for _, name := range []string{"kind", "status", "connection", "cursor"} {
		if text := v.query(name); text != "" {
			q.Set(name, text)
		}
	}
	var list, held page[runView]
	var all []connectionView
	err := v.all(
		func() error { return f.wrongOr(v, v.get("/runs", q, &list)) },
		func() error { return v.get("/held-plans", nil, &held) },
		func() (err error) {
			if v.may(connectionNeeds...) {
				all, err = whole[connectionView](v, "/connections", nil)
			}
			return err
		},
	)
	if err != nil {
		return err
	}
	if f.problem != nil {
		v.status = f.problem.Status
	}
	names, err := v.actorWords(append(askers(list.Items...), askers(held.Items...)...)...)
	if err != nil {
		return err
	}
	return v.show(runsPage(v, f, list, held.Items, all, names))
}

// wrongOr takes an error over as what is wrong with a filter: something that is not there is, too.
func (f *form) wrongOr(v *visit, err error) error {
	if p := asProblem(err); p != nil && p.Slug == "not-found" {
		f.problem = p
		return nil
	}
	if err == nil {
		return nil
	}
	return f.wrong(v, err)
}

// askers are those who asked for runs, and who approved them.
func askers(list ...runView) (who []string) {
	for _, r := range list {
		for _, x := range []string{r.By, r.ApprovedBy} {
			if x != "" {
				who = append(who, x)
			}
		}
	}
	return who
}

// byWhom says who did something; a dash stands for nobody.
func byWhom(who string, names map[string]string) string { return cmp.Or(names[who], "–") }

func (v *visit) viewRun() error { return v.showRun(blank()) }

// runPage is all that the page of a run shows.
type runPage struct {
	runView

	lines page[runLine]
	names map[string]string
}

// showRun shows a run, with the form that approves it as it was filled in.
func (v *visit) showRun(f *form) error {
	p := runPage{}
	path := at("runs", v.path("id"))
	if err := v.get(path, nil, &p.runView); err != nil {
		return err
	}
	q := url.Values{"limit": {"100"}}
	if cursor := v.query("cursor"); cursor != "" {
		q.Set("cursor", cursor)
	}
	err := v.all(
		func() error {
			if p.goesOn() {
				return nil // its lines come when it is done
			}
			return v.get(path+"/changes", q, &p.lines)
		},
		func() (err error) { p.names, err = v.actorWords(askers(p.runView)...); return err },
	)
	if err != nil {
		return err
	}
	return v.show(runOverview(v, f, p))
}

// approveRun has a held plan applied, but for people who are left out.
func (v *visit) approveRun() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	id := v.path("id")
	except := append(f.list("except"), f.lines("except_others")...)
	body := map[string][]string{"except": append([]string{}, except...)}
	err = v.ask(v.r.Context(), http.MethodPost, at("runs", id, "approve"), nil, body, nil, "Rollcall-Approver", f.get(secondKey))
	if err != nil {
		if err := f.wrong(v, err); err != nil {
			return err
		}
		return v.again(f, v.showRun)
	}
	return v.done("/runs/"+url.PathEscape(id), "run.approved_done")
}

// discardRun refuses a held plan, once somebody has confirmed it.
func (v *visit) discardRun() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	var r runView
	if err := v.get(at("runs", v.path("id")), nil, &r); err != nil {
		return err
	}
	if !f.on(confirmed) {
		return v.show(runDiscarding(v, r))
	}
	if err := v.send(http.MethodPost, at("runs", r.ID, "discard"), nil, nil, nil); err != nil {
		return err
	}
	return v.done("/runs/"+url.PathEscape(r.ID), "run.discarded_done")
}

// text writes the numbers of a summary that are not zero in one line.
func (s summary) text(v *visit) string {
	var parts []string
	for _, c := range s.counts() {
		parts = append(parts, v.Number(c.n)+" "+v.count(c.key, c.n))
	}
	if len(parts) == 0 {
		return "–"
	}
	return strings.Join(parts, ", ")
}

func runTitle(v *visit, r runView) string {
	if r.Connection == "" {
		return kindOfRun(v, r.Kind)
	}
	return v.T("run.title_of", "Kind", kindOfRun(v, r.Kind), "Connection", r.Connection)
}

// personID is the id of a person among actors, or "".
func personID(who string) string {
	id, _ := strings.CutPrefix(who, "person:")
	if id == who {
		return ""
	}
	return id
}

// filterOptions are the choices of a filter, all of them first.
func (v *visit) filterOptions(text func(string) string, values []string) []option {
	return append([]option{{Value: "", Text: v.T("common.all")}}, options(text, values...)...)
}

func (v *visit) connectionOptions(all []connectionView) []option {
	return append([]option{{Value: "", Text: v.T("common.all")}}, provisioning(all)...)
}

// provisioning are the connections that people come from.
func provisioning(all []connectionView) (out []option) {
	for _, x := range all {
		if x.Kind != "oidc" {
			out = append(out, option{Value: x.ID, Text: x.Name})
		}
	}
	return out
}
