package access

import (
	"slices"

	"rollcall/directory"
)

// question is one holder, one permission and one resource.
type question struct {
	m          *Model
	h          *Holder
	permission *Permission
	res        *Resource
	any        bool // may they at all
}

// right is one reason for which the holder has the permission. What it says is put in words only when somebody is told.
type right struct {
	scope directory.Scope
	group string // in this agent group only; "" for no such bound
	form  form
	entry *entry
	role  *role
	via   *Membership     // of byMember and bySight
	given directory.Scope // of byMember: before the ceiling
}

// form is how a right came to be.
type form uint8

const (
	byEntry      form = iota // the role or the option says so
	byMember                 // a membership of an agent group
	byEverywhere             // the role counts as a member of every agent group
	byOwn                    // what the role sees of agent groups holds one's own
	bySight                  // the visibility of an agent group
)

// denied returns the denial that covers the question, or nil.
func (q *question) denied() *entry {
	if !q.m.denies {
		return nil
	}
	for _, key := range q.h.Roles {
		if r := q.m.roles[key]; r != nil {
			if e := q.denial(r.entries[q.permission.Key]); e != nil {
				return e
			}
		}
	}
	for _, target := range q.h.Options {
		if o := q.option(target); o != nil {
			if e := q.denial(o.entries[q.permission.Key]); e != nil {
				return e
			}
		}
	}
	return nil
}

func (q *question) denial(list []entry) *entry {
	for i := range list {
		e := &list[i]
		if e.Mode == directory.Denied && (altogether(e.Scope) || !q.any && q.reaches(e.Scope)) {
			return e
		}
	}
	return nil
}

// altogether reports whether a denial of the scope leaves nothing.
func altogether(s directory.Scope) bool {
	return s == "" || s == directory.ScopeAll || s == directory.ScopeNone || s == directory.ScopePart
}

// option finds an option that is switched on and of a role that the holder has.
func (q *question) option(target string) *option {
	o := q.m.options[target]
	if o == nil || !slices.Contains(q.h.Roles, o.role) {
		return nil
	}
	return o
}

// rights appends every reason for which the holder has the permission, whatever the resource.
func (q *question) rights(out []right) []right {
	for _, key := range q.h.Roles {
		r := q.m.roles[key]
		if r == nil {
			continue
		}
		list := r.entries[q.permission.Key]
		for i := range list {
			out = q.give(out, r, &list[i])
		}
	}
	for _, target := range q.h.Options {
		o := q.option(target)
		if o == nil {
			continue
		}
		list := o.entries[q.permission.Key]
		for i := range list {
			if e := &list[i]; e.Mode == directory.Granted && q.on(q.m.roles[o.role], e) {
				out = append(out, right{scope: e.Scope, entry: e})
			}
		}
	}
	return out
}

// give appends what one entry of a role gives.
func (q *question) give(out []right, r *role, e *entry) []right {
	switch e.Mode {
	case directory.Forced:
		return append(out, right{scope: e.Scope, entry: e})
	case directory.Granted:
		switch {
		case !q.on(r, e):
			return out
		case q.permission.Visibility && e.Scope == directory.ScopeGroup && r.Ceiling == directory.ScopeGroup:
			return q.visible(out, r)
		}
		return append(out, right{scope: e.Scope, entry: e})
	case directory.Optional:
		if !q.switched(r, e) {
			return out
		}
		x := right{scope: e.Scope, entry: e}
		if x.scope == "" {
			x.scope = directory.ScopeNone
		}
		return append(out, x)
	case directory.ByMembership:
		if q.on(r, e) {
			return q.byMembership(out, r, e)
		}
	default: // a denial gives nothing
	}
	return out
}

// on reports whether a module is on that holds the entry's permission, or none is needed.
func (q *question) on(r *role, e *entry) bool {
	if len(e.modules) == 0 || len(r.Modules) == 0 {
		return true
	}
	on := q.modules(r)
	return slices.ContainsFunc(e.modules, func(key string) bool { return on[key] })
}

// modules is which of the role's modules are on for the holder.
func (q *question) modules(r *role) map[string]bool {
	if q.h.Profile == "" {
		return r.begins
	}
	p := q.m.profiles[q.h.Profile]
	switch {
	case p == nil:
		return nil // the profile is not there, and what it narrowed is not known
	case p.Role != r.Key:
		return r.begins
	default:
		return p.on
	}
}

// switched reports whether a module that is optional for the role is on and so switches on an optional permission.
func (q *question) switched(r *role, e *entry) bool {
	on := q.modules(r)
	return slices.ContainsFunc(e.modules, func(key string) bool {
		return on[key] && moduleMode(r.Role, key) == directory.Optional
	})
}
