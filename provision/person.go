package provision

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// NewPerson is somebody whom no directory provides.
type NewPerson struct {
	// Attributes are a SCIM User's. Without a userName the first e-mail address is one, or else the first telephone number.
	Attributes directory.Attributes
	Rights     []directory.Entitlement // given by hand, as [Engine.Assign] gives them
	Status     string                  // the presence status to begin in; "" for the tenant's
}

// CreatePerson creates somebody by hand, whom no connection owns. What the tenant requires of people and is not there, a
// userName of another form than the tenant's, a right or status that does not exist, is an error of kind Invalid or NotFound;
// a login identifier that somebody has, one of kind Conflict. What is wrong at once is told at once ([directory.FaultsOf]),
// each with the attribute or right that it is about.
func (e *Engine) CreatePerson(ctx context.Context, actor directory.Actor, in NewPerson, o PersonOptions) (View, error) {
	doc, err := normalized(in.Attributes)
	if err != nil {
		return View{}, err
	}
	account := directory.Account{Attributes: withUserName(doc)}
	if err := settleAccount(&account); err != nil {
		var missing []error
		for _, at := range []string{"userName", "emails", "phoneNumbers"} {
			missing = append(missing, directory.Faultf(directory.Invalid, at, directory.FaultRequired, "a person needs a userName, an e-mail address or a telephone number"))
		}
		return View{}, directory.Together(missing...)
	}
	if in.Status != "" {
		in.Rights = append(slices.Clone(in.Rights), directory.Entitlement{Kind: directory.StatusEntitlement, Target: in.Status})
	}
	actor.Connection = ""
	made, err := e.create(ctx, actor, account, &hands{rights: in.Rights, by: actorName(actor), reason: o.Reason})
	if err != nil {
		return View{}, err
	}
	return e.View(ctx, actor.Tenant, made.ID)
}

// hands are what a person gives somebody with their creation.
type hands struct {
	rights []directory.Entitlement
	by     string
	reason string
}

// plan plans a person with what is given by hand; without hands it is [policy.plan].
func (h *hands) plan(tx *store.Tx, p *policy, before, x *store.Person) (*Plan, error) {
	if h == nil {
		return p.plan(before, x), nil
	}
	given := hand{p: p, x: x, origin: directory.Origin{Kind: directory.FromPerson, Actor: h.by, At: tx.Now()}}
	var wrong []error
	for _, r := range h.rights {
		if err := given.give(r); err != nil {
			wrong = append(wrong, directory.About(directory.AtRight(r.Kind, r.Target), err))
		}
	}
	rightly := len(wrong) == 0
	if rightly {
		wrong = append(wrong, given.fits())
	}
	plan := p.plan(before, x)
	plan.Gained, plan.reason = append(plan.Gained, given.given...), h.reason
	return plan, directory.Together(append(wrong, p.refuses(x, rightly), p.fitsPattern(x))...)
}

// refuses says what a tenant requires of people who are created by hand and this one has not. Which rights they lack is not
// told of somebody to whom some could not be given.
func (p *policy) refuses(x *store.Person, rightly bool) error {
	required := strings.Split(p.Setting("user.required_fields"), ",")
	var missing []error
	for _, item := range p.incomplete(x) {
		fields := strings.Split(item, "|")
		if !slices.Contains(required, item) || !rightly && slices.ContainsFunc(fields, isRight) {
			continue
		}
		for _, field := range fields {
			missing = append(missing, directory.Faultf(directory.Invalid, p.placeOf(field), directory.FaultRequired,
				"the tenant requires %s of everybody (user.required_fields)", strings.Join(fields, " or ")))
		}
	}
	return directory.Together(missing...)
}

// isRight reports whether a field of the setting user.required_fields is a right.
func isRight(field string) bool { return slices.Contains([]string{"role", "profile", "groups"}, field) }

