package console

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// momentOf reads a field of a date and a time in the reader's zone. What is no time is the field's fault; an empty one is nil.
func (v *visit) momentOf(f *form, name string) *time.Time {
	text := f.get(name)
	if text == "" {
		return nil
	}
	t, ok := v.parseInstant(text)
	if !ok {
		f.faults[name] = v.T("person.no_time")
		return nil
	}
	return &t
}

// parseInstant reads a date and a time as browsers send them, in the reader's zone.
func (v *visit) parseInstant(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, v.zone); err == nil && t.Year() >= 1970 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// connectionsKnown are the names of connections by their ids; none where the reader may not see them.
func (v *visit) connectionsKnown() (map[string]string, error) {
	out := map[string]string{}
	if !v.may("console.connections.read") {
		return out, nil
	}
	type named struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	list, err := whole[named](v, "/connections", nil)
	for _, c := range list {
		out[c.ID] = c.Name
	}
	return out, err
}

func connectionText(known map[string]string, id string) string {
	if name := known[id]; name != "" {
		return name
	}
	return id
}

// mostActors is how many of those who did something on one page are looked up; of the others the id is told.
const mostActors = 40

// actorWords says in words who did things: each a kind and an id with a colon between, as the API writes them.
func (v *visit) actorWords(list ...string) (map[string]string, error) {
	slices.Sort(list)
	list = slices.Compact(list)
	words := make([]string, len(list))
	var asks []func() error
	for i, actor := range list {
		kind, id, _ := strings.Cut(actor, ":")
		words[i] = v.actorText(kind, id)
		path, name := "", ""
		switch {
		case kind == "person" && v.may("users.view"):
			path = at("users", id)
		case kind == "apikey" && v.may("console.apikeys.manage"):
			path = at("api-keys", id)
		case kind == "connection" && v.may("console.connections.read"):
			path = at("connections", id)
		}
		if path == "" || len(asks) == mostActors {
			continue
		}
		asks = append(asks, func() error {
			var x struct {
				Name        string `json:"name"`
				DisplayName string `json:"display_name"`
				UserName    string `json:"user_name"`
			}
			err := v.get(path, nil, &x)
			if p := asProblem(err); p != nil && p.Status < 500 {
				return nil // who is not there any more, or not to be seen, keeps their id
			}
			if name = cmp.Or(x.DisplayName, x.UserName, x.Name); name != "" {
				words[i] = v.actorText(kind, name)
			}
			return err
		})
	}
	if err := v.all(asks...); err != nil {
		return nil, err
	}
	out := map[string]string{}
	for i, actor := range list {
		out[actor] = words[i]
	}
	return out, nil
}

func (v *visit) actorText(kind, name string) string {
	switch kind {
	case "person", "apikey", "connection", "cli", "guard":
		return v.T("person.by."+kind, "Name", name)
	case "system", "":
		return v.T("person.by.system")
	}
	return kind + ":" + name
}

// why says in words why somebody has a right.
func (o personOrigin) why(v *visit, actors map[string]string) string {
	switch {
	case o.Kind == "person":
		return v.T("person.why.person", "Actor", actors[o.Actor], "At", v.moment(o.At))
	case o.Kind == "direct":
		return v.T("person.why.direct", "Connection", o.Connection)
	case o.Kind == "rule" && o.Group != "" && o.Connection != "":
		return v.T("person.why.group", "Rule", o.Rule, "Group", o.Group, "Connection", o.Connection)
	case o.Kind == "rule" && o.Connection != "":
		return v.T("person.why.connection", "Rule", o.Rule, "Connection", o.Connection)
	case o.Kind == "rule":
		return v.T("person.why.rule", "Rule", o.Rule)
	default:
		return v.T("person.why.default")
	}
}

// originActors are those who gave rights by hand.
func originActors(lists ...[]personRight) (out []string) {
	for _, list := range lists {
		for _, r := range list {
			for _, o := range r.Origins {
				if o.Kind == "person" {
					out = append(out, o.Actor)
				}
			}
		}
	}
	return out
}

// personReturn is where the pages that suspend, resume and delete somebody lead: back to them, or to the list where they
// are left out of everything.
func personReturn(x personView, verb string) string {
	if verb == "delete" {
		return "/people"
	}
	return x.path()
}
