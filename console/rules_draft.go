package console

import (
	"net/http"
	"net/url"
	"slices"

	"rollcall/directory"
)

// ruleFault is one thing that is wrong with a rule.
type ruleFault struct {
	Position int    `json:"position"`
	Rule     string `json:"rule"`
	Field    string `json:"field"`
	directory.Message
}

// ruleCheck is what is wrong with a draft, or how its tests come out.
type ruleCheck struct {
	Passed bool        `json:"passed"`
	Faults []ruleFault `json:"faults"`
	Tests  []struct {
		Name   string   `json:"name"`
		Passed bool     `json:"passed"`
		Wrong  []string `json:"wrong"`
	} `json:"tests"`
}

// at are the faults of the rule at a place, from 0.
func (c ruleCheck) at(i int) (out []ruleFault) {
	for _, f := range c.Faults {
		if f.Position == i+1 {
			out = append(out, f)
		}
	}
	return out
}

// drafted is a draft with all that its page says of it.
type drafted struct {
	ruleSet

	Tag     string
	Owners  map[string]string // of what is in force
	Changes []ruleDifference
	Check   *ruleCheck // nil where the reader may not ask
	Refused *problem   // the draft as a whole cannot be looked at
}

// draftBody is a draft as it is written.
type draftBody struct {
	Rules []mappingRule `json:"rules"`
	Tests []mappingTest `json:"tests"`
	Note  string        `json:"note,omitempty"`
}

func (d ruleSet) body() draftBody {
	return draftBody{Rules: slices.Concat([]mappingRule{}, d.Rules), Tests: slices.Concat([]mappingTest{}, d.Tests), Note: d.Note}
}

// ruleDraft shows the draft, or offers to begin one.
func (v *visit) ruleDraft() error {
	return v.showDraft(blank())
}

func (v *visit) showDraft(f *form) error {
	set, tag, found, err := v.readDraft()
	if err != nil {
		return err
	}
	if !found {
		return v.show(noDraftPage(v, f))
	}
	p, err := v.readRules(false)
	if err != nil {
		return err
	}
	d := drafted{ruleSet: set, Tag: tag, Owners: p.owners(), Changes: compareRules(v, p.Rules, p.Tests, set.Rules, set.Tests)}
	if v.may(rulesDraft...) {
		var c ruleCheck
		err := v.send(http.MethodPost, "/rules/draft/check", nil, set.body(), &c)
		if d.Refused = asProblem(err); err != nil && d.Refused == nil {
			return err
		}
		d.Check = &c
	}
	if f.get("note") == "" {
		f.values.Set("note", d.Note)
	}
	return v.show(draftPage(v, f, d))
}

// beginDraft makes a draft of what is published.
func (v *visit) beginDraft() error {
	if err := v.send(http.MethodPost, "/rules/draft", nil, nil, nil); err != nil {
		if p := asProblem(err); p != nil && p.Slug == "conflict" { // there is one already
			return v.seeOther("/rules/draft")
		}
		return err
	}
	return v.done("/rules/draft", "rule.draft_begun")
}

// writeDraft changes the draft as it is at the moment: somebody who writes at the same time is not overwritten. Where the
// form says which draft its reader saw, it has to be that one.
func (v *visit) writeDraft(f *form, change func(*draftBody) error) error {
	d, tag, found, err := v.readDraft()
	switch {
	case err != nil:
		return err
	case !found:
		return notFound()
	}
	body := d.body()
	if err := change(&body); err != nil {
		return err
	}
	if seen := f.get(seenTag); seen != "" {
		tag = seen
	}
	return v.ask(v.r.Context(), http.MethodPut, "/rules/draft", nil, body, nil, "If-Match", tag)
}

func (v *visit) noteDraft() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	if err := v.writeDraft(f, func(b *draftBody) error { b.Note = f.get("note"); return nil }); err != nil {
		if err := f.wrong(v, err); err != nil {
			return err
		}
		return v.again(f, v.showDraft)
	}
	return v.done("/rules/draft", "rule.draft_saved")
}

