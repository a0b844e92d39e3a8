package scim

import (
	"context"
	"maps"
	"net/http"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// user answers GET /Users/{id} (RFC 7644 §3.4.1).
func user(ctx context.Context, c *call) (answer, error) {
	id, err := c.resourceID()
	if err != nil {
		return answer{}, err
	}
	p, err := c.projection()
	if err != nil {
		return answer{}, err
	}
	x, err := c.reader.User(ctx, c.connection.ID, id, c.connection.Claim)
	if err != nil {
		return answer{}, err
	}
	if c.unchanged(x.Version) {
		return answer{status: http.StatusNotModified, etag: etag(x.Version)}, nil
	}
	return c.oneUser(ctx, http.StatusOK, &x, p)
}

// oneUser answers with a user, with effective rights if they are asked for.
func (c *call) oneUser(ctx context.Context, status int, x *store.Resource, p *Projection) (answer, error) {
	r := c.rendering(schema.User, p)
	var err error
	if r.rights, err = c.rights(ctx, p, []store.Resource{*x}); err != nil {
		return answer{}, err
	}
	return r.answer(status, x), nil
}

// createUser answers POST /Users (RFC 7644 §3.3). A user without "active" is active.
func createUser(ctx context.Context, c *call) (answer, error) {
	p, err := c.projection()
	if err != nil {
		return answer{}, err
	}
	in, externalID, err := c.resource(ctx, maxUserBody)
	if err != nil {
		return answer{}, err
	}
	if _, stated := in["active"]; !stated {
		in["active"] = true
	}
	x, err := c.engine.CreateUser(ctx, c.actor(), directory.Account{ExternalID: externalID, Attributes: in})
	if err != nil {
		return answer{}, err
	}
	return c.oneUser(ctx, http.StatusCreated, &x, p)
}

// replaceUser answers PUT /Users/{id} (RFC 7644 §3.5.1): what is omitted is cleared, but for "active", of which RFC 7644
// lets the service provider decide: whoever does not mention it neither suspends nor reactivates.
func replaceUser(ctx context.Context, c *call) (answer, error) {
	id, err := c.resourceID()
	if err != nil {
		return answer{}, err
	}
	p, err := c.projection()
	if err != nil {
		return answer{}, err
	}
	in, externalID, err := c.resource(ctx, maxUserBody)
	if err != nil {
		return answer{}, err
	}
	return c.updateUser(ctx, id, p, func(a directory.Account) (directory.Account, error) {
		a.Attributes, a.ExternalID = maps.Clone(in), externalID
		if _, stated := in["active"]; !stated {
			a.Attributes["active"] = a.Active
		}
		return a, nil
	})
}

// patchUser answers PATCH /Users/{id} with 200 and the resource (RFC 7644 §3.5.2).
func patchUser(ctx context.Context, c *call) (answer, error) {
	id, err := c.resourceID()
	if err != nil {
		return answer{}, err
	}
	p, err := c.projection()
	if err != nil {
		return answer{}, err
	}
	b, err := c.body(ctx, maxUserBody)
	if err != nil {
		return answer{}, err
	}
	patch, err := ParsePatch(b, schema.User, c.connection.Dialect)
	if err != nil {
		return answer{}, err
	}
	return c.updateUser(ctx, id, p, func(a directory.Account) (directory.Account, error) {
		doc, err := patch.Apply(withExternalID(a.Attributes, a.ExternalID))
		if err != nil {
			return a, err
		}
		a.Attributes, a.ExternalID = withoutExternalID(doc)
		return a, nil
	})
}

func (c *call) updateUser(ctx context.Context, id string, p *Projection, fn func(directory.Account) (directory.Account, error)) (answer, error) {
	x, err := c.engine.UpdateUser(ctx, c.actor(), id, c.match(), fn)
	if err != nil {
		return answer{}, err
	}
	return c.oneUser(ctx, http.StatusOK, &x, p)
}

// deleteUser answers DELETE /Users/{id} (RFC 7644 §3.6).
func deleteUser(ctx context.Context, c *call) (answer, error) {
	id, err := c.resourceID()
	if err != nil {
		return answer{}, err
	}
	if err := c.engine.DeleteUser(ctx, c.actor(), id, c.match()); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusNoContent}, nil
}

// resource reads the resource in the body of POST or PUT: its attributes in the table's form, without what we keep
// elsewhere. Passwords are read and dropped here.
func (c *call) resource(ctx context.Context, limit int64) (attributes map[string]any, externalID string, err error) {
	b, err := c.body(ctx, limit)
	if err != nil {
		return nil, "", err
	}
	in, err := schema.Decode(b)
	if err != nil {
		return nil, "", err
	}
	return c.normal(in)
}

func (c *call) normal(in map[string]any) (attributes map[string]any, externalID string, err error) {
	if c.connection.Dialect == directory.RFC && !hasSchema(in, c.rt.Core.ID) {
		return nil, "", refuse(invalidSyntax, "schemas must contain %s", c.rt.Core.ID)
	}
	doc, problems := c.rt.Normalize(in, schema.LeniencyOf(c.connection.Dialect))
	if len(problems) > 0 {
		return nil, "", inAll(problems)
	}
	if missing := c.rt.Required(doc); len(missing) > 0 {
		return nil, "", refuse(invalidValue, "%s is required and may not be empty", strings.Join(missing, ", "))
	}
	attributes, externalID = withoutExternalID(doc)
	return attributes, externalID, nil
}

// inAll tells the first few problems of a document at once.
func inAll(problems []schema.Problem) error {
	const most = 5
	var texts []string
	for _, p := range problems[:min(most, len(problems))] {
		texts = append(texts, p.Error())
	}
	if more := len(problems) - most; more > 0 {
		texts = append(texts, "and more")
	}
	return refuse(problems[0].ScimType, "%s", strings.Join(texts, "; "))
}

func withExternalID(attributes map[string]any, externalID string) map[string]any {
	doc := maps.Clone(attributes)
	if doc == nil {
		doc = map[string]any{}
	}
	if externalID != "" {
		doc["externalId"] = externalID
	}
	return doc
}

func withoutExternalID(doc map[string]any) (map[string]any, string) {
	externalID, _ := doc["externalId"].(string)
	doc = maps.Clone(doc)
	delete(doc, "externalId")
	return doc, externalID
}
