package filter

import (
	"errors"
	"strings"

	"rollcall/scim/schema"
)

// Options say what [Resolve] forgives.
type Options struct {
	// Loose finds an extension's attribute without its URN where the name is unambiguous, and reads the texts "True" and
	// "False" as booleans.
	Loose bool
}

// Resolve returns a copy of e in which every attribute is bound to the resource type's schemas and every value is ready
// for comparison; attributes between brackets are sub-attributes of what stands before them. A value path that goes on
// after its brackets becomes one that has all its conditions within. What does not fit is an [*AttributeError].
func Resolve(e Expr, rt *schema.ResourceType, o Options) (Expr, error) {
	r := resolver{rt: rt, loose: o.Loose}
	resolved, err := r.resolve(e)
	if err != nil {
		return nil, err
	}
	return resolved, nil
}

// ResolveAny resolves e for each of the resource types, for a query over all of them (RFC 7644 §3.4.2.1). An attribute that
// only some of them have is absent in the others; one that none has is an error.
func ResolveAny(e Expr, rts []*schema.ResourceType, o Options) ([]Expr, error) {
	resolved := make([]Expr, len(rts))
	failures, unknown := map[Expr]int{}, map[Expr]error{}
	for i, rt := range rts {
		r := resolver{rt: rt, loose: o.Loose, unknown: unknown}
		clear(unknown)
		var err error
		if resolved[i], err = r.resolve(e); err != nil {
			return nil, err
		}
		for test := range unknown {
			failures[test]++
		}
	}
	var err error
	Walk(e, func(test Expr) bool {
		if err == nil && failures[test] == len(rts) {
			err = unknown[test]
		}
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	return resolved, nil
}

// Resolve returns the path bound to the resource type's schemas, its filter included.
func (p Path) Resolve(rt *schema.ResourceType, o Options) (Path, error) {
	r := resolver{rt: rt, loose: o.Loose}
	a := Attr{URN: p.URN, Name: p.Attr, Sub: p.Sub}
	ref, err := r.ref(a)
	if err != nil {
		return Path{}, err
	}
	p.Ref = ref
	if p.Filter == nil {
		return p, nil
	}
	if !bracketed(ref) {
		return Path{}, mismatch(a, "has no sub-attributes that could stand between brackets")
	}
	r.within = ref
	if p.Filter, err = r.resolve(p.Filter); err != nil {
		return Path{}, err
	}
	return p, nil
}

// bracketed reports whether the attribute has elements that brackets can tell apart: those of a complex one by their
// sub-attributes, and simple ones as "value", as clients write skills[value eq "x"].
func bracketed(ref schema.Ref) bool {
	return ref.Attr != nil && (ref.Attr.Type == schema.Complex || ref.Attr.MultiValued && ref.Sub == nil)
}

type resolver struct {
	rt      *schema.ResourceType
	loose   bool
	within  schema.Ref     // the attribute before the brackets, while between them
	unknown map[Expr]error // tests of attributes that rt does not have; nil where that is an error
}

func (r *resolver) resolve(e Expr) (Expr, error) {
	var out Expr
	var err error
	switch e := e.(type) {
	case *And:
		terms, err := r.terms(e.Terms)
		return &And{terms}, err
	case *Or:
		terms, err := r.terms(e.Terms)
		return &Or{terms}, err
	case *Not:
		x, err := r.resolve(e.X)
		return &Not{x}, err
	case *Compare:
		out, err = r.compare(e)
	case *Present:
		out, err = r.present(e)
	case *ValuePath:
		out, err = r.valuePath(e)
	}
	if fault, ok := errors.AsType[*AttributeError](err); ok && fault.Fault == Unknown && r.unknown != nil && r.within.Attr == nil {
		r.unknown[e] = err
		return absent(e), nil
	}
	return out, err
}

func (r *resolver) terms(terms []Expr) ([]Expr, error) {
	out := make([]Expr, len(terms))
	for i, t := range terms {
		var err error
		if out[i], err = r.resolve(t); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// absent returns the test with the outcome that it has where its attribute does not exist.
func absent(e Expr) Expr {
	switch e := e.(type) {
	case *Compare:
		c := &Compare{Attr: e.Attr, Op: e.Op, Value: e.Value}
		c.Attr.Ref = schema.Ref{}
		if c.Value != "" {
			c.Operand = c.Value
		}
		return c
	case *Present:
		return &Present{Attr{URN: e.Attr.URN, Name: e.Attr.Name, Sub: e.Attr.Sub}}
	case *ValuePath:
		none := &Present{Attr{URN: e.Attr.URN, Name: e.Attr.Name}}
		if e.Then == nil {
			return none
		}
		if then, ok := absent(e.Then).(*Compare); ok && then.denies() {
			return &Not{none}
		}
		return none
	}
	return e
}

func (r *resolver) present(e *Present) (Expr, error) {
	a, err := r.searchable(e.Attr)
	return &Present{a}, err
}

func (r *resolver) compare(e *Compare) (Expr, error) {
	a, err := r.searchable(e.Attr)
	if err != nil {
		return nil, err
	}
	c := &Compare{Attr: a, Op: e.Op, Value: e.Value, bare: e.bare}
	if a.Ref.Sub == nil && a.Ref.Attr != nil && a.Ref.Attr.Type == schema.Complex {
		c.Attr.Ref.Sub = a.Ref.Attr.SubAttribute("value")
	}
	return c, c.prepare(r.loose)
}

// valuePath resolves what stands between the brackets relative to the attribute before them, and takes in what follows
// them: ne and "eq null" deny that there is such an element, everything else asks for one.
func (r *resolver) valuePath(e *ValuePath) (Expr, error) {
	a, err := r.searchable(e.Attr)
	if err != nil {
		return nil, err
	}
	if !bracketed(a.Ref) {
		return nil, mismatch(a, "has no sub-attributes that could stand between brackets")
	}
	inner := *r
	inner.within = a.Ref
	x, err := inner.resolve(e.Filter)
	if err != nil || e.Then == nil {
		return &ValuePath{Attr: a, Filter: x}, err
	}
	then, err := inner.resolve(e.Then)
	if err != nil {
		return nil, err
	}
	c, isCompare := then.(*Compare)
	denied := isCompare && c.denies()
	switch {
	case isCompare && c.Operand == nil:
		then = &Present{c.Attr}
	case denied:
		then = c.equals()
	}
	out := Expr(&ValuePath{Attr: a, Filter: &And{[]Expr{x, then}}})
	if denied {
		out = &Not{out}
	}
	return out, nil
}

// searchable resolves an attribute that a filter asks for.
func (r *resolver) searchable(a Attr) (Attr, error) {
	ref, err := r.ref(a)
	if err != nil {
		return a, err
	}
	if ref.Attr != nil && ref.Attr.Returned == schema.Never || ref.Sub != nil && ref.Sub.Returned == schema.Never {
		return a, &AttributeError{Fault: Sensitive, Attr: a.String(), Text: ref.String() + " is never returned, so it cannot be searched for"}
	}
	a.Ref = ref
	return a, nil
}

func (r *resolver) ref(a Attr) (schema.Ref, error) {
	if r.within.Attr != nil {
		if r.within.Attr.Type != schema.Complex && strings.EqualFold(a.Name, "value") && a.URN == "" && a.Sub == "" {
			return r.within, nil
		}
		if sub := r.within.Attr.SubAttribute(a.Name); sub != nil && a.URN == "" && a.Sub == "" {
			return schema.Ref{Schema: r.within.Schema, Attr: r.within.Attr, Sub: sub}, nil
		}
		return schema.Ref{}, r.unknownAttr(a)
	}
	find := r.rt.Resolve
	if r.loose {
		find = r.rt.ResolveLoose
	}
	ref, ok := find(a.URN, a.Name, a.Sub)
	if !ok {
		return ref, r.unknownAttr(a)
	}
	return ref, nil
}

func (r *resolver) unknownAttr(a Attr) error {
	e := &AttributeError{Fault: Unknown, Attr: a.String(), Nearest: r.nearest(a)}
	where := r.rt.Name
	if r.within.Attr != nil {
		where = r.within.String()
	}
	e.Text = "there is no attribute " + string(appendQuoted(nil, shorten(e.Attr))) + " in " + where
	if e.Nearest != "" {
		e.Text += "; the nearest is " + e.Nearest
	}
	return e
}

func mismatch(a Attr, text string) *AttributeError {
	return &AttributeError{Fault: Mismatch, Attr: a.String(), Text: a.String() + " " + text}
}