// moveDraftRule moves a rule up or down.
func (v *visit) moveDraftRule() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	id := f.get("id")
	err = v.writeDraft(f, func(b *draftBody) error {
		i := indexRule(b.Rules, id)
		if i < 0 {
			return notFound()
		}
		to := i + 1
		if f.get("to") == "up" {
			to = i - 1
		}
		if to >= 0 && to < len(b.Rules) {
			b.Rules[i], b.Rules[to] = b.Rules[to], b.Rules[i]
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.seeOther("/rules/draft#rule-" + url.PathEscape(id))
}

func (v *visit) removeDraftRule() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	name := ""
	err = v.writeDraft(f, func(b *draftBody) error {
		i := indexRule(b.Rules, f.get("id"))
		if i < 0 {
			return notFound()
		}
		name = b.Rules[i].Name
		b.Rules = slices.Delete(b.Rules, i, i+1)
		return nil
	})
	if err != nil {
		return err
	}
	return v.done("/rules/draft", "rule.draft_removed", "Name", name)
}

// confirmDiscard asks whether the draft is to go.
func (v *visit) confirmDiscard() error {
	d, tag, found, err := v.readDraft()
	switch {
	case err != nil:
		return err
	case !found:
		return v.seeOther("/rules/draft")
	}
	return v.show(discardPage(v, blank(seenTag, tag), d))
}

func (v *visit) discardDraft() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	if err := v.ask(v.r.Context(), http.MethodDelete, "/rules/draft", nil, nil, nil, "If-Match", f.get(seenTag)); err != nil {
		return err
	}
	return v.done("/rules", "rule.draft_discarded")
}

// tryDraft tells what the draft means for one person.
func (v *visit) tryDraft() error {
	f := &form{values: v.r.URL.Query(), faults: map[string]string{}}
	var found *userChange
	if ref := f.get("person"); ref != "" {
		var who struct {
			ID string `json:"id"`
		}
		var change userChange
		err := v.get(at("users", ref), nil, &who)
		if err == nil {
			err = v.send(http.MethodPost, "/rules/draft/try", nil, map[string]string{"person": who.ID}, &change)
		}
		switch p := asProblem(err); {
		case err == nil:
			found = &change
		case p != nil && p.Status == http.StatusNotFound && who.ID == "":
			f.faults["person"] = v.T("rule.no_person", "Name", ref)
			v.status = http.StatusNotFound
		case p != nil && p.Slug == "invalid":
			f.problem, v.status = p, p.Status
		default:
			return err
		}
	}
	return v.show(tryPage(v, f, found))
}

// draftImpact shows what publishing would do.
func (v *visit) draftImpact() error {
	_, tag, found, err := v.readDraft()
	switch {
	case err != nil:
		return err
	case !found:
		return v.seeOther("/rules/draft")
	}
	return v.showImpact(blank(seenTag, tag))
}

// showImpact shows the plan, or why there can be none.
func (v *visit) showImpact(f *form) error {
	plan := blank() // a plan is of the draft as it is now, whichever one was seen
	o, err := v.attempt(plan, http.MethodPost, "/rules/draft/plan", nil, nil)
	if err != nil {
		return err
	}
	f.problem = plan.problem
	return v.show(impactPage(v, f, o))
}

// publishDraft publishes the draft that was looked at, as a plan first.
func (v *visit) publishDraft() error {
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
	return v.change(f, http.MethodPost, "/rules/draft/publish", nil, nil, v.T("rule.publish"),
		func(outcome) error { return v.done("/rules", "rule.published", "Count", len(d.Rules)) },
		func(f *form) error {
			if f.problem != nil && f.problem.Slug == "stale" { // it can be looked at anew
				if _, tag, found, err := v.readDraft(); err == nil && found {
					f.values.Set(seenTag, tag)
				}
			}
			return v.show(impactPage(v, f, outcome{}))
		})
}
