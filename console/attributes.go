package console

import (
	"strconv"

	"github.com/a-h/templ"
)

// described are the attributes by which a screen reader finds what belongs to a field.
func described(x *form, f field) templ.Attributes {
	a := templ.Attributes{}
	if ids := f.about(x); ids != "" {
		a["aria-describedby"] = ids
	}
	if x.faults[f.Name] != "" {
		a["aria-invalid"] = "true"
	}
	return a
}

func limited(f field) templ.Attributes {
	a := templ.Attributes{}
	if f.Max > 0 {
		a["maxlength"] = strconv.Itoa(f.Max)
	}
	if f.Auto != "" {
		a["autocomplete"] = f.Auto
	}
	return a
}
