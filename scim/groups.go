package scim

import (
	"context"
	"maps"
	"net/http"
	"strings"

	"rollcall/directory"
	"rollcall/provision"
	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// manyMembers is above how many members a PATCH is answered without the group (RFC 7644 §3.5.2 lets a service provider).
const manyMembers = 100

// group answers GET /Groups/{id}. Members are streamed; without them the answer's cost does not depend on their number.
func group(ctx context.Context, c *call) (answer, error) {
	id, err := c.resourceID()
	if err != nil {
		return answer{}, err
	}
	p, err := c.projection()
	if err != nil {
		return answer{}, err
	}
	x, err := c.reader.GroupResource(ctx, c.connection.ID, id)
	if err != nil {
		return answer{}, err
	}
	if c.unchanged(x.Version) {
		return answer{status: http.StatusNotModified, etag: etag(x.Version)}, nil
	}
	return c.rendering(schema.Group, p).answer(http.StatusOK, &x), nil
}

// createGroup answers POST /Groups.
func createGroup(ctx context.Context, c *call) (answer, error) {
	p, err := c.projection()
	if err != nil {
		return answer{}, err
	}
	in, named, err := c.group(ctx)
	if err != nil {
		return answer{}, err
	}
	x, err := c.engine.CreateGroup(ctx, c.actor(), in, named)
	if err != nil {
		return answer{}, err
	}
	c.tellUnknown(x.Unknown)
	c.tellHeld(x)
	return c.rendering(schema.Group, p).answer(http.StatusCreated, &x.Resource), nil
}

// replaceGroup answers PUT /Groups/{id}: the members become exactly those that it names, none if it names none.
func replaceGroup(ctx context.Context, c *call) (answer, error) {
	id, err := c.resourceID()
	if err != nil {
		return answer{}, err
	}
	p, err := c.projection()
	if err != nil {
		return answer{}, err
	}
	in, named, err := c.group(ctx)
	if err != nil {
		return answer{}, err
	}
	x, err := c.engine.UpdateGroup(ctx, c.actor(), id, c.match(), func(g directory.Group) (directory.Group, error) {
		g.DisplayName, g.ExternalID, g.Attributes = in.DisplayName, in.ExternalID, maps.Clone(in.Attributes)
		return g, nil
	}, []provision.MemberOp{{Kind: provision.ReplaceMembers, Members: named}})
	if err != nil {
		return answer{}, err
	}
	c.tellUnknown(x.Unknown)
	c.tellHeld(x)
	return c.rendering(schema.Group, p).answer(http.StatusOK, &x.Resource), nil
}

// patchGroup answers PATCH /Groups/{id}: 204 under the dialect entra and for large groups, else 200 with the group; with
// the parameter "attributes" always 200, with just those.
func patchGroup(ctx context.Context, c *call) (answer, error) {
	id, err := c.resourceID()
	if err != nil {
		return answer{}, err
	}
	p, err := c.projection()
	if err != nil {
		return answer{}, err
	}
	b, err := c.body(ctx, maxGroupBody)
	if err != nil {
		return answer{}, err
	}
	patch, changes, err := ParseGroupPatch(b, c.connection.Dialect)
	if err != nil {
		return answer{}, err
	}
	ops := make([]provision.MemberOp, 0, len(changes))
	for _, m := range changes {
		ops = append(ops, c.memberOp(m))
	}
	x, err := c.engine.UpdateGroup(ctx, c.actor(), id, c.match(), func(g directory.Group) (directory.Group, error) {
		doc := withExternalID(g.Attributes, g.ExternalID)
		doc["displayName"] = g.DisplayName
		after, err := patch.Apply(doc)
		if err != nil {
			return g, err
		}
		return asGroup(g, after), nil
	}, ops)
	if err != nil {
		return answer{}, err
	}
	c.tellUnknown(x.Unknown)
	c.tellHeld(x)
	r := c.rendering(schema.Group, p)
	if named := p != nil && !p.exclude; !named && (c.connection.Dialect == directory.Entra || x.Members > manyMembers) {
		return answer{status: http.StatusNoContent, location: c.location(x.ID), etag: etag(x.Version)}, nil
	}
	return r.answer(http.StatusOK, &x.Resource), nil
}

// deleteGroup answers DELETE /Groups/{id}.
func deleteGroup(ctx context.Context, c *call) (answer, error) {
	id, err := c.resourceID()
	if err != nil {
		return answer{}, err
	}
	x, err := c.engine.DeleteGroup(ctx, c.actor(), id, c.match())
	if err != nil {
		return answer{}, err
	}
	c.tellHeld(x)
	return answer{status: http.StatusNoContent}, nil
}

// group reads the group in the body of POST or PUT, and its members apart.
func (c *call) group(ctx context.Context) (directory.Group, []directory.Member, error) {
	b, err := c.body(ctx, maxGroupBody)
	if err != nil {
		return directory.Group{}, nil, err
	}
	in, err := schema.Decode(b)
	if err != nil {
		return directory.Group{}, nil, err
	}
	named, _, err := TakeMembers(in)
	if err != nil {
		return directory.Group{}, nil, err
	}
	attributes, externalID, err := c.normal(in)
	if err != nil {
		return directory.Group{}, nil, err
	}
	g := directory.Group{ExternalID: externalID, Attributes: attributes}
	g.DisplayName, _ = attributes["displayName"].(string)
	return g, named, nil
}

// asGroup returns the group with the attributes of a document.
func asGroup(g directory.Group, doc map[string]any) directory.Group {
	g.Attributes, g.ExternalID = withoutExternalID(doc)
	g.DisplayName, _ = doc["displayName"].(string)
	return g
}

// memberOp hands an operation on members to the engine.
func (c *call) memberOp(m MemberOp) provision.MemberOp {
	op := provision.MemberOp{Members: m.IDs}
	switch m.Kind {
	case AddMembers:
		op.Kind = provision.AddMembers
	case RemoveMembers:
		op.Kind = provision.RemoveMembers
	case ReplaceMembers, ClearMembers:
		op.Kind = provision.ReplaceMembers
	case RemoveMembersWhere:
		op.Kind = provision.RemoveMembersWhere
		op.Where = func(x directory.Member) bool {
			return filter.MatchElement(m.Where, map[string]any{
				"value": x.ID, "type": string(x.Kind), "display": x.Display, "$ref": c.base + "/" + string(x.Kind) + "s/" + x.ID,
			})
		}
	}
	return op
}

// tellUnknown notes members that were left out because nobody knows them.
func (c *call) tellUnknown(ids []string) {
	if len(ids) == 0 {
		return
	}
	const most = 5
	shown := strings.Join(ids[:min(most, len(ids))], ", ")
	if len(ids) > most {
		shown += ", …"
	}
	c.tell("%d members are unknown and were left out (%s): provision these users to this connection, then push the group again", len(ids), shown)
}

// tellHeld notes that the guard keeps rights in force, or back, that the group's change is about.
func (c *call) tellHeld(x provision.GroupResult) {
	if x.Held > 0 {
		c.tell("rights of %d people are held: more people than the guard lets pass would lose or gain something within an hour; look with \"rollcall sync %s --tenant %s --plan\", then apply it with --approve",
			x.Held, c.connection.Name, c.config.Tenant.Key)
	}
}
