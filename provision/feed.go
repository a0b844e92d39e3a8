package provision

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// EligibilityChange is one change that may flip somebody's eligibility: of a person, of a group of work, or of the
// configuration. It tells how they stand now, which is at least as new as the change, so that it can be taken as it is,
// and taken twice.
type EligibilityChange struct {
	Seq    int64     `json:"seq"` // the change's place in the ledger
	At     time.Time `json:"at"`
	Action string    `json:"action"` // what happened, such as user.suspended
	// Person is set where a person changed.
	Person *PersonEligibility `json:"person,omitempty"`
	// AgentGroup is set where a group of work changed: it concerns everybody in it.
	AgentGroup *WorkState `json:"agent_group,omitempty"`
	// Config is set where something else of the configuration changed that may concern everybody.
	Config *ConfigState `json:"config,omitempty"`
}

// WorkState is a group of work as far as it decides who is eligible in it.
type WorkState struct {
	ID           string             `json:"id"`
	Name         string             `json:"name"`
	Kind         directory.WorkKind `json:"kind"`
	Distribution bool               `json:"distribution"`
	Channels     []string           `json:"channels"` // empty for every one
	Archived     bool               `json:"archived"`
}

// ConfigState names what changed of the configuration, and its version now.
type ConfigState struct {
	Version int64    `json:"version"`
	Changed []string `json:"changed"` // "KIND NAME", such as "status lunch"
}

// EligibilityChanges is a page of the router's feed.
type EligibilityChanges struct {
	Changes []EligibilityChange `json:"changes"` // in the ledger's order
	Cursor  int64               `json:"cursor"`  // from which on the next page tells
	More    bool                `json:"more"`    // there are more changes in the ledger already
	// BehindMS is for how many milliseconds the oldest committed change has waited for its place in the ledger; 0 where none
	// waits.
	BehindMS int64 `json:"behind_ms"`
}

// mostChanges is how many changes of the ledger one page of the feed looks at; it is also the usual number.
const mostChanges = 1000

// EligibilityCursor returns the cursor from which on [Engine.EligibilityChanges] tells what is not in a snapshot that is
// read after this call.
func (e *Engine) EligibilityCursor(ctx context.Context, tenant string) (int64, error) {
	reader := e.db.Reader(tenant)
	if _, err := reader.ConfigVersion(ctx); err != nil {
		return 0, err
	}
	return reader.LedgerEnd(ctx)
}

// EligibilityChanges returns the changes after a cursor that may flip somebody's eligibility, of at most limit changes of
// the ledger; 0 stands for 1,000, which is the most. It may be empty although more follow: the cursor moves on. A cursor
// beyond the ledger's end, or below 0, and a limit out of bounds, are errors of kind Invalid.
func (e *Engine) EligibilityChanges(ctx context.Context, tenant string, cursor int64, limit int) (EligibilityChanges, error) {
	out := EligibilityChanges{Changes: []EligibilityChange{}, Cursor: cursor}
	if limit < 0 || limit > mostChanges {
		return out, directory.Errorf(directory.Invalid, "a page of changes has at most %d", mostChanges)
	}
	limit = cmp.Or(limit, mostChanges)
	reader := e.db.Reader(tenant)
	end, err := e.EligibilityCursor(ctx, tenant)
	switch {
	case err != nil:
		return out, err
	case cursor < 0 || cursor > end:
		return out, directory.Errorf(directory.Invalid, "the cursor %d is not one of this tenant's: begin again with a new one and a snapshot", cursor)
	}
	waiting, err := reader.OldestWaiting(ctx)
	if err != nil {
		return out, err
	}
	if !waiting.IsZero() {
		out.BehindMS = max(0, e.db.Clock().Sub(waiting).Milliseconds())
	}
	changes, err := reader.Ledger(ctx, cursor, limit)
	if err != nil || len(changes) == 0 {
		return out, err
	}
	out.Cursor = changes[len(changes)-1].Sequence
	out.More = out.Cursor < end
	out.Changes, err = e.eligibilityChanges(ctx, reader, changes)
	return out, err
}

