package console

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strconv"
)

// ruleForm is what the form of a rule needs besides what is filled in.
type ruleForm struct {
	ID      string // of the rule; "" for a new one
	Name    string
	Locked  bool // the manifest owns it
	Choices ruleChoices
}

// draftRule shows a rule of the draft to be changed, or a new one.
func (v *visit) draftRule() error {
	d, tag, found, err := v.readDraft()
	switch {
	case err != nil:
		return err
	case !found:
		return v.seeOther("/rules/draft")
	}
	var r mappingRule
	if id := v.query("id"); id != "" {
		i := indexRule(d.Rules, id)
		if i < 0 {
			return notFound()
		}
		r = d.Rules[i]
	}
	f := blank(seenTag, tag, "id", r.ID, "name", r.Name, "connection", r.Connection, "group", r.Group, "group_id", r.GroupID, "when", r.When)
	r.Yields.fill(f)
	return v.showRule(f)
}

// showRule shows the form of a rule with what is filled in.
func (v *visit) showRule(f *form) error {
	x := ruleForm{ID: f.get("id")}
	var err error
	if x.Choices, err = v.readChoices(); err != nil {
		return err
	}
	if x.ID != "" {
		p, err := v.readRules(false)
		if err != nil {
			return err
		}
		if i := indexRule(p.Rules, x.ID); i >= 0 {
			x.Name, x.Locked = p.Rules[i].Name, p.Rules[i].ManagedBy == "manifest"
		}
	}
	x.Choices.settle(f)
	return v.show(ruleFormPage(v, f, x))
}

// ruleFrom is the rule that a form says.
func ruleFrom(f *form) mappingRule {
	return mappingRule{
		ID: f.get("id"), Name: f.get("name"), Connection: f.get("connection"), Group: f.get("group"), GroupID: f.get("group_id"), When: f.get("when"),
		Yields: yieldsFrom(f),
	}
}

// with puts a rule into a draft, and tells where, from 0. A rule without an id is new and comes last.
func (b *draftBody) with(r mappingRule) (int, error) {
	if r.ID == "" {
		b.Rules = append(b.Rules, r)
		return len(b.Rules) - 1, nil
	}
	i := indexRule(b.Rules, r.ID)
	if i < 0 {
		return 0, notFound()
	}
	b.Rules[i] = r
	return i, nil
}

// lookOver asks the API what is wrong with a rule among those of a draft, and notes it at the fields of the form.
func (v *visit) lookOver(f *form, b draftBody, at int) (ruleCheck, error) {
	var c ruleCheck
	if err := v.send(http.MethodPost, "/rules/draft/check", nil, b, &c); err != nil {
		return c, v.wrongRule(f, err, at)
	}
	for _, x := range c.at(at) {
		switch x.Field {
		case "name", "connection", "group", "group_id", "when", "roles", "options", "profile", "agent_groups", "campaigns", "queues", "strategies", "company", "seat_pool", "initial_status":
			f.faults[x.Field] = both(f.faults[x.Field], v.said(x.Message))
		default:
			f.faults[""] = both(f.faults[""], v.said(x.Message)) // of the rule as a whole
		}
	}
	return c, nil
}

func both(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// ofRule finds the field of a rule in the place of a fault.
var ofRule = regexp.MustCompile(`^body\.(?:rules|tests)\[(\d+)\]\.(?:yields\.|expect\.)?(\w+)`)

// wrongRule notes what the API's checks of form find wrong at the fields of the rule or test at a place.
func (v *visit) wrongRule(f *form, err error, at int) error {
	if err := f.wrong(v, err); err != nil {
		return err
	}
	for _, e := range f.problem.Errors {
		if x := ofRule.FindStringSubmatch(e.Location); x != nil && x[1] == strconv.Itoa(at) {
			f.faults[x[2]] = e.plain(v)
		}
	}
	return nil
}

// saveDraftRule keeps a rule in the draft where nothing is wrong with it.
func (v *visit) saveDraftRule() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	if f.on("more") { // more lines for agent groups
		f.values.Del("more")
		f.values.Set("lines", strconv.Itoa(f.groupLines()+4))
		return v.showRule(f)
	}
	r := ruleFrom(f)
	err = v.writeDraft(f, func(b *draftBody) error {
		i, err := b.with(r)
		if err != nil {
			return err
		}
		if _, err := v.lookOver(f, *b, i); err != nil {
			return err
		}
		if f.problem != nil || len(f.faults) > 0 {
			return errWrong
		}
		return nil
	})
	switch p := asProblem(err); {
	case err == nil:
		return v.done("/rules/draft", "rule.draft_rule_saved", "Name", r.Name)
	case p == errWrong:
		return v.again(f, v.showRule)
	case p != nil && p.Slug == "stale":
		f.problem = p
		if _, tag, found, err := v.readDraft(); err == nil && found { // saving it again is then a decision
			f.values.Set(seenTag, tag)
		}
		return v.again(f, v.showRule)
	default:
		return err
	}
}

