package provision

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// SignIn is what an OpenID provider stated of somebody. Whoever hands it over has checked it: signature, issuer, audience,
// nonce, time, authentication context.
type SignIn struct {
	Connection string // id, of kind oidc
	Subject    string // "sub"
	Linked     string // the text of the claim that the connection links by; "" where there is none
	Claims     []directory.Claim
	Unknown    []string // claims of which the provider said nothing this time: what it said before counts
	// Attributes are a SCIM User's, of whom to create where the connection creates whoever signs in.
	Attributes directory.Attributes
	Session    directory.Session // to begin: with id and times; whose it is, is filled in
	Hash       []byte            // of the session's secret
}

// SignIn finds whom a provider means and begins a session for them, in one commit with what the provider's statements give
// and take. Who they are says their identity, stored at the first sign-in; a first sign-in finds the person by the
// connection's link; and who is nobody is created where the connection says so, by the path that a directory's people take
// (RFC 7644 §3.3). Nobody at all is an error of kind NotFound, somebody who is not active one of kind Forbidden, and a
// person who signs in as another subject already one of kind Conflict.
func (e *Engine) SignIn(ctx context.Context, tenant string, in SignIn) (directory.Session, error) {
	actor := directory.Actor{Tenant: tenant, Kind: directory.ActorConnection, ID: in.Connection, Connection: in.Connection}
	known, err := e.meant(ctx, e.db.Reader(tenant), actor, in)
	if err != nil {
		return directory.Session{}, err
	}
	if known, err = e.provisioned(ctx, actor, in, known); err != nil {
		return directory.Session{}, err
	}
	var out directory.Session
	err = e.write(ctx, actor, func(tx *store.Tx, p *policy) error {
		people, err := tx.People(known)
		if err != nil {
			return err
		}
		c, err := p.connection(in.Connection)
		if err != nil || c.OIDC == nil || len(people) == 0 {
			return cmp.Or(err, unknown())
		}
		before := people[0]
		if p, err = e.current(ctx, tx, p, before); err != nil {
			return err
		}
		if err := e.identify(ctx, tx, c, in, before); err != nil {
			return err
		}
		after := clone(before)
		after.Claims = stated(before.Claims, in)
		if plan := p.plan(before, after); !plan.Empty() {
			if err := e.apply(ctx, tx, actor, plan, store.NewID()); err != nil {
				return err
			}
		}
		if after.State != directory.Active {
			return directory.Errorf(directory.Forbidden, "this person is %s", after.State)
		}
		out = in.Session
		out.Person, out.Connection, out.Subject = before.ID, in.Connection, in.Subject
		out.Tenant = tenant
		tx.InsertSession(out, in.Hash)
		return recordSession(tx, directory.Actor{Tenant: tenant, Kind: directory.ActorPerson, ID: before.ID}, "session.started", "", out)
	})
	return out, err
}

func unknown() error {
	return directory.Errorf(directory.NotFound, "nobody here is known by this sign-in")
}

// meant returns the id of the person whom a sign-in means, "" for nobody.
func (e *Engine) meant(ctx context.Context, r store.Reader, actor directory.Actor, in SignIn) (string, error) {
	c, err := e.oidc(ctx, actor)
	if err != nil {
		return "", err
	}
	known, err := r.Identity(ctx, in.Connection, c.OIDC.Issuer, in.Subject)
	if directory.KindOf(err) != directory.NotFound {
		return known.Person, err
	}
	if in.Linked != "" && c.OIDC.Link.Connection != "" {
		if found, err := keyed(ctx, r, c.OIDC.Link.Connection, in.Linked); err != nil || found != "" {
			return found, err
		}
	}
	return createdBefore(ctx, r, c, in.Subject)
}

// keyed returns the person whom a connection knows by an externalId, "" for nobody.
func keyed(ctx context.Context, r store.Reader, connection, externalID string) (string, error) {
	found, _, err := r.Candidates(ctx, connection, externalID, "")
	if err != nil {
		return "", err
	}
	for _, f := range found {
		if f.Connection == connection && f.ByKey && f.EndedAt.IsZero() {
			return f.Person, nil
		}
	}
	return "", nil
}

