package console

import (
	"cmp"
	"net/http"
	"slices"
	"time"
)

var rulesRoutes = []route{
	{"GET /rules", rulesRead, (*visit).rules},
	{"GET /rules/draft", rulesRead, (*visit).ruleDraft},
	{"POST /rules/draft", rulesDraft, (*visit).beginDraft},
	{"POST /rules/draft/note", rulesDraft, (*visit).noteDraft},
	{"POST /rules/draft/discard", rulesDraft, (*visit).discardDraft},
	{"GET /rules/draft/discard", rulesDraft, (*visit).confirmDiscard},
	{"GET /rules/draft/rule", rulesDraft, (*visit).draftRule},
	{"POST /rules/draft/rule", rulesDraft, (*visit).saveDraftRule},
	{"POST /rules/draft/check", rulesDraft, (*visit).checkDraftRule},
	{"POST /rules/draft/move", rulesDraft, (*visit).moveDraftRule},
	{"POST /rules/draft/remove", rulesDraft, (*visit).removeDraftRule},
	{"GET /rules/draft/test", rulesDraft, (*visit).draftTest},
	{"POST /rules/draft/test", rulesDraft, (*visit).saveDraftTest},
	{"POST /rules/draft/test/remove", rulesDraft, (*visit).removeDraftTest},
	{"GET /rules/draft/try", rulesDraft, (*visit).tryDraft},
	{"GET /rules/draft/publish", rulesDraft, (*visit).draftImpact},
	{"POST /rules/draft/publish", []string{"console.mappings.publish"}, (*visit).publishDraft},
	{"GET /rules/versions", rulesRead, (*visit).ruleVersions},
	{"GET /rules/versions/{id}", rulesRead, (*visit).ruleVersion},
	{"POST /rules/versions/{id}", []string{"console.mappings.publish"}, (*visit).revertRules},
}

var (
	rulesRead  = []string{"console.mappings.read"}
	rulesDraft = []string{"console.mappings.draft"}
)

// yields is what a rule gives, or a test expects.
type yields struct {
	Roles         []string     `json:"roles,omitzero"`
	Options       []string     `json:"options,omitzero"`
	Profile       string       `json:"profile,omitempty"`
	AgentGroups   []yieldGroup `json:"agent_groups,omitzero"`
	Campaigns     []string     `json:"campaigns,omitzero"`
	Queues        []string     `json:"queues,omitzero"`
	Strategies    []string     `json:"strategies,omitzero"`
	Company       string       `json:"company,omitempty"`
	SeatPool      string       `json:"seat_pool,omitempty"`
	InitialStatus string       `json:"initial_status,omitempty"`
}

type yieldGroup struct {
	Name string `json:"name"`
	Kind string `json:"kind,omitempty"`
}

// mappingRule is a rule, as the API tells it and takes it.
type mappingRule struct {
	ID         string `json:"id,omitempty"`
	Name       string `json:"name"`
	Connection string `json:"connection,omitempty"`
	Group      string `json:"group,omitempty"`
	GroupID    string `json:"group_id,omitempty"`
	When       string `json:"when,omitempty"`
	Yields     yields `json:"yields"`
	ManagedBy  string `json:"managed_by,omitempty"`
}

// mappingTest is a test of the rules.
type mappingTest struct {
	Name       string         `json:"name"`
	Attributes map[string]any `json:"attributes,omitempty"`
	Groups     []string       `json:"groups,omitempty"`
	Connection string         `json:"connection,omitempty"`
	Expect     yields         `json:"expect"`
	ManagedBy  string         `json:"managed_by,omitempty"`
}

// ruleVersion is a version of the rules in a list.
type ruleVersion struct {
	ID      string    `json:"id"`
	State   string    `json:"state"` // draft | published | retired
	Version int       `json:"version"`
	Note    string    `json:"note"`
	Actor   string    `json:"actor"`
	At      time.Time `json:"at"`
}

// ruleSet is a version whole.
type ruleSet struct {
	ruleVersion

	Rules []mappingRule `json:"rules"`
	Tests []mappingTest `json:"tests"`
}

// yielded is one kind of what a rule gives, for people to read.
type yielded struct {
	Kind  string // as in "kind.role"
	Names []string
}

