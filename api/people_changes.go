package api

import (
	"context"
	"net/http"

	"rollcall/directory"
	"rollcall/provision"
)

// Reasoned is a body that says why.
type Reasoned struct {
	Reason string `json:"reason,omitempty" maxLength:"500" doc:"Why; for the log, and for whoever finds it later." example:"back from leave"`
}

// why is the reason of a body that may be left out.
func (r *Reasoned) why() string {
	if r == nil {
		return ""
	}
	return r.Reason
}

// newPerson is what a client says of somebody new.
type newPerson struct {
	PersonFields
	RightsBody
	Reasoned

	Status string `json:"status,omitempty" maxLength:"200" doc:"The presence status to begin in; the tenant's initial one unless said." example:"offline"`
}

// personPatch is what a client changes of somebody.
type personPatch struct {
	PersonFields
	Reasoned
}

// personProblems are those of every change of somebody.
var personProblems = []string{"conflict", "forbidden", "immutable", "missing-permission"}

func registerPeopleChanges(h *Handler) {
	register(h, operation{
		id: "create-user", method: http.MethodPost, path: "/users", tag: "users", summary: "Create somebody", permission: "users.create",
		status: http.StatusCreated, problems: personProblems,
		doc: "Somebody whom no directory provides. What the tenant requires of people (user.required_fields) has to be there, and a login identifier is nobody else's. Rights besides need the permissions by which they are given. What is wrong is listed in errors, each with its place in the body, as far as it is known at once.",
	}, func(ctx context.Context, c *call, in *struct{ Body newPerson }) (*createdPerson, error) {
		p, err := readPatch(c.body)
		if err != nil {
			return nil, err
		}
		doc, err := p.apply(directory.Attributes{})
		if err != nil {
			return nil, c.located(ctx, err, p.place)
		}
		rights := in.Body.entitlements()
		roles, err := c.within(ctx, rights...)
		if err != nil {
			return nil, err
		}
		would := provision.View{Roles: all(roles, func(key string) provision.RoleView { return provision.RoleView{Key: key} })}
		if err := c.mayGive(rights, nil, would); err != nil {
			return nil, err
		}
		v, err := h.engine.CreatePerson(ctx, c.actor(), provision.NewPerson{Attributes: doc, Rights: rights, Status: in.Body.Status}, provision.PersonOptions{Reason: in.Body.Reason})
		if err != nil {
			return nil, c.located(ctx, err, p.place)
		}
		return c.created(v), nil
	})
	register(h, operation{
		id: "update-user", method: http.MethodPatch, path: "/users/{id}", tag: "users", summary: "Change somebody", permission: "users.edit", partly: true,
		conditional: true, problems: personProblems,
		doc: "A merge patch (RFC 7396): what is sent is set, null takes away, and the rest stays. What a directory owns is refused with the connection's name. What no directory states is kept, by a hold, until one states it.",
	}, func(ctx context.Context, c *call, in *struct {
		OnePerson
		Body personPatch `contentType:"application/merge-patch+json"`
	},
	) (*tagged[provision.View], error) {
		p, err := readPatch(c.body)
		if err != nil {
			return nil, err
		}
		id, err := c.idOf(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		v, err := h.engine.UpdatePerson(ctx, c.actor(), id, p.apply, c.doing(in.Body.Reason, "users.edit"))
		if err != nil {
			return nil, c.located(ctx, err, p.place)
		}
		return answered(v)
	})
	register(h, operation{
		id: "delete-user", method: http.MethodDelete, path: "/users/{id}", tag: "users", summary: "Delete somebody", permission: "users.delete", partly: true,
		conditional: true, problems: personProblems,
		doc: "They leave lists, lose every right and cannot sign in from this answer on; their history stays, and they can come back. Somebody whom a connection owns is deleted in the directory, not here.",
	}, func(ctx context.Context, c *call, in *struct {
		OnePerson
		Reason string `query:"reason" maxLength:"500" doc:"Why; for the log." example:"left the company"`
	},
	) (*struct{}, error) {
		id, err := c.idOf(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return nil, h.engine.RemovePerson(ctx, c.actor(), id, c.doing(in.Reason, "users.delete"))
	})
	for _, x := range []struct {
		word, permission, summary, doc string
		do                             func(context.Context, directory.Actor, string, provision.PersonOptions) (provision.View, error)
	}{
		{"suspend", "users.deactivate", "Suspend somebody", "They can do nothing and get no work from this answer on, whatever directories say, until they are resumed. Rights are kept.", h.engine.Suspend},
		{"resume", "users.reactivate", "End a suspension", "What directories say counts again: somebody whom a directory suspends stays suspended.", h.engine.Resume},
	} {
		register(h, operation{
			id: x.word + "-user", method: http.MethodPost, path: "/users/{id}/" + x.word, tag: "users", summary: x.summary, doc: x.doc,
			permission: x.permission, partly: true, problems: personProblems,
		}, func(ctx context.Context, c *call, in *struct {
			OnePerson
			Body *Reasoned
		},
		) (*tagged[provision.View], error) {
			id, err := c.idOf(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			v, err := x.do(ctx, c.actor(), id, c.doing(in.Body.why(), x.permission))
			if err != nil {
				return nil, err
			}
			return answered(v)
		})
	}
	register(h, operation{
		id: "transfer-ownership", method: http.MethodPost, path: "/users/{id}/make-owner", tag: "users", summary: "Hand the ownership to somebody",
		permission: "ownership.transfer", problems: personProblems,
		doc: "In one step they become the owner, and whoever is the owner now an administrator.",
	}, func(ctx context.Context, c *call, in *struct {
		OnePerson
		Body *Reasoned
	},
	) (*tagged[provision.View], error) {
		id, err := c.idOf(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		v, err := h.engine.TransferOwner(ctx, c.actor(), id, c.doing(in.Body.why()))
		if err != nil {
			return nil, err
		}
		return answered(v)
	})
}
