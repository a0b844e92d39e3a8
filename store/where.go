package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"rollcall/scim/filter"
	"rollcall/scim/schema"
)

// where compiles a resolved filter to a condition with "?" placeholders. The condition is true for exactly the rows for
// which filter.Match is true of the resource; where Match is false it is false or NULL. Nothing that a client wrote gets
// into its text: names are the schema's, values are arguments. What has no place in the database is a
// [*filter.AttributeError].
func where(d dialect, c columns, e filter.Expr) (text string, args []any, err error) {
	w := &conditions{dialect: d, columns: c}
	w.expr(e, nil)
	if w.err != nil {
		return "", nil, w.err
	}
	return w.text.String(), w.args, nil
}

type conditions struct {
	dialect
	columns
	text strings.Builder
	args []any
	err  error
}

// write adds text and the arguments of its placeholders.
func (w *conditions) write(text string, args ...any) {
	w.text.WriteString(text)
	w.args = append(w.args, args...)
}

// not negates what write adds as two truth values: what is NULL was not true.
func (w *conditions) not(write func()) {
	w.write("((")
	write()
	w.write(") IS NOT TRUE)")
}

// expr writes an expression; in is the element that it is about, or nil for the row.
func (w *conditions) expr(e filter.Expr, in *element) {
	switch e := e.(type) {
	case *filter.And:
		w.joined(e.Terms, " AND ", in)
	case *filter.Or:
		w.joined(e.Terms, " OR ", in)
	case *filter.Not:
		w.not(func() { w.expr(e.X, in) })
	case *filter.Compare:
		w.compare(e, in)
	case *filter.Present:
		w.present(e.Attr.Ref, in)
	case *filter.ValuePath:
		w.valuePath(e)
	default:
		w.err = errors.New("store: not a filter expression")
	}
}

func (w *conditions) joined(terms []filter.Expr, word string, in *element) {
	w.write("(")
	for i, t := range terms {
		if i > 0 {
			w.write(word)
		}
		w.expr(t, in)
	}
	w.write(")")
}

func (w *conditions) present(ref schema.Ref, in *element) {
	w.any(ref, in, func(v value) { w.write(v.present()) })
}

func (w *conditions) compare(e *filter.Compare, in *element) {
	ref := e.Attr.Ref
	switch {
	case e.Operand == nil && e.Op == filter.Ne:
		w.present(ref, in)
	case e.Operand == nil:
		w.not(func() { w.present(ref, in) })
	case e.Op == filter.Ne:
		w.not(func() { w.any(ref, in, func(v value) { w.test(v, filter.Eq, e) }) })
	default:
		w.any(ref, in, func(v value) { w.test(v, e.Op, e) })
	}
}

// valuePath writes that one element satisfies the filter.
func (w *conditions) valuePath(e *filter.ValuePath) {
	ref := e.Attr.Ref
	if ref == (schema.Ref{}) {
		w.write(never)
		return
	}
	w.elements(ref, func(in *element) {
		if _, ok := w.typed[ref.String()]; !ok && !ref.Attr.MultiValued {
			w.write(in.json + " IS NOT NULL AND ")
		}
		w.expr(e.Filter, in)
	})
}

// any writes that a value of the attribute satisfies what test writes.
func (w *conditions) any(ref schema.Ref, in *element, test func(value)) {
	switch {
	case ref == schema.Ref{}: // an attribute of other resource types
		w.write(never)
	case in != nil:
		w.element(in, ref, test)
	case ref.Attr == nil && !ref.Extension(): // the core schema itself
		w.write(always)
	case ref.Attr == nil:
		test(value{w.path(w.fold, ref.Schema.ID), asJSON})
	default:
		if v, ok := w.typed[ref.String()]; ok {
			w.known(v, ref, test)
			return
		}
		w.elements(ref, func(in *element) { w.element(in, ref, test) })
	}
}

func (w *conditions) known(v value, ref schema.Ref, test func(value)) {
	if v.kind == nowhere {
		w.refuse(ref)
		return
	}
	test(v)
}

func (w *conditions) refuse(ref schema.Ref) {
	w.err = &filter.AttributeError{Fault: filter.Mismatch, Attr: ref.String(), Text: ref.String() + " cannot be searched for"}
}