// placeOf is the attribute or right that a field of the setting user.required_fields asks for.
func (p *policy) placeOf(field string) string {
	switch field {
	case "name":
		return "displayName"
	case "email":
		return "emails"
	case "phone":
		return "phoneNumbers"
	case "extension":
		return schema.RollcallURN + ":extension"
	case "role":
		return directory.AtRight(directory.RoleEntitlement, "")
	case "profile":
		return directory.AtRight(directory.ProfileEntitlement, "")
	case "groups":
		if !slices.Contains(strings.Split(p.Setting("groups.type"), ","), "agent_group") { // where permission groups are the groups
			return directory.AtRight(directory.RoleEntitlement, "")
		}
		return directory.AtRight(directory.AgentGroupEntitlement, "")
	}
	return field
}

// normalized is a document as the schema has it; what is wrong with it is an error of kind Invalid.
func normalized(doc directory.Attributes) (directory.Attributes, error) {
	var wrong []error
	for _, path := range slices.Sorted(maps.Keys(leaves(doc))) {
		if _, err := attributePath(path); err != nil {
			wrong = append(wrong, directory.About(path, err))
		}
	}
	if len(wrong) > 0 {
		return nil, directory.Together(wrong...)
	}
	out, problems := schema.User.Normalize(doc, schema.LeniencyOf(directory.RFC))
	for _, x := range problems {
		wrong = append(wrong, directory.About(x.Path, directory.Errorf(directory.Invalid, "%s", x.Error())))
	}
	return out, directory.Together(wrong...)
}

// withUserName gives a document without a userName one: an e-mail address, or else a telephone number.
func withUserName(doc directory.Attributes) directory.Attributes {
	if s, _ := doc["userName"].(string); s != "" {
		return doc
	}
	for _, attribute := range []string{"emails", "phoneNumbers"} {
		values, _ := doc[attribute].([]any)
		for _, v := range values {
			element, _ := v.(map[string]any)
			if value, _ := element["value"].(string); value != "" {
				return withKeys(doc, []string{"userName"}, value)
			}
		}
	}
	return doc
}

// UpdatePerson changes somebody's attributes. fn gets the effective document and returns it as it should be; it may run
// more than once, and must not change what it was given. What a directory states is refused with its name (kind
// Forbidden); what no directory states is kept by a hold of the attribute until one states it. Of people whom no
// connection owns everything can be changed that the tenant's settings allow.
func (e *Engine) UpdatePerson(ctx context.Context, actor directory.Actor, id string, fn func(directory.Attributes) (directory.Attributes, error), o PersonOptions) (View, error) {
	actor.Connection = ""
	err := e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		before, p, err := e.lockPerson(ctx, tx, p, id, o)
		if err != nil {
			return err
		}
		was := p.effective(before)
		now, err := fn(was)
		if err != nil {
			return err
		}
		if now, err = normalized(now); err != nil {
			return err
		}
		changed := changedLeaves(was, now)
		if len(changed) == 0 {
			return nil
		}
		if err := p.mayEdit(actor, before, changed); err != nil {
			return err
		}
		if account := before.Account(""); account != nil {
			return e.updateUnowned(ctx, tx, p, actor, before, *account, now, changed, o)
		}
		return e.keepAttributes(ctx, tx, p, actor, before, now, changed, o)
	})
	if err != nil {
		return View{}, err
	}
	return e.View(ctx, actor.Tenant, id)
}

// updateUnowned changes the account of somebody whom no connection owns, and ends the holds that would hide it.
func (e *Engine) updateUnowned(ctx context.Context, tx *store.Tx, p *policy, actor directory.Actor, before *store.Person, was directory.Account, doc directory.Attributes, changed []leaf, o PersonOptions) error {
	now, after := was, clone(before)
	var released []directory.Hold
	for _, c := range changed {
		ref, ended := entered(after, c.ref)
		released, now.Attributes = append(released, ended...), withValue(now.Attributes, ref, valueAt(doc, ref))
	}
	if err := settleAccount(&now); err != nil {
		return err
	}
	if !reflect.DeepEqual(now.Attributes, was.Attributes) {
		now.Version, now.ModifiedAt = was.Version+1, tx.Now()
		if _, err := tx.UpdateAccount(now); err != nil {
			return err
		}
	}
	after.Accounts = []directory.Account{now}
	if err := p.fitsPattern(after); err != nil {
		return err
	}
	plan := p.plan(before, after)
	plan.lapsed = append(plan.lapsed, released...)
	return e.applyUnique(ctx, tx, actor, plan, o)
}

