package admin

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// The bounds of a draft.
const (
	maxRules = 5_000
	maxTests = 1_000
	maxNote  = 1_000
)

// RuleDraft returns the draft of a tenant's rules, by the tenant's id. Where there is none the error is of kind NotFound.
func (a *Admin) RuleDraft(ctx context.Context, tenant string) (store.RuleSet, error) {
	d, err := a.db.Reader(tenant).RuleSet(ctx, string(store.RulesDraft))
	if directory.KindOf(err) == directory.NotFound {
		err = directory.Errorf(directory.NotFound, "there is no draft of the rules: begin one first")
	}
	return d, err
}

// BeginRuleDraft makes a draft of the rules and tests as they are published. Where there is a draft already the error is of
// kind Conflict.
func (a *Admin) BeginRuleDraft(ctx context.Context, actor directory.Actor) (store.RuleSet, error) {
	var out store.RuleSet
	err := a.db.Write(ctx, actor.Tenant, func(tx *store.Tx) error {
		if err := tx.LockConfiguration(); err != nil { // one draft
			return err
		}
		c, err := tx.Configuration(ctx)
		if err != nil {
			return err
		}
		switch was, err := tx.RuleSet(ctx, string(store.RulesDraft)); directory.KindOf(err) {
		case directory.NotFound:
		case "":
			if err == nil {
				err = directory.Errorf(directory.Conflict, "there is a draft of the rules already, of %s: publish or discard it first", was.Actor)
			}
			return err
		default:
			return err
		}
		out = newDraft(c, actor, c.Rules, c.Tests, "")
		tx.PutRuleSet(out)
		out.At = tx.Now()
		return nil
	})
	return out, err
}

func newDraft(c *store.Configuration, actor directory.Actor, rules []directory.Rule, tests []directory.MappingTest, note string) store.RuleSet {
	return store.RuleSet{
		ID: string(store.RulesDraft), State: store.RulesDraft, Version: c.Tenant.ConfigVersion, Rules: rules, Tests: tests, Note: note,
		Actor: string(actor.Kind) + ":" + actor.ID,
	}
}

// DraftSeen is a condition upon the draft as it is when it is written, discarded or published, with the configuration of
// that moment: whoever saw another one is refused by its error. There is no draft where it is given nil. A nil DraftSeen is
// no condition.
type DraftSeen func(c *store.Configuration, now *store.RuleSet) error

// SaveRuleDraft keeps rules and tests as the tenant's draft, in their order, and makes one where there is none. A draft may
// be unfinished: what is wrong with it is told by [Admin.TestRuleDraft] and refused when it is published.
func (a *Admin) SaveRuleDraft(ctx context.Context, actor directory.Actor, rules []directory.Rule, tests []directory.MappingTest, note string, seen DraftSeen) (store.RuleSet, error) {
	if len(rules) > maxRules || len(tests) > maxTests || len([]rune(note)) > maxNote {
		return store.RuleSet{}, directory.Errorf(directory.Invalid, "a draft has at most %d rules and %d tests, and a note of %d characters", maxRules, maxTests, maxNote)
	}
	rules = slices.Clone(rules)
	for i := range rules {
		if rules[i].Order = i; rules[i].ID == "" {
			rules[i].ID = store.NewID()
		}
	}
	var out store.RuleSet
	err := a.db.Write(ctx, actor.Tenant, func(tx *store.Tx) error {
		if err := tx.LockConfiguration(); err != nil {
			return err
		}
		c, err := tx.Configuration(ctx)
		if err != nil {
			return err
		}
		was, err := draftNow(ctx, tx.Reader, c, seen)
		if err != nil {
			return err
		}
		if out = newDraft(c, actor, rules, tests, note); was != nil {
			out.Version = was.Version // what it began from
		}
		tx.PutRuleSet(out)
		out.At = tx.Now()
		return nil
	})
	return out, err
}

// draftNow is the draft, or nil where there is none, if the condition holds.
func draftNow(ctx context.Context, r store.Reader, c *store.Configuration, seen DraftSeen) (*store.RuleSet, error) {
	d, err := r.RuleSet(ctx, string(store.RulesDraft))
	now := &d
	if directory.KindOf(err) == directory.NotFound {
		now, err = nil, nil
	}
	if err == nil && seen != nil {
		err = seen(c, now)
	}
	return now, err
}

// DiscardRuleDraft removes the draft. Where there is none the error is of kind NotFound.
func (a *Admin) DiscardRuleDraft(ctx context.Context, actor directory.Actor, seen DraftSeen) error {
	return a.db.Write(ctx, actor.Tenant, func(tx *store.Tx) error {
		if err := tx.LockConfiguration(); err != nil {
			return err
		}
		c, err := tx.Configuration(ctx)
		if err != nil {
			return err
		}
		if _, err := tx.RuleSet(ctx, string(store.RulesDraft)); err != nil {
			return err
		}
		if _, err := draftNow(ctx, tx.Reader, c, seen); err != nil {
			return err
		}
		tx.DeleteRuleDraft()
		return nil
	})
}

// RuleTest is how one test of a draft came out.
type RuleTest struct {
	Name   string   `json:"name"`
	Passed bool     `json:"passed"`
	Wrong  []string `json:"wrong"` // every difference, in words
}

// TestRuleDraft runs the tests of the draft. Rules that cannot be compiled are an error of kind Invalid that names all that
// is wrong.
func (a *Admin) TestRuleDraft(ctx context.Context, tenant string) ([]RuleTest, error) {
	next, err := a.drafted(ctx, tenant)
	if err != nil {
		return nil, err
	}
	set, err := provision.CompileRules(next)
	if err != nil {
		return nil, err
	}
	return tested(set, next.Tests), nil
}

