package console

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// form is what somebody filled in, with what is wrong about it.
type form struct {
	values  url.Values
	faults  map[string]string // by the names of fields
	problem *problem          // of the whole
	now     string            // where that is which has changed since it was read, as it is now
	shown   bool              // what it would do is shown before it is done, whomever it touches
	secrets []field           // what is never sent to the browser again: it is asked for anew
}

// blank is a form that nobody has filled in yet; values are what it begins with, names and values in turn.
func blank(values ...string) *form {
	f := &form{values: url.Values{}, faults: map[string]string{}}
	for i := 0; i+1 < len(values); i += 2 {
		f.values.Add(values[i], values[i+1])
	}
	return f
}

// get is the text of a field, without space around it.
func (f *form) get(name string) string { return strings.TrimSpace(f.values.Get(name)) }

// list are the values of a field that has several.
func (f *form) list(name string) []string {
	return slices.DeleteFunc(slices.Clone(f.values[name]), func(x string) bool { return strings.TrimSpace(x) == "" })
}

// lines are the lines of a field, without those that are empty.
func (f *form) lines(name string) (out []string) {
	for line := range strings.Lines(f.values.Get(name)) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// has reports whether a box of the name is ticked, or one of the value.
func (f *form) has(name, value string) bool { return slices.Contains(f.values[name], value) }

func (f *form) on(name string) bool { return f.get(name) == "on" }

// wrong takes over what the API found wrong, and reports whether the form is to be shown again: an error that is not about
// what was filled in is passed on.
func (f *form) wrong(v *visit, err error) error {
	p := asProblem(err)
	if p == nil || p.Status >= 500 || p.Slug == "unauthenticated" || p.Slug == "missing-permission" || p.Slug == "not-found" && len(p.Errors) == 0 {
		return err
	}
	f.problem = p
	faults, _ := p.faultsOf(v)
	maps.Copy(f.faults, faults)
	return nil
}

// again are the fields of the form, but for some, to be sent again unseen. What makes it count once is never among them:
// what is sent next is another request.
func (f *form) again(but ...string) (out []pair) {
	names := make([]string, 0, len(f.values))
	for name := range f.values {
		if name != onceField && !slices.Contains(but, name) && !slices.ContainsFunc(f.secrets, func(x field) bool { return x.Name == name }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range f.values[name] {
			out = append(out, pair{name, value})
		}
	}
	return out
}

type pair struct{ name, value string }

// field is one field of a form.
type field struct {
	Name, Label string
	Hint        string
	Kind        string // text (the zero value), email, tel, url, number, password, datetime-local, textarea, select, checks, check
	Required    bool
	Max         int // characters; 0 for any
	Options     []option
	Auto        string // autocomplete
	Locked      string // says who owns it, where it cannot be changed here
	Rows        int
}

// option is a choice of a field.
type option struct {
	Value, Text string
	Hint        string
	Forced      bool // it cannot be left out
}

// mandatory is the field where it has to be filled in.
func (f field) mandatory() field {
	f.Required = true
	return f
}

func (f field) id() string { return "f-" + f.Name }

func (f field) kind() string {
	if f.Kind == "" {
		return "text"
	}
	return f.Kind
}

// about lists the elements that describe the field.
func (f field) about(x *form) string {
	var ids []string
	if f.Hint != "" || f.Locked != "" {
		ids = append(ids, f.id()+"-hint")
	}
	if x.faults[f.Name] != "" {
		ids = append(ids, f.id()+"-fault")
	}
	return strings.Join(ids, " ")
}
