package provision

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// situation is what correlation found for a new account.
type situation int

const (
	absent   situation = iota // nobody: a new person
	gone                      // their account in this connection ended: they come back
	unowned                   // a person whom no connection owns: this one claims them
	linkable                  // the link rule names a person of another connection
)

// correlate finds which person a new account is of: by this connection's externalId; else, where either side has none,
// by userName; else by the connection's link rule. A taken value is an error of kind Conflict.
func correlate(ctx context.Context, r store.Reader, p *policy, c directory.Connection, in directory.Account, found []store.Candidate) (situation, string, error) {
	var back *store.Candidate
	var free, elsewhere string
	for i, f := range found {
		live := f.EndedAt.IsZero()
		switch {
		case f.Connection == c.ID && live && f.ByKey:
			return absent, "", conflict("externalId")
		case f.Connection == c.ID && live:
			return absent, "", conflict("userName")
		case f.Connection == c.ID && (f.ByKey || f.Key == "" || in.ExternalID == ""):
			if back == nil || f.ByKey && !back.ByKey || f.ByKey == back.ByKey && f.EndedAt.After(back.EndedAt) {
				back = &found[i]
			}
		case live && f.Connection == "" && !f.ByKey:
			free = f.Person
		case live && !f.ByKey:
			elsewhere = f.Person
		}
	}
	if back != nil && p.Setting("rehire.restore") != "new" {
		return gone, back.Person, nil
	}
	if free != "" && c.Claim {
		return unowned, free, nil
	}
	linked, err := linkedPerson(ctx, r, c, in, elsewhere)
	switch {
	case err != nil:
		return absent, "", err
	case linked != "":
		return linkable, linked, nil
	case c.ID == "" && (free != "" || elsewhere != ""):
		return absent, "", conflict("userName")
	case free != "" || elsewhere != "":
		return absent, "", directory.Errorf(directory.Conflict,
			"a user with this userName exists already in another connection: to link the two, set \"link: userName\" on connection %s", c.Name)
	}
	return absent, "", nil
}

// NormalConnection returns a connection whose link and authority name attributes as the schema spells them. A link by which
// nobody is found and an authority over what no directory states are errors of kind Invalid.
func NormalConnection(c directory.Connection) (directory.Connection, error) {
	switch kind, ok := linkKind(c.Link); {
	case c.Link == "":
	case !ok:
		return c, directory.Errorf(directory.Invalid, "link: people cannot be linked by %q: write userName, emails.value, phoneNumbers.value or employeeNumber", c.Link)
	default:
		c.Link = map[string]string{
			"username": "userName", "email": "emails.value", "phone": "phoneNumbers.value", "employee_number": schema.EnterpriseURN + ":employeeNumber",
		}[kind]
	}
	c.Authority = slices.Clone(c.Authority)
	for i, path := range c.Authority {
		ref, err := attributePath(path)
		if err != nil {
			return c, directory.Errorf(directory.Invalid, "authority: %w", err)
		}
		c.Authority[i] = ref.String()
	}
	return c, nil
}

// linkKind returns the kind of identifier by which a link finds people; false where there is no such kind.
func linkKind(link string) (string, bool) {
	switch link = strings.ToLower(link); {
	case link == "username":
		return link, true
	case link == "emails" || link == "emails.value":
		return "email", true
	case link == "phonenumbers" || link == "phonenumbers.value":
		return "phone", true
	case link == "employeenumber" || strings.HasSuffix(link, ":employeenumber"):
		return "employee_number", true
	}
	return "", false
}

// linkedPerson finds the one person that the connection's link rule names, or "".
func linkedPerson(ctx context.Context, r store.Reader, c directory.Connection, in directory.Account, sameName string) (string, error) {
	kind, ok := linkKind(c.Link)
	switch {
	case c.Link == "":
		return "", nil
	case !ok:
		return "", fmt.Errorf("provision: connection %s links by %q, which is no identifier", c.Name, c.Link)
	case kind == "username":
		return sameName, nil
	}
	people := map[string]bool{}
	for _, i := range identifiers(&store.Person{Accounts: []directory.Account{in}}) {
		if i.Kind != kind {
			continue
		}
		ids, err := r.PeopleByIdentifier(ctx, i.Kind, i.Value)
		if err != nil {
			return "", err
		}
		for _, id := range ids {
			people[id] = true
		}
	}
	if len(people) > 1 {
		return "", directory.Errorf(directory.Conflict, "more than one person has this %s, so the account cannot be linked by %s: correct it in one of the directories", kind, c.Link)
	}
	for id := range people {
		return id, nil
	}
	return "", nil
}

// privileged reports whether somebody has a role that may administer people, roles or configuration.
func (p *policy) privileged(x *store.Person) bool {
	return slices.ContainsFunc(x.Grants, func(g directory.Grant) bool {
		return g.Kind == directory.RoleEntitlement && p.privilegedRole(g.Target)
	})
}

// privilegedRole reports whether the role of that key may administer people, roles or configuration.
func (p *policy) privilegedRole(key string) bool {
	return slices.ContainsFunc(p.Roles, func(r directory.Role) bool { return r.Key == key && (r.Privileged || r.Owner) })
}
