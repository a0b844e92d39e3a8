package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html
var docsTemplate string

//go:embed docs.css
var docsStyle string

// policy lets the page of the documentation use its own style and nothing else.
var policy = "default-src 'none'; style-src '" + styleHash() + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func styleHash() string {
	sum := sha256.Sum256([]byte(docsStyle))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// documentation is what the page shows.
type documentation struct {
	Title, Version string
	Style          template.CSS
	Intro          []string
	Groups         []docGroup
	Problems       []kindOfProblem
}

type docGroup struct {
	Name, Doc  string
	Operations []docOperation
}

type docOperation struct {
	ID, Method, Path, Summary, Permission string
	Doc                                   []string
	Params                                []docParam
	Body                                  []docField
	BodyExample                           string
	Status                                string
	Answer                                []docField
	AnswerExample                         string
	Problems                              []docProblem
}

type docParam struct{ Name, In, Type, Doc, Bounds string }

type docField struct {
	Name, Type, Doc, Bounds string
	Required                bool
}

type docProblem struct {
	Status string
	Slugs  []string
}

// page renders the documentation from the document.
func (h *Handler) page() []byte {
	d := h.huma.OpenAPI()
	out := documentation{
		Title: d.Info.Title, Version: d.Info.Version, Style: template.CSS(docsStyle), //nolint:gosec // it is part of the program
		Intro: strings.Split(d.Info.Description, "\n\n"), Problems: problems,
	}
	for _, t := range d.Tags {
		g := docGroup{Name: t.Name, Doc: t.Description}
		for _, path := range slices.Sorted(keysOf(d.Paths)) {
			for _, o := range operationsOf(d.Paths[path]) {
				if slices.Contains(o.Tags, t.Name) {
					g.Operations = append(g.Operations, h.docOperation(o))
				}
			}
		}
		if len(g.Operations) > 0 {
			out.Groups = append(out.Groups, g)
		}
	}
	var b bytes.Buffer
	if err := template.Must(template.New("docs").Parse(docsTemplate)).Execute(&b, out); err != nil {
		panic("api: docs.html: " + err.Error()) // it is part of the program
	}
	return b.Bytes()
}

func keysOf(m map[string]*huma.PathItem) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (h *Handler) docOperation(o *huma.Operation) docOperation {
	permission, _ := o.Extensions["x-permission"].(string)
	out := docOperation{
		ID: o.OperationID, Method: o.Method, Path: Root + o.Path, Summary: o.Summary, Permission: permission,
		Doc: slices.DeleteFunc(strings.Split(o.Description, "\n\n"), func(s string) bool { return s == "" || strings.HasPrefix(s, "Needs the permission ") }),
	}
	for _, p := range o.Parameters {
		out.Params = append(out.Params, docParam{p.Name, p.In, h.typeName(p.Schema), p.Description, bounds(p.Schema)})
	}
	if o.RequestBody != nil {
		for _, m := range o.RequestBody.Content {
			out.Body, out.BodyExample = h.fields("", m.Schema, 0), pretty(m.Example)
		}
	}
	for status, r := range o.Responses {
		switch {
		case status < "300":
			out.Status = status
			for _, m := range r.Content {
				out.Answer, out.AnswerExample = h.fields("", m.Schema, 0), pretty(m.Example)
			}
		case status >= "400":
			p := docProblem{Status: status}
			for _, m := range r.Content {
				for slug := range m.Examples {
					p.Slugs = append(p.Slugs, slug)
				}
			}
			sort.Strings(p.Slugs)
			out.Problems = append(out.Problems, p)
		}
	}
	slices.SortFunc(out.Problems, func(a, b docProblem) int { return strings.Compare(a.Status, b.Status) })
	return out
}

func pretty(v any) string {
	if v == nil {
		return ""
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}

// fields lists the properties of a schema, those of objects inside it below them.
func (h *Handler) fields(prefix string, s *huma.Schema, depth int) []docField {
	s = h.resolve(s)
	if s == nil || depth > 5 {
		return nil
	}
	if s.Type == huma.TypeArray {
		return h.fields(prefix+"[]", s.Items, depth+1)
	}
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	sort.Strings(names)
	var out []docField
	for _, name := range names {
		p := s.Properties[name]
		full := strings.TrimPrefix(prefix+"."+name, ".")
		out = append(out, docField{full, h.typeName(p), p.Description, bounds(p), slices.Contains(s.Required, name)})
		out = append(out, h.fields(full, p, depth+1)...)
	}
	return out
}

func (h *Handler) typeName(s *huma.Schema) string {
	s = h.resolve(s)
	switch {
	case s == nil || s.Type == "":
		return "any"
	case s.Type == huma.TypeArray:
		return "list of " + h.typeName(s.Items)
	case s.Format == "date-time":
		return "instant"
	default:
		return s.Type
	}
}

// bounds says what a value may be.
func bounds(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	var out []string
	if len(s.Enum) > 0 {
		var words []string
		for _, v := range s.Enum {
			words = append(words, fmt.Sprint(v))
		}
		out = append(out, "one of "+strings.Join(words, ", "))
	}
	number := func(label string, v *float64) {
		if v != nil {
			out = append(out, label+" "+strconv.FormatFloat(*v, 'f', -1, 64))
		}
	}
	number("at least", s.Minimum)
	number("at most", s.Maximum)
	if s.MaxLength != nil {
		out = append(out, "at most "+strconv.Itoa(*s.MaxLength)+" characters")
	}
	if s.MaxItems != nil {
		out = append(out, "at most "+strconv.Itoa(*s.MaxItems)+" items")
	}
	if s.Default != nil {
		out = append(out, fmt.Sprintf("default %v", s.Default))
	}
	return strings.Join(out, "; ")
}