// said is what a rule gives in the order in which it is read. A list that is empty and there stands for none of its kind.
func (y yields) said(v *visit) (out []yielded) {
	add := func(kind string, names []string) {
		if names != nil && len(names) == 0 {
			names = []string{v.T("rule.none_of_kind")}
		}
		if len(names) > 0 {
			out = append(out, yielded{kind, names})
		}
	}
	one := func(kind, name string) {
		if name != "" {
			add(kind, []string{name})
		}
	}
	add("role", y.Roles)
	add("option", y.Options)
	one("profile", y.Profile)
	var groups []string
	if y.AgentGroups != nil {
		groups = []string{}
	}
	for _, g := range y.AgentGroups {
		groups = append(groups, g.Name+" ("+v.Either("membership."+cmp.Or(g.Kind, "user"), g.Kind)+")")
	}
	add("agent_group", groups)
	add("campaign", y.Campaigns)
	add("queue", y.Queues)
	add("strategy", y.Strategies)
	one("company", y.Company)
	one("seat_pool", y.SeatPool)
	one("initial_status", y.InitialStatus)
	return out
}

// published are the rules and tests in force.
type publishedRules struct {
	Rules []mappingRule
	Tests []mappingTest
	Hints map[string][]hint // by the names of rules: what does not work yet
	Known bool              // the hints were asked for
}

// readRules asks for the rules and tests in force, and for what does not work of them where the reader may know.
func (v *visit) readRules(hints bool) (p publishedRules, err error) {
	var list []hint
	hints = hints && v.may("console.tenant.read")
	err = v.all(
		func() (err error) { p.Rules, err = whole[mappingRule](v, "/rules", nil); return err },
		func() (err error) { p.Tests, err = whole[mappingTest](v, "/rules/tests", nil); return err },
		func() (err error) {
			if hints {
				list, err = whole[hint](v, "/notices", nil)
			}
			return err
		},
	)
	p.Known, p.Hints = hints, map[string][]hint{}
	for _, x := range list {
		if x.About == "rule" {
			p.Hints[x.Name] = append(p.Hints[x.Name], x)
		}
	}
	return p, err
}

// rules shows what is published.
func (v *visit) rules() error {
	p, err := v.readRules(true)
	if err != nil {
		return err
	}
	return v.show(rulesPage(v, p))
}

// readDraft asks for the draft and its tag. Where there is none, found is false.
func (v *visit) readDraft() (d ruleSet, tag string, found bool, err error) {
	tag, err = v.tagged("/rules/draft", &d)
	if p := asProblem(err); p != nil && p.Status == http.StatusNotFound {
		return ruleSet{}, "", false, nil
	}
	return d, tag, err == nil, err
}

// owners says who owns each rule, by its id, and each test, by "test " and its name, now. A draft knows who did when it was
// written.
func (p publishedRules) owners() map[string]string {
	out := map[string]string{}
	for _, r := range p.Rules {
		out[r.ID] = r.ManagedBy
	}
	for _, t := range p.Tests {
		out["test "+t.Name] = t.ManagedBy
	}
	return out
}

// ruleVersions lists the versions.
func (v *visit) ruleVersions() error {
	var p page[ruleVersion]
	query := v.r.URL.Query()
	query.Set("limit", "50")
	if err := v.get("/rules/versions", query, &p); err != nil {
		return err
	}
	return v.show(ruleVersionsPage(v, p))
}

// ruleVersion shows a version whole, and what is different about the rules in force.
func (v *visit) ruleVersion() error {
	return v.showVersion(blank())
}

func (v *visit) showVersion(f *form) error {
	var x ruleSet
	var now publishedRules
	if err := v.all(
		func() error { return v.get(at("rules", "versions", v.path("id")), nil, &x) },
		func() (err error) { now, err = v.readRules(false); return err },
	); err != nil {
		return err
	}
	if x.State == "draft" {
		return v.seeOther("/rules/draft")
	}
	return v.show(ruleVersionPage(v, f, x, compareRules(v, now.Rules, now.Tests, x.Rules, x.Tests)))
}

// revertRules publishes an earlier version again, as a plan first.
func (v *visit) revertRules() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	path := at("rules", "versions", v.path("id"))
	var x ruleSet
	if err := v.get(path, nil, &x); err != nil {
		return err
	}
	return v.change(f, http.MethodPost, path+"/revert", nil, nil, v.T("rule.revert_title", "Version", x.Version),
		func(outcome) error { return v.done("/rules", "rule.reverted", "Version", x.Version) }, v.showVersion)
}

// groupOf says whom a rule is for, but for its connection and its condition.
func (r mappingRule) groupOf(v *visit) string {
	switch {
	case r.Group != "":
		return v.T("rule.who_group", "Group", r.Group)
	case r.GroupID != "":
		return v.T("rule.who_group_id", "ID", r.GroupID)
	}
	return v.T("rule.who_everybody")
}

// indexRule finds a rule by its id.
func indexRule(rules []mappingRule, id string) int {
	return slices.IndexFunc(rules, func(r mappingRule) bool { return r.ID == id })
}
