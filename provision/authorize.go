package provision

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"rollcall/access"
	"rollcall/directory"
	"rollcall/store"
)

// MostAsks is how many questions one call of [Engine.Authorize] may have.
const MostAsks = 500

// Ask is one question: may this person do this, to that?
type Ask struct {
	Person     string `json:"person"` // an id
	Permission string `json:"permission"`
	// What is acted upon; nothing asks whether they may at all.
	Owner      string `json:"owner,omitempty"`       // the id of the person whose conversation, contact or order it is
	AgentGroup string `json:"agent_group,omitempty"` // id
	Campaign   string `json:"campaign,omitempty"`    // id of a campaign, queue or strategy
	Upon       string `json:"upon,omitempty"`        // the id of the person acted upon
}

// Answer is what [Engine.Authorize] says to one question.
type Answer struct {
	access.Decision

	Person  string        `json:"person"`
	Origins []RightOrigin `json:"origins"` // of each right in the chain: who gave it
}

// RightOrigin is a right with what gave it.
type RightOrigin struct {
	Kind    directory.EntitlementKind `json:"kind"`
	Target  string                    `json:"target"`
	Name    string                    `json:"name,omitempty"` // of a target that is an id; only where somebody asks why
	Origins []OriginView              `json:"origins"`
}

// freshness is how old what is known of people may be when a question about them is answered.
const freshness = time.Second

// recollection remembers people for a moment, so that asking for every click costs no question to the database.
type recollection struct {
	mu     sync.Mutex
	people map[string]recalled // by tenant and id
}

type recalled struct {
	person *store.Person // nil: there is nobody
	read   time.Time
}

// mostKnown bounds how many people are remembered.
const mostKnown = 50_000

// Authorize answers up to [MostAsks] questions in one round trip, each with its reasons. What it knows of people is at most
// a second old. Somebody who does not exist, and an unknown permission, are answered with no.
func (e *Engine) Authorize(ctx context.Context, tenant string, asks []Ask) ([]Answer, error) {
	if len(asks) > MostAsks {
		return nil, directory.Errorf(directory.TooMany, "at most %d questions at a time", MostAsks)
	}
	p, err := e.policy(ctx, e.db.Reader(tenant), 0, false)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, a := range asks {
		ids = append(ids, a.Person)
		if a.Upon != "" {
			ids = append(ids, a.Upon)
		}
	}
	slices.Sort(ids)
	people, err := e.recall(ctx, tenant, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	known := slices.DeleteFunc(slices.Collect(maps.Values(people)), func(x *store.Person) bool { return x == nil })
	if p, err = e.abreast(ctx, e.db.Reader(tenant), p, known...); err != nil {
		return nil, err
	}
	out := make([]Answer, len(asks))
	for i, a := range asks {
		out[i] = p.answer(a, people)
	}
	return out, nil
}

func (p *policy) answer(a Ask, people map[string]*store.Person) Answer {
	x := people[a.Person]
	if x == nil {
		return Answer{Person: a.Person, Origins: []RightOrigin{}, Decision: access.Decision{
			Permission: a.Permission,
			Chain:      []access.Step{{Kind: access.UnknownStep, Effect: access.Misses, Subject: a.Person, Text: "there is nobody with this id"}},
		}}
	}
	r := access.Resource{Owner: a.Owner, AgentGroup: a.AgentGroup, Campaign: a.Campaign}
	if upon := people[a.Upon]; upon != nil {
		h := p.holder(upon)
		r.Person = &h
	} else if a.Upon != "" {
		r.Person = &access.Holder{ID: a.Upon}
	}
	d := p.access.Decide(p.holder(x), a.Permission, r)
	return Answer{Decision: d, Person: a.Person, Origins: p.originsOf(x, d.Chain)}
}

// Holder returns what a person has at this moment, as questions about permissions are asked of it, their userName, and the
// configuration of this moment, which says what they may with it. It is for who signed in: what is remembered of people and
// of the configuration does not count.
func (e *Engine) Holder(ctx context.Context, tenant, person string) (h access.Holder, userName string, c *store.Configuration, err error) {
	r := e.db.Reader(tenant)
	p, err := e.latest(ctx, r)
	if err != nil {
		return access.Holder{}, "", nil, err
	}
	people, err := r.People(ctx, person)
	if err != nil {
		return access.Holder{}, "", nil, err
	}
	if len(people) == 0 {
		return access.Holder{}, "", nil, directory.Errorf(directory.NotFound, "there is nobody with this id")
	}
	if p, err = e.abreast(ctx, r, p, people...); err != nil {
		return access.Holder{}, "", nil, err
	}
	return p.holder(people[0]), people[0].UserName, p.Configuration, nil
}

// originsOf tells who gave each right that a chain of reasons rests on.
func (p *policy) originsOf(x *store.Person, chain []access.Step) []RightOrigin {
	out := []RightOrigin{}
	for _, s := range chain {
		for _, kind := range rightsOfStep[s.Kind] {
			r := RightOrigin{Kind: kind, Target: s.Subject}
			if slices.ContainsFunc(out, func(o RightOrigin) bool { return o.Kind == kind && o.Target == s.Subject }) {
				continue
			}
			for _, g := range x.Grants {
				if g.Kind == kind && g.Target == s.Subject {
					r.Origins = append(r.Origins, p.originView(g.Origin))
				}
			}
			if len(r.Origins) > 0 {
				out = append(out, r)
			}
		}
	}
	return out
}

// rightsOfStep are the rights that a step of a decision may rest on.
var rightsOfStep = map[string][]directory.EntitlementKind{
	access.RoleStep:       {directory.RoleEntitlement},
	access.OptionStep:     {directory.OptionEntitlement},
	access.ProfileStep:    {directory.ProfileEntitlement},
	access.MembershipStep: {directory.AgentGroupEntitlement, directory.CampaignEntitlement, directory.QueueEntitlement, directory.StrategyEntitlement},
}

// originView tells an origin in names, but for the directory group, which stays an id.
func (p *policy) originView(o directory.Origin) OriginView {
	v := OriginView{Kind: o.Kind, Rule: o.Rule, Group: o.Group, Run: o.Run, Actor: o.Actor, Change: o.Change, At: o.At}
	if r, ok := p.set.Rule(o.Rule); ok {
		v.Rule = r.Name
	}
	if o.Connection != "" {
		v.Connection = p.connectionName(o.Connection)
	}
	return v
}

// recall returns people as they were at most [freshness] ago.
func (e *Engine) recall(ctx context.Context, tenant string, ids []string) (map[string]*store.Person, error) {
	now := time.Now()
	out := make(map[string]*store.Person, len(ids))
	var missing []string
	e.known.mu.Lock()
	for _, id := range ids {
		if k, ok := e.known.people[tenant+"/"+id]; ok && now.Sub(k.read) < freshness {
			out[id] = k.person
		} else {
			missing = append(missing, id)
		}
	}
	e.known.mu.Unlock()
	for chunk := range slices.Chunk(missing, 500) {
		people, err := e.db.Reader(tenant).People(ctx, chunk...)
		if err != nil {
			return nil, err
		}
		for _, x := range people {
			out[x.ID] = x
		}
	}
	e.known.mu.Lock()
	defer e.known.mu.Unlock()
	if len(e.known.people)+len(missing) > mostKnown || e.known.people == nil {
		e.known.people = map[string]recalled{}
	}
	for _, id := range missing {
		e.known.people[tenant+"/"+id] = recalled{out[id], now}
	}
	return out, nil
}
