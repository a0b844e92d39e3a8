package provision

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/store"
)

// mayEdit refuses changes of attributes that are not the actor's to make: what a directory states, personal data that
// belongs to the person, an e-mail address that stays as it is.
func (p *policy) mayEdit(actor directory.Actor, x *store.Person, changed []leaf) error {
	self := actor.Kind == directory.ActorPerson && actor.ID == x.ID
	for _, c := range changed {
		if c.ref.Attr == nil {
			return directory.Errorf(directory.Invalid, "%q cannot be changed here", c.path)
		}
		if c.ref.Attr.Name == "active" {
			return directory.Errorf(directory.Invalid, "whether somebody is active is not edited: suspend or resume them")
		}
		if owner := p.owner(x, c.ref); owner != "" && owner != "hold" {
			return directory.Errorf(directory.Forbidden, "%s is owned by the connection %s: change it there, or place a hold of attribute:%s", c.path, p.connectionName(owner), c.path)
		}
		if c.ref.Attr.Name == "emails" && hasValue(c.was) {
			switch mutable := p.Setting("user.email.mutable"); {
			case mutable == "never":
				return directory.Errorf(directory.Immutable, "the e-mail address stays as it was at creation (user.email.mutable: never)")
			case mutable == "user" && !self:
				return directory.Errorf(directory.Forbidden, "only the person changes their e-mail address (user.email.mutable: user)")
			}
		}
		if p.Setting("user.profile.owner") == "user" && !self {
			return directory.Errorf(directory.Forbidden, "personal data belongs to the person: administrators change the profile only (user.profile.owner: user)")
		}
	}
	return nil
}

func (p *policy) connectionName(id string) string {
	if c, err := p.connection(id); err == nil && c.Name != "" {
		return c.Name
	}
	return id
}

// fitsPattern refuses a userName of another form than the tenant's, where people sign in by it.
func (p *policy) fitsPattern(x *store.Person) error {
	if !slices.Contains(strings.Split(p.Setting("login.identifiers"), ","), "username") {
		return nil
	}
	pattern, err := regexp.Compile(p.Setting("login.username.pattern"))
	if err != nil {
		return directory.Errorf(directory.Invalid, "the setting login.username.pattern is no regular expression: %w", err)
	}
	for _, a := range x.Accounts {
		if !pattern.MatchString(a.UserName) {
			return directory.Faultf(directory.Invalid, "userName", directory.FaultPattern, "the userName must match %s (login.username.pattern)", pattern)
		}
	}
	return nil
}

// unique refuses a login identifier that another live person has. It looks once the person's own are written: of two who
// write the same one at once, whoever comes later sees the other's.
func (p *policy) unique(ctx context.Context, tx *store.Tx, x *store.Person) error {
	kinds := strings.Split(p.Setting("login.identifiers"), ",")
	var taken []error
	for _, i := range identifiers(x) {
		if !slices.Contains(kinds, i.Kind) {
			continue
		}
		people, err := tx.PeopleByIdentifier(ctx, i.Kind, i.Value)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(people, func(id string) bool { return id != x.ID }) {
			at := map[string]string{"email": "emails", "phone": "phoneNumbers"}[i.Kind]
			taken = append(taken, directory.Faultf(directory.Conflict, at, directory.FaultTaken, "somebody has this %s already, and people sign in by it: each needs one of their own", i.Kind))
		}
	}
	return directory.Together(taken...)
}

// newcomer refuses somebody new, or who comes back, whose login identifier is taken: by hand always, of a connection where
// the tenant says so. Else they are kept, and do not sign in by it. By hand nobody comes without a seat, either.
func (p *policy) newcomer(ctx context.Context, tx *store.Tx, x *store.Person, byHand bool) error {
	if byHand {
		if err := p.seated(x); err != nil {
			return err
		}
	} else if p.Setting("login.identifiers.duplicate") != "refuse" {
		return nil
	}
	return p.unique(ctx, tx, x)
}
