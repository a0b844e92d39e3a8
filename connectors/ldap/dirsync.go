package ldap

import (
	"context"
	"maps"
	"slices"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
)

// dirSync follows Active Directory by its control DirSync (MS-ADTS 3.1.1.3.4.1.3), which needs the right "Replicating
// Directory Changes" on the domain. Its cookie holds for every domain controller, and it tells of deleted objects
// whatever the account may read. It says only which objects changed; they are looked up as [usn] does.
type dirSync struct{ *usn }

// maxRounds bounds how often the server is asked for more.
const maxRounds = 10_000

func (*dirSync) mode() string { return byDirSync }

// begin asks for the cookie of now: for all changes since the beginning of a kind of object that there is none of.
func (d *dirSync) begin(ctx context.Context) ([]byte, error) {
	p := position{Mode: byDirSync, Parts: map[string][]byte{}}
	for _, nc := range d.contexts {
		cookie, err := d.run(ctx, nc, "(!(objectClass=*))", nil, func(*goldap.Entry) {})
		if err != nil {
			return nil, err
		}
		p.Parts[nc] = cookie
	}
	return p.pack(), nil
}

func (d *dirSync) changes(ctx context.Context, cookie []byte, each func(directory.Page) error) (outcome, error) {
	failed := outcome{users: directory.Failed, groups: directory.Failed}
	from, err := unpack(cookie)
	if err != nil || len(from.Parts) != len(d.contexts) {
		return outcome{}, errReadAll
	}
	now := position{Mode: byDirSync, Parts: map[string][]byte{}}
	found := objects{}
	for _, nc := range d.contexts {
		if len(from.Parts[nc]) == 0 {
			return outcome{}, errReadAll
		}
		told := objects{}
		if now.Parts[nc], err = d.run(ctx, nc, "(objectClass=*)", from.Parts[nc], func(e *goldap.Entry) {
			if id := string(e.GetEqualFoldRawAttributeValue("objectGUID")); len(id) == 16 && len(told) <= 2*maxChanges {
				told[id] = &object{deleted: strings.EqualFold(e.GetEqualFoldAttributeValue("isDeleted"), "TRUE")}
			}
		}); err != nil {
			if ctx.Err() != nil {
				return failed, ctx.Err()
			}
			if err == errReadAll || refused(err) { //nolint:errorlint // ours, unwrapped
				return outcome{}, errReadAll
			}
			d.x.problems.add(describe(searchFault(err, baseRequest(nc, "(objectClass=*)", nil), d.x.wire.hush.Load(), 0, false)))
			return failed, nil
		}
		if len(told) > 2*maxChanges {
			return outcome{}, errReadAll
		}
		if came, err := d.classify(ctx, nc, told); err != nil || came != directory.Complete {
			return failed, err
		}
		maps.Copy(found, told)
	}
	out, err := d.tell(ctx, found, each)
	if err == nil && out.users.Worse(out.groups) == directory.Complete {
		out.cookie = now.pack()
	}
	return out, err
}

// run asks for changes since a cookie until there are no more, and returns the last cookie.
func (d *dirSync) run(ctx context.Context, nc, filter string, cookie []byte, each func(*goldap.Entry)) ([]byte, error) {
	for range maxRounds {
		request := goldap.NewSearchRequest(nc, goldap.ScopeWholeSubtree, goldap.NeverDerefAliases, 0, 0, false, filter, d.attributes(), nil)
		var answer *goldap.ControlDirSync
		err := d.x.stream(ctx, func(ctx context.Context) goldap.Response {
			return d.x.DirSyncAsync(ctx, request, 64, 0, 1<<20, cookie)
		}, func(r goldap.Response) error {
			if e := r.Entry(); e != nil {
				each(e)
			}
			if c, ok := goldap.FindControl(r.Controls(), goldap.ControlTypeDirSync).(*goldap.ControlDirSync); ok {
				answer = c
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if answer == nil || len(answer.Cookie) == 0 {
			return nil, errReadAll
		}
		cookie = slices.Clone(answer.Cookie)
		if answer.Flags == 0 {
			return cookie, nil
		}
	}
	return nil, errReadAll
}

// attributes are those whose changes count: an object of which others changed is not told of.
func (d *dirSync) attributes() []string {
	names := []string{"objectGUID", "objectClass", "isDeleted", "name"}
	for _, v := range []*view{d.x.users, d.x.groups} {
		if v != nil {
			names = append(names, v.attributes...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// classify finds out which of the objects are groups and whether one of them may have renamed others: of an object that
// existed before, the server tells only what changed.
func (d *dirSync) classify(ctx context.Context, nc string, told objects) (directory.Completeness, error) {
	ids := make([]string, 0, len(told))
	for id := range told {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for part := range slices.Chunk(ids, lookup) {
		var any strings.Builder
		for _, id := range part {
			any.WriteString(equality("objectGUID", id))
		}
		seen := objects{}
		if came, err := d.list(ctx, nc, "(|"+any.String()+")", seen); err != nil || came != directory.Complete {
			return came, err
		}
		for id, o := range seen {
			if told[id] != nil {
				told[id].group, told[id].deleted = o.group, told[id].deleted || o.deleted
			}
		}
	}
	return directory.Complete, nil
}
