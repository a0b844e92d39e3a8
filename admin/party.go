package admin

import (
	"context"
	"fmt"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// party is everything by which the log may name somebody: "person:ID", "apikey:ID", and "name:TEXT" for the text by which
// keys name their owners and the command line its users. Two parties that have anything in common are one person's.
type party map[string]bool

func (p party) meets(other party) bool {
	for x := range p {
		if other[x] {
			return true
		}
	}
	return false
}

// named adds a text, and the people whom it names: by id, display id, userName or e-mail address.
func (p party) named(ctx context.Context, r store.Reader, text string) error {
	if id, ok := strings.CutPrefix(text, string(directory.ActorPerson)+":"); ok {
		p.person(id)
	}
	if text == "" {
		return nil
	}
	p["name:"+schema.Fold(text)] = true
	people, err := r.PeopleNamed(ctx, text)
	for _, id := range people {
		p.person(id)
	}
	return err
}

func (p party) person(id string) {
	p["person:"+id] = true
	p["name:"+schema.Fold(id)] = true
}

// keyOf adds a key and its owner.
func (p party) keyOf(ctx context.Context, r store.Reader, k directory.APIKey) error {
	p["apikey:"+k.ID] = true
	return p.named(ctx, r, k.Owner)
}

// makersOf adds who made a key: whoever did has seen it. Of a key that was made with another one that is the other's owner and
// who made it, and so on. The command line is no maker: it makes keys for others, and needs none for itself.
func (p party) makersOf(ctx context.Context, r store.Reader, k directory.APIKey) error {
	for seen := map[string]bool{k.ID: true}; ; seen[k.ID] = true {
		maker := directory.ActorNamed("", k.CreatedBy)
		if maker.Kind == directory.ActorPerson {
			p.person(maker.ID)
		}
		if maker.Kind != directory.ActorAPIKey || seen[maker.ID] {
			return nil
		}
		p["apikey:"+maker.ID] = true
		var err error
		if k, _, err = r.APIKey(ctx, maker.ID); directory.KindOf(err) == directory.NotFound {
			return nil
		} else if err != nil {
			return err
		}
		if err := p.keyOf(ctx, r, k); err != nil {
			return err
		}
	}
}

// partyOf returns whom an actor of the change log may be. A connection and the schedule are nobody.
func partyOf(ctx context.Context, r store.Reader, x directory.Actor) (party, error) {
	p := party{}
	switch x.Kind {
	case directory.ActorPerson:
		p.person(x.ID)
	case directory.ActorCLI:
		name, _, _ := strings.Cut(x.ID, "@")
		for _, text := range []string{x.ID, name, string(directory.ActorCLI) + ":" + x.ID} {
			if err := p.named(ctx, r, text); err != nil {
				return nil, err
			}
		}
	case directory.ActorAPIKey:
		p["apikey:"+x.ID] = true
		k, _, err := r.APIKey(ctx, x.ID)
		if directory.KindOf(err) == directory.NotFound {
			return p, nil
		}
		if err == nil {
			err = p.keyOf(ctx, r, k)
		}
		if err == nil {
			err = p.makersOf(ctx, r, k)
		}
		return p, err
	case directory.ActorConnection, directory.ActorSystem:
	}
	return p, nil
}

// approver is who wants to approve something.
type approver struct {
	self, makers party
	key          directory.APIKey // by which they approve; the zero value for who is signed in
}

func personal(ctx context.Context, r store.Reader, x directory.Actor) (approver, error) {
	self, err := partyOf(ctx, r, x)
	return approver{self: self}, err
}

func keyed(ctx context.Context, r store.Reader, k directory.APIKey) (approver, error) {
	out := approver{self: party{}, makers: party{}, key: k}
	err := out.self.keyOf(ctx, r, k)
	if err == nil {
		err = out.makers.makersOf(ctx, r, k)
	}
	return out, err
}

func (a approver) meets(them party) bool { return a.self.meets(them) || a.makers.meets(them) }

// did says how the approver is one of them, who did something.
func (a approver) did(them party, what string) string {
	switch {
	case a.key.ID == "":
		return "you " + what + " yourself, or by an API key or a command of yours"
	case a.self.meets(them):
		return fmt.Sprintf("the API key %q belongs to %s, who %s", a.key.Name, a.key.Owner, what)
	default:
		return fmt.Sprintf("the API key %q was made by somebody who %s, or with a key of theirs", a.key.Name, what)
	}
}