// element writes the test of one element's value: its own, or that of a sub-attribute.
func (w *conditions) element(in *element, ref schema.Ref, test func(value)) {
	if in.row != nil {
		name := ""
		if ref.Sub != nil {
			name = ref.Sub.Name
		}
		w.known(in.row[name], ref, test)
		return
	}
	leaf := ref.Leaf()
	switch {
	case ref.Sub != nil:
		if v, ok := w.typed[ref.String()]; ok {
			w.known(v, ref, test)
			return
		}
		test(w.json(in.json, leaf))
	case leaf.Type == schema.Complex:
		test(value{in.json, asJSON})
	case leaf.MultiValued:
		test(value{w.scalar(in.json), kindOf(leaf)})
	default:
		parent, _ := w.parent(ref)
		test(w.json(parent, leaf))
	}
}

// elements writes that there is an element of the attribute for which body's condition is true. An attribute that is not
// multi-valued has one.
func (w *conditions) elements(ref schema.Ref, body func(*element)) {
	path := schema.Ref{Schema: ref.Schema, Attr: ref.Attr}.String()
	if tables, ok := w.rows[path]; ok {
		if len(tables) == 0 {
			w.refuse(ref)
		}
		w.write("(")
		for i, t := range tables {
			if i > 0 {
				w.write(" OR ")
			}
			w.write("EXISTS (SELECT 1 FROM " + t.from)
			if t.connection {
				w.args = append(w.args, w.connection)
			}
			w.write(" AND (")
			body(&element{row: t.of})
			w.write("))")
		}
		w.write(")")
		return
	}
	_, whole := w.parent(ref)
	if !ref.Attr.MultiValued {
		w.write("(")
		body(&element{json: whole})
		w.write(")")
		return
	}
	w.write("EXISTS (SELECT 1 FROM " + w.dialect.elements(whole, "e") + " WHERE ")
	body(&element{json: "e.value"})
	w.write(")")
}

// test writes a comparison of one value with the operand; op is the operator to use in place of e's.
func (w *conditions) test(v value, op filter.Op, e *filter.Compare) {
	switch operand := e.Operand.(type) {
	case string:
		w.testText(v.sql, op, operand)
	case bool:
		if v.kind == asBool {
			w.write(v.sql+" = ?", operand)
		} else {
			w.write("CAST("+v.sql+" AS TEXT) = ?", fmt.Sprint(operand))
		}
	case time.Time:
		if v.kind == asMicros {
			w.write(v.sql+ordering(op)+"?", operand.UnixMicro())
		} else {
			w.write(v.sql+w.binary()+ordering(op)+"?", operand.Format(schema.Instant))
		}
	default:
		w.write("CAST("+v.sql+" AS NUMERIC)"+ordering(op)+"?", operand)
	}
}

// testText compares text byte by byte. Empty text is no value, so it satisfies nothing.
func (w *conditions) testText(sql string, op filter.Op, operand string) {
	if operand == "" || op == filter.Lt || op == filter.Le {
		w.write(sql + " <> '' AND ")
	}
	switch op {
	case filter.Eq:
		w.write(sql+" = ?", operand)
	case filter.Co:
		w.write(w.position(sql)+" > 0", operand)
	case filter.Sw: // a range, which an index can answer
		w.write(sql+w.binary()+" >= ?", operand)
		if end := afterPrefix(operand); end != "" {
			w.write(" AND "+sql+w.binary()+" < ?", end)
		}
	case filter.Ew:
		w.write("substr("+sql+", length("+sql+") - CAST(? AS INTEGER) + 1) = ?", utf8.RuneCountInString(operand), operand)
	default:
		w.write(sql+w.binary()+ordering(op)+"?", operand)
	}
}

func ordering(op filter.Op) string {
	switch op {
	case filter.Gt:
		return " > "
	case filter.Ge:
		return " >= "
	case filter.Lt:
		return " < "
	case filter.Le:
		return " <= "
	default:
		return " = "
	}
}

// afterPrefix returns the least text that is greater than every text with the prefix, or "" when there is none.
func afterPrefix(prefix string) string {
	runes := []rune(prefix)
	for i, last := range slices.Backward(runes) {
		next := last + 1
		if next == 0xD800 { // surrogates are no characters
			next = 0xE000
		}
		if next <= utf8.MaxRune {
			return string(append(runes[:i], next))
		}
	}
	return ""
}
