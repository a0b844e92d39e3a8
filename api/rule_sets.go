package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/provision"
	"rollcall/store"
)

// draftBody is what a client says of a draft.
type draftBody struct {
	Rules []rule        `json:"rules" maxItems:"5000" doc:"All of them, in their order: where a right is single, the first wins."`
	Tests []mappingTest `json:"tests,omitempty" maxItems:"1000" doc:"All of them; they must pass before the draft is published."`
	Note  string        `json:"note,omitempty" maxLength:"1000" doc:"What the change is for." example:"the new night shift"`
}

// RuleVersion is a version of the rules, as a list tells it.
type RuleVersion struct {
	ID      string    `json:"id" example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
	State   string    `json:"state" enum:"draft,published,retired" example:"published"`
	Version int64     `json:"version" doc:"Of the configuration that it was published with; of a draft, that it began from." example:"17"`
	Note    string    `json:"note" example:"the new night shift"`
	Actor   string    `json:"actor" doc:"Who wrote it: the kind, a colon and the id." example:"apikey:h2k4m6p8q3r5s"`
	At      time.Time `json:"at"`
}

func ruleVersionOf(x store.RuleSet) RuleVersion {
	return RuleVersion{x.ID, string(x.State), x.Version, x.Note, x.Actor, x.At}
}

// ruleSet is a version of the rules with their tests.
type ruleSet struct {
	RuleVersion

	Rules []rule        `json:"rules"`
	Tests []mappingTest `json:"tests"`
}

func ruleSetOf(c *store.Configuration, x store.RuleSet) ruleSet {
	return ruleSet{ruleVersionOf(x), rulesOf(c, x.Rules), testsOf(c, x.Tests)}
}

// testRun is how the tests of a draft came out.
type testRun struct {
	Passed bool             `json:"passed" doc:"Every test."`
	Tests  []admin.RuleTest `json:"tests"`
}

// rulesChecked is what is wrong with rules that nobody keeps yet.
type rulesChecked struct {
	Passed bool              `json:"passed" doc:"Nothing is wrong, and every test passes."`
	Faults []admin.RuleFault `json:"faults" doc:"All that is wrong with the rules. While there is any, no test runs."`
	Tests  []admin.RuleTest  `json:"tests"`
}

type tryBody struct {
	Person string `json:"person" minLength:"1" maxLength:"100" doc:"The person's id." example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
}

// tried is what a draft would mean for one person.
type tried struct {
	User     string                  `json:"user"`
	UserName string                  `json:"user_name"`
	Change   string                  `json:"change" doc:"Empty where nothing changes." example:"entitled"`
	Gained   []provision.RightChange `json:"gained"`
	Lost     []provision.RightChange `json:"lost"`
	Reason   string                  `json:"reason"`
}

type draftIn struct{ Body draftBody }

type publishIn struct{ Changing }

type revertIn struct {
	ByVersion
	Changing
}

