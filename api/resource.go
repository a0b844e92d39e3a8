package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// resource is a kind of configuration objects with the usual operations: list, get, create, replace and delete. I is what
// clients send, T what they read.
type resource[I, T any] struct {
	one, many   string // in ids of operations and sentences: "agent-group"
	path        string // below Root: "/agent-groups"
	doc         string // what it is
	read, write string // permissions
	list        func(*store.Configuration) []T
	key         func(T) string // by which paths name it
	name        func(T) string // by which paths may name it too
	named       func(I) string // the name or key of what a client sends
	// put adds what a client sends, where id is "", or replaces the object of that id.
	put    func(next *store.Configuration, id string, in I) error
	remove func(next *store.Configuration, id string)
	// docs of single operations
	createDoc, replaceDoc, deleteDoc string
}

// ByID names an object in a path.
type ByID struct {
	ID string `path:"id" maxLength:"300" doc:"The object's id or key; its name is understood too." example:"agent"`
}

type creating[I any] struct {
	Changing

	Body I
}

type replacing[I any] struct {
	ByID
	Changing

	Absent bool `query:"absent" doc:"Take out of it what people have, such as an option of a role: it is taken from them." example:"false"`
	Body   I
}

type deleting struct {
	ByID
	Changing

	Absent bool `query:"absent" doc:"Remove it although people have it: it is taken from them." example:"false"`
}

// register adds the operations.
func (r resource[I, T]) register(h *Handler) {
	h.group(r.many, r.doc)
	register(h, operation{
		id: "list-" + r.many, method: http.MethodGet, path: r.path, tag: r.many, summary: "List " + words(r.many), permission: r.read,
	}, func(ctx context.Context, c *call, in *Paging) (*tagged[page[T]], error) {
		now, err := c.current(ctx)
		if err != nil {
			return nil, err
		}
		return paged(r.list(now), *in, r.key)
	})
	register(h, operation{
		id: "get-" + r.one, method: http.MethodGet, path: r.path + "/{id}", tag: r.many, summary: "Get one of the " + words(r.many), permission: r.read,
	}, func(ctx context.Context, c *call, in *ByID) (*tagged[T], error) {
		now, err := c.current(ctx)
		if err != nil {
			return nil, err
		}
		x, err := r.find(now, in.ID)
		if err != nil {
			return nil, err
		}
		return answered(x)
	})
	if r.put != nil {
		r.registerChanges(h)
	}
}

func (r resource[I, T]) registerChanges(h *Handler) {
	register(h, operation{
		id: "create-" + r.one, method: http.MethodPost, path: r.path, tag: r.many, summary: "Create one of the " + words(r.many), doc: r.createDoc,
		permission: r.write, status: http.StatusCreated, within: changeTime, problems: configured,
	}, func(ctx context.Context, c *call, in *creating[I]) (*changedAnswer[T], error) {
		ref := r.named(in.Body)
		return r.change(ctx, c, in.Changing, false, true, &ref, func(next *store.Configuration) error {
			if _, err := r.find(next, r.named(in.Body)); err == nil && !r.revives(next, r.named(in.Body)) {
				return directory.Errorf(directory.Conflict, "there is one of the %s named %q already: change that, or choose another name", words(r.many), r.named(in.Body))
			}
			return r.put(next, "", in.Body)
		})
	})
	register(h, operation{
		id: "replace-" + r.one, method: http.MethodPut, path: r.path + "/{id}", tag: r.many, summary: "Replace one of the " + words(r.many),
		doc: r.replaceDoc, permission: r.write, within: changeTime, conditional: true, problems: configured,
	}, func(ctx context.Context, c *call, in *replacing[I]) (*changedAnswer[T], error) {
		ref := in.ID
		return r.change(ctx, c, in.Changing, in.Absent, false, &ref, func(next *store.Configuration) error {
			x, err := r.find(next, in.ID)
			if err != nil {
				return err
			}
			if err := c.match(x); err != nil {
				return err
			}
			ref = r.key(x)
			return r.put(next, ref, in.Body)
		})
	})
	if r.remove == nil {
		return
	}
	register(h, operation{
		id: "delete-" + r.one, method: http.MethodDelete, path: r.path + "/{id}", tag: r.many, summary: "Delete one of the " + words(r.many),
		doc: r.deleteDoc, permission: r.write, status: http.StatusOK, within: changeTime, conditional: true, problems: configured,
	}, func(ctx context.Context, c *call, in *deleting) (*changedAnswer[T], error) {
		result, err := c.change(ctx, in.Changing, admin.Options{Absent: in.Absent}, func(next *store.Configuration) error {
			x, err := r.find(next, in.ID)
			if err != nil {
				return err
			}
			if err := c.match(x); err != nil {
				return err
			}
			r.remove(next, r.key(x))
			return nil
		})
		if err != nil {
			return nil, err
		}
		return &changedAnswer[T]{Status: http.StatusOK, Body: changed[T]{Outcome: result}}, nil
	})
}

// change does a change and reads the object that came of it: the one that ref names once the edit has run.
func (r resource[I, T]) change(ctx context.Context, c *call, in Changing, absent, created bool, ref *string, edit func(*store.Configuration) error) (*changedAnswer[T], error) {
	var planned *store.Configuration
	result, err := c.change(ctx, in, admin.Options{Absent: absent}, func(next *store.Configuration) error {
		planned = next
		return edit(next)
	})
	if err != nil {
		return nil, err
	}
	now := planned
	if !in.Plan {
		if now, err = c.current(ctx); err != nil {
			return nil, err
		}
	}
	out := &changedAnswer[T]{Status: http.StatusOK, Body: changed[T]{Outcome: result}}
	if x, err := r.find(now, *ref); err == nil {
		out.Body.Object = &x
		if !in.Plan {
			out.ETag = tagOf(x)
			if created {
				out.Status, out.Location = http.StatusCreated, c.h.base+Root+r.path+"/"+url.PathEscape(r.key(x))
			}
		}
	}
	return out, nil
}

// find finds an object by its key, else by its name.
func (r resource[I, T]) find(c *store.Configuration, ref string) (T, error) {
	list := r.list(c)
	if i := slices.IndexFunc(list, func(x T) bool { return r.key(x) == ref }); i >= 0 {
		return list[i], nil
	}
	if i := slices.IndexFunc(list, func(x T) bool { return schema.Fold(r.name(x)) == schema.Fold(ref) }); i >= 0 {
		return list[i], nil
	}
	var none T
	return none, directory.Errorf(directory.NotFound, "there is nothing among the %s with the id or name %q", words(r.many), ref)
}

// archiving is what can be archived, and comes back when somebody makes one of its name.
type archiving interface{ isArchived() bool }

// revives reports whether the object of a name is only an archived one.
func (r resource[I, T]) revives(c *store.Configuration, ref string) bool {
	x, err := r.find(c, ref)
	a, ok := any(x).(archiving)
	return err == nil && ok && a.isArchived()
}
