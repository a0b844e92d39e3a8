package scim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// graph is which operations of a Bulk request refer to which others, by bulkId (RFC 7644 §3.7.2).
type graph struct {
	ops  []*bulkOp
	byID map[string]int // the POST of each bulkId

	order    []int        // in which the operations run
	deferred []int        // POSTs of cycles: made first without the references that are not there yet, completed later
	broken   map[int]bool // the same, as a set
}

const bulkIDPrefix = "bulkId:"

func newGraph(ops []*bulkOp) *graph {
	g := &graph{ops: ops, byID: map[string]int{}, broken: map[int]bool{}}
	for i, o := range ops {
		if o.method == http.MethodPost && o.bulkID != "" {
			g.byID[o.bulkID] = i
		}
	}
	for _, o := range ops {
		uses := map[string]bool{}
		inStrings(o.data, "", func(s string) string {
			for id := range references(s) {
				uses[id] = true
			}
			return s
		})
		for id := range references(o.path) {
			uses[id] = true
		}
		o.uses = slices.Sorted(maps.Keys(uses))
	}
	g.sort()
	return g
}

// sort orders the operations so that each comes after those that it refers to, else as they were sent. Where that cannot
// be, a POST of the cycle is made without.
func (g *graph) sort() {
	const (
		open = iota
		entered
		left
	)
	state := make([]int, len(g.ops))
	type frame struct{ op, next int }
	for root := range g.ops {
		if state[root] != open {
			continue
		}
		stack := []frame{{op: root}} // not recursion: a chain may be as long as the request
		state[root] = entered
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			uses := g.ops[top.op].uses
			if top.next == len(uses) {
				state[top.op] = left
				g.order = append(g.order, top.op)
				stack = stack[:len(stack)-1]
				continue
			}
			target, known := g.byID[uses[top.next]]
			top.next++
			switch {
			case !known || state[target] == left:
			case state[target] == entered:
				if !g.broken[top.op] { // what it refers to waits for it: this is where the cycle is broken
					g.broken[top.op] = true
					g.deferred = append(g.deferred, top.op)
				}
			default:
				state[target] = entered
				stack = append(stack, frame{op: target})
			}
		}
	}
}

// resolved returns an operation's data and path with ids for bulkIds. A reference that cannot be resolved is a fault, but
// in a POST that is to be completed later: there it is left out.
func (g *graph) resolved(i int) (data map[string]any, path string, fault *Error) {
	o := g.ops[i]
	ids := map[string]string{}
	missing := map[string]bool{}
	for _, use := range o.uses {
		target, known := g.byID[use]
		switch {
		case !known:
			return nil, "", refuse(invalidValue, "no operation that creates a resource has the bulkId %q", plain(use, 100))
		case g.ops[target].id != "":
			ids[use] = g.ops[target].id
		case g.broken[i] && !o.done && !g.ops[target].done:
			missing[use] = true
		default:
			return nil, "", &Error{Status: http.StatusConflict, Detail: "the operation with bulkId " + plain(use, 100) + ", to which this one refers, failed"}
		}
	}
	replace := func(s string) string {
		for id := range references(s) {
			if ids[id] != "" {
				s = strings.Replace(s, bulkIDPrefix+id, ids[id], 1)
			}
		}
		return s
	}
	data, _ = inStrings(without(o.data, missing), "", replace).(map[string]any)
	return data, replace(o.path), nil
}

// references yields the bulkIds that a string refers to: it is one, ends in one as a URL does, or has one in quotes as a
// PATCH path does.
func references(s string) map[string]bool {
	at := strings.Index(s, bulkIDPrefix)
	if at < 0 {
		return nil
	}
	out := map[string]bool{}
	switch rest := s[at+len(bulkIDPrefix):]; {
	case at == 0:
		out[rest] = true
	case s[at-1] == '/':
		id, _, _ := strings.Cut(rest, "/")
		out[id] = true
	case s[at-1] == '"':
		for _, part := range strings.Split(s, `"`+bulkIDPrefix)[1:] {
			if id, _, ok := strings.Cut(part, `"`); ok {
				out[id] = true
			}
		}
	}
	return out
}

// inStrings returns the value with each string that may be a reference replaced: a value, a URL, a manager or a path. Other
// strings are a client's own words.
func inStrings(value any, name string, replace func(string) string) any {
	switch value := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(value))
		for k, v := range value {
			out[k] = inStrings(v, k, replace)
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, v := range value {
			out[i] = inStrings(v, name, replace)
		}
		return out
	case string:
		name = strings.ToLower(name)
		for _, refers := range []string{"value", "$ref", "manager", "members", "path"} {
			if strings.HasSuffix(name, refers) {
				return replace(value)
			}
		}
	}
	return value
}

// without returns a resource without what refers to the missing bulkIds: elements, objects and strings.
func without(data map[string]any, missing map[string]bool) map[string]any {
	if len(missing) == 0 {
		return data
	}
	out, _ := prune(data, missing)
	object, _ := out.(map[string]any)
	return object
}

func prune(value any, missing map[string]bool) (pruned any, keep bool) {
	switch value := value.(type) {
	case string:
		for id := range references(value) {
			if missing[id] {
				return nil, false
			}
		}
	case []any:
		out := make([]any, 0, len(value))
		for _, v := range value {
			if v, keep := prune(v, missing); keep {
				out = append(out, v)
			}
		}
		return out, true
	case map[string]any:
		out := make(map[string]any, len(value))
		for k, v := range value {
			v, keep := prune(v, missing)
			if !keep && strings.EqualFold(k, "value") {
				return nil, false
			}
			if keep {
				out[k] = v
			}
		}
		return out, true
	}
	return value, true
}