// ByVersion names a version of the rules in a path.
type ByVersion struct {
	ID string `path:"id" maxLength:"100" doc:"The version's id." example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
}

// draft is the draft as it is now.
func (c *call) draft(ctx context.Context) (ruleSet, error) {
	now, err := c.current(ctx)
	if err != nil {
		return ruleSet{}, err
	}
	d, err := c.h.admin.RuleDraft(ctx, now.Tenant.ID)
	return ruleSetOf(now, d), err
}

// seen refuses to touch another draft than the one that If-Match names.
func (c *call) seen(config *store.Configuration, now *store.RuleSet) error {
	switch {
	case now != nil:
		return c.match(ruleSetOf(config, *now))
	case len(c.request.Header.Values("If-Match")) > 0: // not even * means one that there is not (RFC 9110 §13.1.1)
		return c.problem(http.StatusPreconditionFailed, "stale", "there is no draft of the rules any more, and the header If-Match names one")
	}
	return nil
}

const (
	readRules    = "console.mappings.read"
	draftRules   = "console.mappings.draft"
	publishRules = "console.mappings.publish"
)

func registerRules(h *Handler) {
	h.group("rules", "What maps directory groups and attributes to rights. A draft is written, tested and planned before it is published; what was published before can be published again.")
	register(h, operation{id: "list-rules", method: http.MethodGet, path: "/rules", tag: "rules", summary: "List the published rules", permission: readRules},
		func(ctx context.Context, c *call, in *Paging) (*tagged[page[rule]], error) {
			now, err := c.current(ctx)
			if err != nil {
				return nil, err
			}
			return paged(rulesOf(now, now.Rules), *in, func(r rule) string { return r.ID })
		})
	register(h, operation{id: "list-rule-tests", method: http.MethodGet, path: "/rules/tests", tag: "rules", summary: "List the published tests", permission: readRules},
		func(ctx context.Context, c *call, in *Paging) (*tagged[page[mappingTest]], error) {
			now, err := c.current(ctx)
			if err != nil {
				return nil, err
			}
			return paged(testsOf(now, now.Tests), *in, func(t mappingTest) string { return t.Name })
		})
	register(h, operation{id: "get-rule", method: http.MethodGet, path: "/rules/{id}", tag: "rules", summary: "Get a published rule", permission: readRules},
		func(ctx context.Context, c *call, in *ByID) (*tagged[rule], error) {
			now, err := c.current(ctx)
			if err != nil {
				return nil, err
			}
			rules := rulesOf(now, now.Rules)
			i := slices.IndexFunc(rules, func(r rule) bool { return r.ID == in.ID || r.Name == in.ID })
			if i < 0 {
				return nil, directory.Errorf(directory.NotFound, "there is no rule with the id or name %q", in.ID)
			}
			return answered(rules[i])
		})
	registerDraft(h)
	registerPublishing(h)
	registerVersions(h)
}

func registerDraft(h *Handler) {
	register(h, operation{
		id: "get-rule-draft", method: http.MethodGet, path: "/rules/draft", tag: "rules", summary: "Get the draft", permission: readRules, problems: []string{"not-found"},
	}, func(ctx context.Context, c *call, _ *nothing) (*tagged[ruleSet], error) {
		d, err := c.draft(ctx)
		if err != nil {
			return nil, err
		}
		return answered(d)
	})
	register(h, operation{
		id: "begin-rule-draft", method: http.MethodPost, path: "/rules/draft", tag: "rules", summary: "Begin a draft", permission: draftRules,
		status: http.StatusCreated, problems: []string{"conflict"}, doc: "It begins as what is published. A tenant has one draft at most.",
	}, func(ctx context.Context, c *call, _ *nothing) (*tagged[ruleSet], error) {
		if _, err := h.admin.BeginRuleDraft(ctx, c.actor()); err != nil {
			return nil, err
		}
		d, err := c.draft(ctx) // as GET answers it, so that the tags are one
		if err != nil {
			return nil, err
		}
		return answered(d)
	})
	register(h, operation{
		id: "replace-rule-draft", method: http.MethodPut, path: "/rules/draft", tag: "rules", summary: "Write the draft", permission: draftRules, conditional: true,
		doc: "All rules and tests, in their order; without a draft one is made. A draft may be unfinished: what is wrong with it is told by its test, and refused when it is published.",
	}, func(ctx context.Context, c *call, in *draftIn) (*tagged[ruleSet], error) {
		now, err := c.current(ctx)
		if err != nil {
			return nil, err
		}
		rules, err := in.Body.rules(now)
		if err != nil {
			return nil, err
		}
		tests, err := in.Body.tests(now)
		if err != nil {
			return nil, err
		}
		if _, err := h.admin.SaveRuleDraft(ctx, c.actor(), rules, tests, in.Body.Note, c.seen); err != nil {
			return nil, err
		}
		d, err := c.draft(ctx)
		if err != nil {
			return nil, err
		}
		return answered(d)
	})
	register(h, operation{
		id: "delete-rule-draft", method: http.MethodDelete, path: "/rules/draft", tag: "rules", summary: "Discard the draft", permission: draftRules,
		status: http.StatusNoContent, conditional: true, problems: []string{"not-found"},
	}, func(ctx context.Context, c *call, _ *nothing) (*nothing, error) {
		return nil, h.admin.DiscardRuleDraft(ctx, c.actor(), c.seen)
	})
	register(h, operation{
		id: "check-rules", method: http.MethodPost, path: "/rules/draft/check", tag: "rules", summary: "Look rules over", permission: draftRules,
		status: http.StatusOK, doc: "Rules and tests as a draft has them, which need not be kept: all that is wrong with the rules, each fault with its field, or how the tests come out. Nothing is written.",
	}, func(ctx context.Context, c *call, in *draftIn) (*tagged[rulesChecked], error) {
		now, err := c.current(ctx)
		if err != nil {
			return nil, err
		}
		rules, err := in.Body.rules(now)
		if err != nil {
			return nil, err
		}
		tests, err := in.Body.tests(now)
		if err != nil {
			return nil, err
		}
		faults, list, err := admin.CheckRules(now, rules, tests)
		if err != nil {
			return nil, err
		}
		failed := slices.ContainsFunc(list, func(t admin.RuleTest) bool { return !t.Passed })
		return answered(rulesChecked{len(faults) == 0 && !failed, some(faults), some(list)})
	})
	register(h, operation{
		id: "test-rule-draft", method: http.MethodPost, path: "/rules/draft/test", tag: "rules", summary: "Run the draft's tests", permission: draftRules,
		status: http.StatusOK, problems: []string{"not-found"}, doc: "Nothing is written. Rules that cannot be compiled are a problem that names all that is wrong.",
	}, func(ctx context.Context, c *call, _ *nothing) (*tagged[testRun], error) {
		list, err := h.admin.TestRuleDraft(ctx, c.config.Tenant.ID)
		if err != nil {
			return nil, err
		}
		failed := slices.ContainsFunc(list, func(t admin.RuleTest) bool { return !t.Passed })
		return answered(testRun{!failed, list})
	})
	register(h, operation{
		id: "try-rule-draft", method: http.MethodPost, path: "/rules/draft/try", tag: "rules", summary: "What the draft means for one person", permission: draftRules,
		status: http.StatusOK, problems: []string{"not-found"}, doc: "Nothing is written.",
	}, func(ctx context.Context, c *call, in *struct{ Body tryBody }) (*tagged[tried], error) {
		x, err := h.admin.TryRuleDraft(ctx, c.config.Tenant.ID, in.Body.Person)
		if err != nil {
			return nil, err
		}
		return answered(tried{x.User, x.UserName, x.Change, some(x.Gained), some(x.Lost), x.Reason})
	})
}

// published is what became of the publication of rules.
type published struct{ Outcome }

func registerPublishing(h *Handler) {
	publish := func(ctx context.Context, c *call, in Changing) (*tagged[published], error) {
		out, err := c.changeBy(in, admin.Options{}, func(o admin.Options) (admin.Result, error) {
			return h.admin.PublishRuleDraft(ctx, c.actor(), o, c.seen)
		})
		if err != nil {
			return nil, err
		}
		return answered(published{out})
	}
	register(h, operation{
		id: "plan-rule-draft", method: http.MethodPost, path: "/rules/draft/plan", tag: "rules", summary: "What publishing the draft would do", permission: draftRules,
		status: http.StatusOK, within: changeTime, problems: append([]string{"not-found"}, configured...), doc: "Nothing is written. A test that fails is a problem.",
	}, func(ctx context.Context, c *call, _ *nothing) (*tagged[published], error) {
		return publish(ctx, c, Changing{Plan: true})
	})
	register(h, operation{
		id: "publish-rule-draft", method: http.MethodPost, path: "/rules/draft/publish", tag: "rules", summary: "Publish the draft", permission: publishRules,
		status: http.StatusOK, within: changeTime, problems: append([]string{"not-found"}, configured...), conditional: true,
		doc: "Its tests must pass. A draft that began from other rules than those in force is refused as stale.",
	}, func(ctx context.Context, c *call, in *publishIn) (*tagged[published], error) {
		return publish(ctx, c, in.Changing)
	})
}

// versionsShown is how many versions of the rules can be listed.
const versionsShown = 1000

func registerVersions(h *Handler) {
	register(h, operation{
		id: "list-rule-versions", method: http.MethodGet, path: "/rules/versions", tag: "rules", summary: "List versions of the rules", permission: readRules,
		doc: "The newest first, the draft before them. Each has its rules and tests at its own path.",
	}, func(ctx context.Context, c *call, in *Paging) (*tagged[page[RuleVersion]], error) {
		now, err := c.current(ctx)
		if err != nil {
			return nil, err
		}
		list, err := h.admin.RuleSets(ctx, now.Tenant.ID, versionsShown)
		if err != nil {
			return nil, err
		}
		return paged(all(list, ruleVersionOf), *in, func(x RuleVersion) string { return x.ID })
	})
	version := func(ctx context.Context, c *call, id string) (ruleSet, error) {
		now, err := c.current(ctx)
		if err != nil {
			return ruleSet{}, err
		}
		x, err := h.admin.RuleSet(ctx, now.Tenant.ID, id)
		return ruleSetOf(now, x), err
	}
	register(h, operation{
		id: "get-rule-version", method: http.MethodGet, path: "/rules/versions/{id}", tag: "rules", summary: "Get a version of the rules", permission: readRules,
	}, func(ctx context.Context, c *call, in *ByVersion) (*tagged[ruleSet], error) {
		x, err := version(ctx, c, in.ID)
		if err != nil {
			return nil, err
		}
		return answered(x)
	})
	register(h, operation{
		id: "revert-rules", method: http.MethodPost, path: "/rules/versions/{id}/revert", tag: "rules", summary: "Publish an earlier version again", permission: publishRules,
		status: http.StatusOK, within: changeTime, problems: configured,
		doc: "It becomes a new version. What it refers to must still be there.",
	}, func(ctx context.Context, c *call, in *revertIn) (*tagged[published], error) {
		out, err := c.changeBy(in.Changing, admin.Options{}, func(o admin.Options) (admin.Result, error) {
			return h.admin.RestoreRules(ctx, c.actor(), o, in.ID)
		})
		if err != nil {
			return nil, err
		}
		return answered(published{out})
	})
}
