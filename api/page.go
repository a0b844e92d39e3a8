package api

import (
	"encoding/base64"
	"slices"

	"rollcall/directory"
)

// page is one page of a list.
type page[T any] struct {
	Items []T    `json:"items" doc:"The objects, in the list's order."`
	Next  string `json:"next" doc:"The cursor of the next page; empty on the last one." example:""`
}

// Paging are the parameters of lists.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"How many objects at most." example:"100"`
	Cursor string `query:"cursor" maxLength:"2000" doc:"Where to go on: next of the page before." example:"YWdlbnQ"`
}

// paged cuts a page out of a list that is in memory. key names each object; the cursor is that of the last one that was
// told. One that is no longer there is refused: the list has to be begun again.
func paged[T any](list []T, p Paging, key func(T) string) (*tagged[page[T]], error) {
	from := 0
	if p.Cursor != "" {
		after, err := base64.RawURLEncoding.DecodeString(p.Cursor)
		at := slices.IndexFunc(list, func(x T) bool { return key(x) == string(after) })
		if err != nil || at < 0 {
			return nil, directory.Errorf(directory.Invalid, "the cursor is not one of this list, or what it stood at is gone: begin again without it")
		}
		from = at + 1
	}
	to := min(len(list), from+p.Limit)
	out := page[T]{Items: list[from:to:to]}
	if out.Items == nil {
		out.Items = []T{}
	}
	if to < len(list) {
		out.Next = base64.RawURLEncoding.EncodeToString([]byte(key(list[to-1])))
	}
	return answered(out)
}
