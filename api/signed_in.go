package api

import (
	"context"

	"rollcall/directory"
)

// signedIn is the principal of a session, which the console found in its request and handed on (see
// [directory.WithSession]). What a person has, and what their roles may, is read from the database each time, so that what was
// taken from them is gone with the commit that took it, on every replica.
func (h *Handler) signedIn(ctx context.Context, s directory.Session) (*principal, error) {
	p := &principal{reader: h.db.Reader(s.Tenant), self: self{Session: s.ID, ExpiresAt: &s.ExpiresAt}}
	if s.Person == "" { // by a login link, which has the role that its maker gave it
		p.who = directory.ActorNamed(s.Tenant, s.By)
		p.id, p.owner, p.holder = "session:"+s.ID, s.By, holderOf(s.Role)
		p.holder.ID = p.id
		p.name = directory.Say("who came by this login link with the role %s", quote(s.Role))
		p.self.Kind, p.self.Name, p.self.Owner, p.self.Role = "link", s.By, s.By, s.Role
		config, err := h.engine.Latest(ctx, s.Tenant)
		if err == nil {
			h.judgedBy(p, config)
		}
		return p, err
	}
	holder, name, config, err := h.engine.Holder(ctx, s.Tenant, s.Person)
	if err != nil {
		return nil, err
	}
	if holder.State != directory.Active {
		return nil, callOf(ctx).unauthenticated(true, "whoever is signed in is not active any more")
	}
	p.who = directory.Actor{Tenant: s.Tenant, Kind: directory.ActorPerson, ID: s.Person}
	p.id, p.owner, p.holder = "person:"+s.Person, name, holder
	p.name = directory.Quote(name)
	p.self.Kind, p.self.Person, p.self.Name, p.self.Owner = "person", s.Person, name, name
	h.judgedBy(p, config)
	return p, nil
}