// errWrong says that a form is to be shown again.
var errWrong = &problem{Status: http.StatusUnprocessableEntity, Slug: "invalid"}

// checkDraftRule answers, as somebody types, what is wrong with the rule that the form says.
func (v *visit) checkDraftRule() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	d, _, found, err := v.readDraft()
	switch {
	case err != nil:
		return err
	case !found:
		return notFound()
	}
	b := d.body()
	i, err := b.with(ruleFrom(f))
	if err != nil {
		return err
	}
	c, err := v.lookOver(f, b, i)
	if err != nil {
		return err
	}
	return v.show(ruleVerdict(v, f, c.at(i), true))
}

// groupLines is how many lines for agent groups a form has.
func (f *form) groupLines() int {
	lines := 0
	if n, err := strconv.Atoi(f.get("lines")); err == nil && n > 0 {
		lines = min(n, maxGroupLines)
	}
	for name := range f.values {
		if x := groupLine.FindStringSubmatch(name); x != nil {
			if n, err := strconv.Atoi(x[1]); err == nil && n < maxGroupLines {
				lines = max(lines, n+1)
			}
		}
	}
	return max(lines, 2)
}

// maxGroupLines is how many agent groups a form can have: as many as the API takes of a rule.
const maxGroupLines = 100

var groupLine = regexp.MustCompile(`^agent_group_(\d+)$`)

// fill writes what a rule gives into a form.
func (y yields) fill(f *form) {
	for name, list := range map[string][]string{"roles": y.Roles, "options": y.Options, "campaigns": y.Campaigns, "queues": y.Queues, "strategies": y.Strategies} {
		f.values[name] = slices.Clone(list)
		if list != nil && len(list) == 0 {
			f.values.Add("none", name)
		}
	}
	if y.AgentGroups != nil && len(y.AgentGroups) == 0 {
		f.values.Add("none", "agent_groups")
	}
	for i, g := range y.AgentGroups {
		n := strconv.Itoa(i)
		f.values.Set("agent_group_"+n, g.Name)
		f.values.Set("agent_group_kind_"+n, cmp.Or(g.Kind, "user"))
	}
	f.values.Set("lines", strconv.Itoa(len(y.AgentGroups)+2))
	f.values.Set("profile", y.Profile)
	f.values.Set("company", y.Company)
	f.values.Set("seat_pool", y.SeatPool)
	f.values.Set("initial_status", y.InitialStatus)
}

// yieldsFrom is what a form says is given.
func yieldsFrom(f *form) yields {
	names := func(name string) []string {
		var out []string
		for _, value := range f.values[name] { // boxes that are ticked, or lines
			out = append(out, (&form{values: map[string][]string{"x": {value}}}).lines("x")...)
		}
		if out == nil && f.has("none", name) {
			out = []string{}
		}
		return out
	}
	y := yields{
		Roles: names("roles"), Options: names("options"), Campaigns: names("campaigns"), Queues: names("queues"), Strategies: names("strategies"),
		Profile: f.get("profile"), Company: f.get("company"), SeatPool: f.get("seat_pool"), InitialStatus: f.get("initial_status"),
	}
	for i := range f.groupLines() {
		n := strconv.Itoa(i)
		if name := f.get("agent_group_" + n); name != "" {
			y.AgentGroups = append(y.AgentGroups, yieldGroup{name, cmp.Or(f.get("agent_group_kind_"+n), "user")})
		}
	}
	if y.AgentGroups == nil && f.has("none", "agent_groups") {
		y.AgentGroups = []yieldGroup{}
	}
	return y
}