// keepAttributes lays holds of attributes over what directories state.
func (e *Engine) keepAttributes(ctx context.Context, tx *store.Tx, p *policy, actor directory.Actor, before *store.Person, doc directory.Attributes, changed []leaf, o PersonOptions) error {
	after := clone(before)
	var placed, released []directory.Hold
	for _, c := range changed {
		ref, ended := entered(after, c.ref)
		for _, h := range ended {
			if i := slices.IndexFunc(placed, func(o directory.Hold) bool { return o.ID == h.ID }); i >= 0 {
				placed = slices.Delete(placed, i, i+1) // of another part of the same object
			} else {
				released = append(released, h)
			}
		}
		value := valueAt(doc, ref)
		if value == nil {
			continue
		}
		h := directory.Hold{
			ID: store.NewID(), Person: before.ID, Subject: "attribute:" + ref.String(), Effect: directory.Keep, Value: value, Actor: actorName(actor),
			Reason: reasonOr(o.Reason, "entered by hand; no directory states it"),
		}
		placed, after.Holds = append(placed, h), append(after.Holds, h)
	}
	plan := p.draft(before, after, false)
	plan.placed, plan.lapsed = append(plan.placed, placed...), append(plan.lapsed, released...)
	return e.applyUnique(ctx, tx, actor, plan, o)
}

// entered takes the holds away under which an attribute lies that is entered anew, and returns them with what is to be
// entered: the attribute, or all of the object that it is part of, where that is held as one.
func entered(x *store.Person, ref schema.Ref) (schema.Ref, []directory.Hold) {
	var ended []directory.Hold
	whole := schema.Ref{Schema: ref.Schema, Attr: ref.Attr}
	x.Holds = slices.DeleteFunc(x.Holds, func(h directory.Hold) bool {
		held, ok := heldAttribute(h)
		if !ok || held != ref && held != whole {
			return false
		}
		ended = append(ended, h)
		return true
	})
	if slices.ContainsFunc(ended, func(h directory.Hold) bool { return h.Subject == "attribute:"+whole.String() }) {
		ref = whole
	}
	return ref, ended
}

// applyUnique applies a plan of an administrator's unless it gives somebody a login identifier that another person has.
func (e *Engine) applyUnique(ctx context.Context, tx *store.Tx, actor directory.Actor, plan *Plan, o PersonOptions) error {
	if err := e.applyNew(ctx, tx, actor, plan, o.Reason); err != nil {
		return err
	}
	return plan.policy.unique(ctx, tx, plan.After)
}

func reasonOr(reason, usual string) string {
	if strings.TrimSpace(reason) == "" {
		return usual
	}
	return reason
}

// leaf is one attribute that changes.
type leaf struct {
	path string
	ref  schema.Ref
	was  any
}

// changedLeaves are the smallest attributes in which two documents differ, in the order of their paths. What no directory
// could state, such as active, is among them with a ref that no one owns.
func changedLeaves(was, now directory.Attributes) []leaf {
	before, after := leaves(was), leaves(now)
	var out []leaf
	for path, v := range after {
		if !reflect.DeepEqual(before[path], v) {
			out = append(out, leaf{path: path, was: before[path]})
		}
	}
	for path, v := range before {
		if _, stays := after[path]; !stays {
			out = append(out, leaf{path: path, was: v})
		}
	}
	for i := range out {
		out[i].ref, _ = attributePath(out[i].path)
	}
	slices.SortFunc(out, func(a, b leaf) int { return strings.Compare(a.path, b.path) })
	return out
}