// createdBefore returns whom the connection created for a subject, where their identity is not there: it was forgotten, or
// the program ended before it was stored. Who has an identity, such as at the issuer before this one, is somebody else.
func createdBefore(ctx context.Context, r store.Reader, c directory.Connection, subject string) (string, error) {
	if !c.OIDC.JIT {
		return "", nil
	}
	person, err := keyed(ctx, r, c.ID, subject)
	if err != nil || person == "" {
		return "", err
	}
	known, err := r.Identities(ctx, person)
	if err != nil || slices.ContainsFunc(known, func(k directory.Identity) bool { return k.Connection == c.ID }) {
		return "", err
	}
	return person, nil
}

// oidc returns the connection of a sign-in, read anew where it is newer than what is remembered.
func (e *Engine) oidc(ctx context.Context, actor directory.Actor) (directory.Connection, error) {
	p, err := e.policy(ctx, e.db.Reader(actor.Tenant), 0, false)
	if err != nil {
		return directory.Connection{}, err
	}
	c, err := p.connection(actor.Connection)
	if err != nil {
		return directory.Connection{}, err
	}
	if c.OIDC == nil {
		return directory.Connection{}, directory.Errorf(directory.Invalid, "people do not sign in by the connection %s", c.Name)
	}
	return c, nil
}

// provisioned creates who is nobody, where the connection says so, and writes what the provider now says of somebody whom it
// created before.
func (e *Engine) provisioned(ctx context.Context, actor directory.Actor, in SignIn, known string) (string, error) {
	c, err := e.oidc(ctx, actor)
	if err != nil {
		return "", err
	}
	switch {
	case known == "" && !c.OIDC.JIT:
		return "", unknown()
	case known == "":
		made, err := e.CreateUser(ctx, actor, directory.Account{ExternalID: in.Subject, Attributes: in.Attributes})
		return made.ID, err
	case !c.OIDC.JIT:
		return known, nil
	}
	people, err := e.db.Reader(actor.Tenant).People(ctx, known)
	if err != nil || len(people) == 0 || people[0].Account(c.ID) == nil { // others provisioned them
		return known, err
	}
	_, err = e.UpdateUser(ctx, actor, known, nil, func(a directory.Account) (directory.Account, error) {
		a.Attributes = maps.Clone(a.Attributes)
		maps.Copy(a.Attributes, in.Attributes)
		return a, nil
	})
	return known, err
}

// identify records who the person is at the provider. Once they are somebody there, nobody else is them.
func (e *Engine) identify(ctx context.Context, tx *store.Tx, c directory.Connection, in SignIn, x *store.Person) error {
	known, err := tx.Identities(ctx, x.ID)
	if err != nil {
		return err
	}
	for _, k := range known {
		if k.Connection == c.ID && k.Issuer == c.OIDC.Issuer && k.Subject != in.Subject {
			return directory.Errorf(directory.Conflict, "this person signs in as another subject of the provider")
		}
	}
	tx.PutIdentity(directory.Identity{Person: x.ID, Connection: c.ID, Issuer: c.OIDC.Issuer, Subject: in.Subject})
	return nil
}

// stated are somebody's claims with those of this sign-in in place of the provider's former ones.
func stated(was []directory.Claim, in SignIn) []directory.Claim {
	out := slices.DeleteFunc(slices.Clone(was), func(c directory.Claim) bool {
		return c.Connection == in.Connection && !slices.Contains(in.Unknown, c.Claim)
	})
	out = append(out, in.Claims...)
	slices.SortFunc(out, func(a, b directory.Claim) int {
		return cmp.Or(cmp.Compare(a.Connection, b.Connection), cmp.Compare(a.Claim, b.Claim), cmp.Compare(a.Value, b.Value))
	})
	return slices.Compact(out)
}