// TryRuleDraft tells what the draft would give and take for one person, by id.
func (a *Admin) TryRuleDraft(ctx context.Context, tenant, person string) (provision.PersonChange, error) {
	next, err := a.drafted(ctx, tenant)
	if err != nil {
		return provision.PersonChange{}, err
	}
	return a.engine.PreviewPerson(ctx, next, person)
}

// drafted is the configuration with the rules of the draft.
func (a *Admin) drafted(ctx context.Context, tenant string) (*store.Configuration, error) {
	d, err := a.RuleDraft(ctx, tenant)
	if err != nil {
		return nil, err
	}
	c, err := a.db.Reader(tenant).Configuration(ctx)
	if err != nil {
		return nil, err
	}
	c.Rules, c.Tests = d.Rules, d.Tests
	return c, nil
}

// PublishRuleDraft makes the draft the tenant's rules, or with [Options.Plan] tells what that would do: it goes the way of
// [Admin.Change]. Its tests must pass. A draft that began from other rules than those in force is refused as Stale.
func (a *Admin) PublishRuleDraft(ctx context.Context, actor directory.Actor, o Options, seen DraftSeen) (Result, error) {
	r, err := a.change(ctx, actor, o, "rules.published", func(m *merger) error {
		d, err := a.RuleDraft(ctx, actor.Tenant)
		if err != nil {
			return err
		}
		last, err := a.db.Reader(actor.Tenant).RuleSet(ctx, string(store.RulesPublished))
		if err != nil && directory.KindOf(err) != directory.NotFound {
			return err
		}
		if last.Version > d.Version {
			return directory.Errorf(directory.Stale, "the draft began from version %d of the configuration, and %s published other rules with version %d since: discard it and begin again from those",
				d.Version, last.Actor, last.Version)
		}
		if seen != nil {
			if err := seen(m.current, &d); err != nil {
				return err
			}
		}
		m.note, m.draft = d.Note, &d
		return m.takeRules(d)
	})
	if err == nil && r.Status == Nothing && !o.Plan { // it is what is published
		err = a.DiscardRuleDraft(ctx, actor, seen)
	}
	return r, err
}

// RuleSets returns up to limit versions of a tenant's rules, the newest first, the draft before them, without their rules and
// tests.
func (a *Admin) RuleSets(ctx context.Context, tenant string, limit int) ([]store.RuleSet, error) {
	return a.db.Reader(tenant).RuleSets(ctx, limit)
}

// RuleSet returns one version of a tenant's rules, by its id.
func (a *Admin) RuleSet(ctx context.Context, tenant, id string) (store.RuleSet, error) {
	return a.db.Reader(tenant).RuleSet(ctx, id)
}

// RestoreRules makes an earlier version of the rules the tenant's again, under a new version, or with [Options.Plan] tells
// what that would do. What it refers to must still be there, and the manifest's rules must be as they were.
func (a *Admin) RestoreRules(ctx context.Context, actor directory.Actor, o Options, id string) (Result, error) {
	return a.change(ctx, actor, o, "rules.published", func(m *merger) error {
		x, err := a.RuleSet(ctx, actor.Tenant, id)
		if err != nil {
			return err
		}
		if x.State == store.RulesDraft {
			return directory.Errorf(directory.Conflict, "a draft is published, not restored")
		}
		m.note = fmt.Sprintf("back to version %d", x.Version)
		return m.takeRules(x)
	})
}

// takeRules makes the rules of a version the next ones.
func (m *merger) takeRules(x store.RuleSet) error {
	m.next.Rules, m.next.Tests = x.Rules, x.Tests
	m.edited(nil)
	return nil
}

// recordRules writes the version of the rules that is published, where they change. The one before them is there already,
// unless it is from a release that kept no versions.
func recordRules(tx *store.Tx, actor directory.Actor, d *draft, version int64) error {
	if d.draft != nil {
		now, err := tx.RuleSet(tx.Context(), string(store.RulesDraft))
		if err != nil {
			return err
		}
		if !now.At.Equal(d.draft.At) {
			return directory.Errorf(directory.Stale, "the draft was changed by %s in the meantime; nothing was written: look at it again", now.Actor)
		}
		tx.DeleteRuleDraft()
	}
	was, is := d.current, d.next
	if reflect.DeepEqual(plainRules(was), plainRules(is)) {
		return nil
	}
	if _, err := tx.RuleSet(tx.Context(), string(store.RulesPublished)); directory.KindOf(err) == directory.NotFound && len(was.Rules)+len(was.Tests) > 0 {
		tx.PutRuleSet(store.RuleSet{ID: store.NewID(), State: store.RulesRetired, Version: was.Tenant.ConfigVersion, Rules: was.Rules, Tests: was.Tests})
	} else if err != nil && directory.KindOf(err) != directory.NotFound {
		return err
	}
	tx.PutRuleSet(store.RuleSet{
		ID: store.NewID(), State: store.RulesPublished, Version: version, Rules: is.Rules, Tests: is.Tests, Note: d.note, Actor: string(actor.Kind) + ":" + actor.ID,
	})
	return nil
}

// plainRules are the rules and tests of a configuration, to be compared.
func plainRules(c *store.Configuration) (out []any) {
	for _, r := range c.Rules {
		r.Order = 0
		out = append(out, plainRule(r))
	}
	for _, t := range c.Tests {
		out = append(out, plainTest(t))
	}
	return out
}