// eligibilityChanges tells changes of the ledger with how those whom they concern stand now.
func (e *Engine) eligibilityChanges(ctx context.Context, r store.Reader, changes []directory.Change) ([]EligibilityChange, error) {
	out := []EligibilityChange{}
	people, work := map[string]*PersonEligibility{}, map[string]bool{}
	var configured bool
	for _, c := range changes {
		kind, id, _ := strings.Cut(c.Subject, ":")
		switch kind {
		case "person":
			if flips, err := mayFlip(c); err != nil {
				return nil, err
			} else if flips {
				people[id] = nil
			}
		case workSubject:
			work[id] = true
		case "config":
			configured = true
		}
	}
	var p *policy
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(people)), 500) {
		var s store.Standings
		var err error
		if p, s, err = e.standings(ctx, r, ids...); err != nil {
			return nil, err
		}
		for _, x := range s.People {
			told := p.personEligibility(x, s.Groups, nil)
			people[x.ID] = &told
		}
	}
	if configured || len(work) > 0 {
		var err error
		if p, err = e.reread(ctx, r); err != nil {
			return nil, err
		}
	}
	for _, c := range changes {
		kind, id, _ := strings.Cut(c.Subject, ":")
		base := EligibilityChange{Seq: c.Sequence, At: c.At, Action: c.Action}
		switch kind {
		case "person":
			if base.Person = people[id]; base.Person != nil {
				out = append(out, base)
			}
		case workSubject:
			if base.AgentGroup = p.workState(func(g directory.WorkGroup) bool { return g.ID == id }); base.AgentGroup != nil {
				out = append(out, base)
			}
		case "config":
			out = append(out, p.configured(c, base)...)
		}
	}
	return out, nil
}

// workState finds a group of work.
func (p *policy) workState(is func(directory.WorkGroup) bool) *WorkState {
	for _, g := range slices.Concat(p.AgentGroups, p.Work) {
		if is(g) {
			return &WorkState{g.ID, g.Name, g.Kind, g.Distribution, append([]string{}, g.Channels...), g.Archived}
		}
	}
	return nil
}

// flippingRights are the rights that decide who is eligible.
var flippingRights = []directory.EntitlementKind{
	directory.RoleEntitlement, directory.OptionEntitlement, directory.ProfileEntitlement, directory.AgentGroupEntitlement,
	directory.CampaignEntitlement, directory.QueueEntitlement, directory.StrategyEntitlement,
}

// mayFlip reports whether a change of a person touched anything that decides whether they are eligible. Of one that was
// erased nobody knows.
func mayFlip(c directory.Change) (bool, error) {
	if c.Erased || slices.ContainsFunc(c.Grants, func(g directory.GrantChange) bool {
		return slices.Contains(flippingRights, directory.EntitlementKind(g.Kind))
	}) {
		return true, nil
	}
	before, err := facts(c.Before)
	if err != nil {
		return false, err
	}
	after, err := facts(c.After)
	if err != nil {
		return false, err
	}
	for _, key := range []string{"state", "seat", statusKey, standingKey} {
		_, was := before[key]
		if _, is := after[key]; is || was {
			return true, nil
		}
	}
	return false, nil
}

// flippingKinds are the kinds of configuration objects, and flippingSettings the settings, that decide who is eligible by
// themselves. What others mean for people is told of those people.
var (
	flippingKinds    = []string{"role", "profile", "module", "status", "tenant"}
	flippingSettings = []string{"presence.absence", "roles.cardinality"}
)

// configured tells what a change of the configuration may flip: each group of work for itself, the rest as one.
func (p *policy) configured(c directory.Change, base EligibilityChange) []EligibilityChange {
	before, _ := facts(c.Before) // what cannot be read is told as if everything had changed
	after, _ := facts(c.After)
	keys := maps.Clone(before)
	maps.Copy(keys, after)
	var out []EligibilityChange
	config := ConfigState{Version: p.Tenant.ConfigVersion, Changed: []string{}}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		kind, name, _ := strings.Cut(key, " ")
		switch {
		case slices.Contains(directory.WorkKinds(), directory.WorkKind(kind)):
			told := base
			told.AgentGroup = p.workState(func(g directory.WorkGroup) bool { return string(g.Kind) == kind && g.Name == name })
			if told.AgentGroup == nil {
				config.Changed = append(config.Changed, key) // it was removed, or renamed since
			} else {
				out = append(out, told)
			}
		case slices.Contains(flippingKinds, kind), kind == "setting" && slices.Contains(flippingSettings, name):
			config.Changed = append(config.Changed, key)
		}
	}
	if len(config.Changed) > 0 || c.Erased {
		base.Config = &config
		out = append(out, base)
	}
	return out
}
