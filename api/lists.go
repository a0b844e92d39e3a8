package api

import (
	"strings"

	"rollcall/directory"
)

// all turns every element of a list; the result is never nil, so that it is [] in JSON.
func all[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i, x := range list {
		out[i] = f(x)
	}
	return out
}

// some is the list, never nil.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// putIn replaces the first element that is the one, or appends.
func putIn[T any](list []T, x T, is func(T) bool) []T {
	for i := range list {
		if is(list[i]) {
			list[i] = x
			return list
		}
	}
	return append(list, x)
}

// sameKey refuses a body that names another key than the path: keys are never changed.
func sameKey(what, path, body string) error {
	if path != "" && path != body {
		return directory.Errorf(directory.Immutable, "the key of a %s is never changed: the path says %q and the body %q", what, path, body)
	}
	return nil
}

// words is an id of the document as people read it.
func words(id string) string { return strings.ReplaceAll(id, "-", " ") }
