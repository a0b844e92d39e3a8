package scim

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// rendering is how resources of one type are written into one answer.
type rendering struct {
	base    string
	rt      *schema.ResourceType
	wants   *Projection
	members *members                  // of groups; nil when no answer needs them
	rights  map[string]map[string]any // effective rights of users, by id; nil when nobody asked
	copied  bool                      // stored bytes are the answer: nothing is projected
}

// members streams the members of groups.
type members struct {
	reader store.Reader
	attr   *schema.Attribute
	subs   map[*schema.Attribute]bool
	wants  *Projection
}

var (
	groupsAttribute  = schema.User.Core.Attribute("groups")
	membersAttribute = schema.Group.Core.Attribute("members")
)

// membersAtOnce is how many members are read and sent at a time.
const membersAtOnce = 1000

func (c *call) rendering(rt *schema.ResourceType, p *Projection) *rendering {
	r := &rendering{base: c.base, rt: rt, wants: p, copied: p.only(groupsAttribute, membersAttribute)}
	if rt == schema.Group && p.Wants("members") {
		_, subs := p.keeps(rt.Core, membersAttribute)
		r.members = &members{reader: c.reader, attr: membersAttribute, subs: subs, wants: p}
	}
	return r
}

// only reports whether the projection leaves everything but, perhaps, some of these attributes as a whole.
func (p *Projection) only(attributes ...*schema.Attribute) bool {
	if p == nil {
		return true
	}
	if !p.exclude || len(p.schemas) > 0 {
		return false
	}
	for attr, subs := range p.named {
		if subs != nil || !slices.Contains(attributes, attr) {
			return false
		}
	}
	return true
}

// write appends a resource. Of a group, its members are read here and sent on as they come.
func (r *rendering) write(ctx context.Context, o *out, x *store.Resource) error {
	if r.copied {
		o.b = r.appendHead(o.b, x)
	} else {
		b, err := r.appendProjected(o.b, x)
		if err != nil {
			return err
		}
		o.b = b
	}
	if r.members != nil && x.Members > 0 {
		if err := r.members.write(ctx, o, r.base, x.ID); err != nil {
			return err
		}
	}
	o.b = append(o.b, '}')
	return o.flush()
}

// appendHead appends the whole resource but for members and the last bracket: its stored bytes with the rest around them.
func (r *rendering) appendHead(b []byte, x *store.Resource) []byte {
	b = append(b, `{"id":`...)
	b = appendText(b, x.ID)
	if inner := x.Document[1 : len(x.Document)-1]; len(inner) > 0 {
		b = append(append(b, ','), inner...)
	}
	if len(x.Groups) > 0 && r.wants.Wants("groups") {
		b = append(b, `,"groups":[`...)
		for i, g := range inOrder(x.Groups) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, `{"value":`...)
			b = appendText(b, g.ID)
			b = append(b, `,"$ref":`...)
			b = appendText(b, r.base+"/Groups/"+g.ID)
			b = append(b, `,"display":`...)
			b = appendText(b, g.Display)
			b = append(b, `,"type":"direct"}`...)
		}
		b = append(b, ']')
	}
	b = append(b, `,"meta":{"resourceType":"`...)
	b = append(b, r.rt.Name...)
	b = append(b, `","created":"`...)
	b = x.CreatedAt.UTC().AppendFormat(b, instant)
	b = append(b, `","lastModified":"`...)
	b = x.ModifiedAt.UTC().AppendFormat(b, instant)
	b = append(b, `","location":`...)
	b = appendText(b, r.base+r.rt.Endpoint+"/"+x.ID)
	b = append(b, `,"version":"W/\"`...)
	b = strconv.AppendInt(b, x.Version, 10)
	return append(b, `\""}`...)
}

// instant is the form of dates in meta: as precise as what filters compare with, so that a client that asks for what is
// later than what it saw does not see it again.
const instant = "2006-01-02T15:04:05.000000Z07:00"

// appendProjected appends what the projection leaves of a resource, but for members and the last bracket.
func (r *rendering) appendProjected(b []byte, x *store.Resource) ([]byte, error) {
	whole, err := schema.Decode(x.Document)
	if err != nil {
		return nil, err
	}
	whole["id"] = x.ID
	whole["meta"] = map[string]any{
		"resourceType": r.rt.Name, "created": stamp(x.CreatedAt), "lastModified": stamp(x.ModifiedAt),
		"location": r.base + r.rt.Endpoint + "/" + x.ID, "version": etag(x.Version),
	}
	if len(x.Groups) > 0 {
		var groups []any
		for _, g := range inOrder(x.Groups) {
			groups = append(groups, map[string]any{"value": g.ID, "$ref": r.base + "/Groups/" + g.ID, "display": g.Display, "type": "direct"})
		}
		whole["groups"] = groups
	}
	if rights := r.rights[x.ID]; len(rights) > 0 {
		extension, _ := whole[schema.RollcallURN].(map[string]any)
		if extension == nil {
			extension = map[string]any{}
			whole[schema.RollcallURN] = extension
		}
		maps.Copy(extension, rights)
	}
	b, err = schema.AppendJSON(b, r.wants.Apply(whole))
	if err != nil {
		return nil, err
	}
	return b[:len(b)-1], nil
}

// write appends the attribute members of a group, as long as there are any.
func (m *members) write(ctx context.Context, o *out, base, group string) error {
	var after directory.Member
	first := true
	for {
		page, err := m.reader.Members(ctx, group, after, membersAtOnce)
		if err != nil {
			return err
		}
		for i := range page {
			if first {
				o.b = append(o.b, `,"members":[`...)
			} else {
				o.b = append(o.b, ',')
			}
			first = false
			if o.b, err = m.append(o.b, base, &page[i]); err != nil {
				return err
			}
		}
		if err := o.flush(); err != nil {
			return err
		}
		if len(page) < membersAtOnce {
			break
		}
		after = page[len(page)-1]
	}
	if !first {
		o.b = append(o.b, ']')
	}
	return nil
}

func (m *members) append(b []byte, base string, x *directory.Member) ([]byte, error) {
	ref := base + "/" + string(x.Kind) + "s/" + x.ID
	if m.subs != nil {
		whole := map[string]any{"value": x.ID, "$ref": ref, "type": string(x.Kind), "display": x.Display}
		return schema.AppendJSON(b, m.wants.object(m.attr, m.subs, whole))
	}
	b = append(b, `{"value":`...)
	b = appendText(b, x.ID)
	b = append(b, `,"$ref":`...)
	b = appendText(b, ref)
	b = append(b, `,"display":`...)
	b = appendText(b, x.Display)
	b = append(b, `,"type":"`...)
	b = append(b, x.Kind...)
	return append(b, `"}`...), nil
}

// answer makes the answer that is one resource.
func (r *rendering) answer(status int, x *store.Resource) answer {
	return answer{
		status: status, location: r.base + r.rt.Endpoint + "/" + x.ID, etag: etag(x.Version),
		body: func(ctx context.Context, o *out) error { return r.write(ctx, o, x) },
	}
}

// inOrder sorts groups by id, so that an answer does not change by itself.
func inOrder(groups []store.GroupRef) []store.GroupRef {
	slices.SortFunc(groups, func(a, b store.GroupRef) int { return strings.Compare(a.ID, b.ID) })
	return groups
}

func stamp(t time.Time) string { return t.UTC().Format(instant) }

// appendText appends a JSON string.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x7f {
			if out, err := schema.AppendJSON(b, s); err == nil {
				return out
			}
			return append(b, `""`...) // not text: nothing stored is
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
