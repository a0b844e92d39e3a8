package browsertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
)

// until asks again and again until ask has no error, and fails the test with the last one.
func (p *Page) until(ask func() error) {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, bound)
	defer cancel()
	again := time.NewTicker(25 * time.Millisecond)
	defer again.Stop()
	for {
		err := ask()
		if err == nil {
			return
		}
		if final, ok := errors.AsType[*hopeless](err); ok {
			p.fail("%v", final.error)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			p.fail("waited %s: %v", bound, err)
		}
	}
}

// hopeless is an error that waiting does not mend.
type hopeless struct{ error }

// In returns the part of the page that is in the one element which the CSS selector means and which has the text in it, such
// as the row of a table: p.In("tr", "ada@example.com").Click("Edit"). Of elements within one another it is the innermost. An
// empty text does for any.
func (p *Page) In(selector, text string) *Page {
	return &Page{tab: p.tab, within: func() (runtime.RemoteObjectID, error) { return p.part(selector, text) }}
}

func (p *Page) part(selector, text string) (runtime.RemoteObjectID, error) {
	root, err := p.root()
	if err != nil {
		return "", err
	}
	const find = `function(selector, text) {
		const all = [...this.querySelectorAll(selector)].filter(e => (e.innerText || e.textContent).includes(text))
		const inner = all.filter(e => !all.some(other => other !== e && e.contains(other)))
		return inner.length === 1 ? inner[0] : String(inner.length)
	}`
	got, err := do(p.tab, runtime.CallFunctionOn, runtime.CallFunctionOnParams{FunctionDeclaration: applied(find), ObjectID: root, Arguments: arguments(selector, text)})
	switch {
	case err != nil:
		return "", err
	case got.ExceptionDetails != nil:
		return "", &hopeless{fmt.Errorf("%s: %s", selector, got.ExceptionDetails.Exception.Description)}
	case got.Result.ObjectID == "":
		return "", fmt.Errorf("there are %s elements %s with the text %q", strings.Trim(string(got.Result.Value), `"`), selector, text)
	}
	return got.Result.ObjectID, nil
}

// root is the object that the page's verbs look in.
func (p *Page) root() (runtime.RemoteObjectID, error) {
	if p.within != nil {
		return p.within()
	}
	got, err := do(p.tab, runtime.Evaluate, runtime.EvaluateParams{Expression: "document"})
	if err != nil {
		return "", err
	}
	return got.Result.ObjectID, nil
}

// arguments are a function's. They go as one list, since the protocol's encoding leaves out an empty text by itself; [applied]
// takes them apart.
func arguments(values ...any) []*runtime.CallArgument {
	b, err := json.Marshal(values)
	if err != nil {
		panic(err) // texts and numbers of this package
	}
	return []*runtime.CallArgument{{Value: b}}
}

func applied(function string) string {
	return "function(list) { return (" + function + ").apply(this, list || []) }"
}

// attempt calls a function with the page's document, or the part's element, as this.
func attempt[T any](p *Page, function string, args ...any) (T, error) {
	root, err := p.root()
	if err != nil {
		var none T
		return none, err
	}
	return on[T](p, root, function, args...)
}

// on calls a function with an object as this.
func on[T any](p *Page, object runtime.RemoteObjectID, function string, args ...any) (T, error) {
	var out T
	yes := true
	got, err := do(p.tab, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: applied(function), ObjectID: object, Arguments: arguments(args...), ReturnByValue: &yes, AwaitPromise: &yes,
	})
	if err != nil {
		return out, err
	}
	if got.ExceptionDetails != nil {
		return out, &hopeless{fmt.Errorf("%s %s", got.ExceptionDetails.Text, got.ExceptionDetails.Exception.Description)}
	}
	if len(got.Result.Value) == 0 { // undefined
		return out, nil
	}
	return out, json.Unmarshal(got.Result.Value, &out)
}

// call is [attempt] until it works: a page that is just going away answers nothing.
func call[T any](p *Page, function string, args ...any) T {
	p.tb.Helper()
	var out T
	p.until(func() (err error) {
		out, err = attempt[T](p, function, args...)
		return err
	})
	return out
}

func read[T any](p *Page, expression string) T {
	p.tb.Helper()
	return call[T](&Page{tab: p.tab}, "function() { return "+expression+"\n}")
}

// element is something on the page as assistive technology knows it.
type element struct {
	role, name string
	node       cdp.BackendNodeID
	disabled   bool
	checked    string
}

func (e element) String() string { return e.role + " " + fmt.Sprintf("%q", e.name) }

// elements returns what the page has of the roles; none for any.
func (p *Page) elements(roles ...string) ([]element, error) {
	root, err := p.root()
	if err != nil {
		return nil, err
	}
	tree, err := do(p.tab, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: root})
	if err != nil {
		return nil, err
	}
	var out []element
	for _, n := range tree.Nodes {
		if e := elementOf(n); !n.Ignored && n.BackendDOMNodeID != 0 && (len(roles) == 0 || slices.Contains(roles, e.role)) {
			out = append(out, e)
		}
	}
	return out, nil
}

func elementOf(n *accessibility.Node) element {
	e := element{role: text(n.Role), name: strings.Join(strings.Fields(text(n.Name)), " "), node: n.BackendDOMNodeID}
	for _, x := range n.Properties {
		if x.Name == accessibility.PropertyNameDisabled {
			e.disabled = text(x.Value) == "true"
		}
		if x.Name == accessibility.PropertyNameChecked {
			e.checked = text(x.Value)
		}
	}
	return e
}

func text(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var s string
	if json.Unmarshal(v.Value, &s) == nil {
		return s
	}
	return string(v.Value)
}

// one returns the one element of the name and of one of the roles.
func (p *Page) one(name string, roles ...string) (element, error) {
	all, err := p.elements(roles...)
	if err != nil {
		return element{}, err
	}
	var named []element
	var others []string
	for _, e := range all {
		if e.name == name {
			named = append(named, e)
		} else if e.name != "" && !slices.Contains(others, e.String()) {
			others = append(others, e.String())
		}
	}
	switch {
	case len(named) == 0:
		return element{}, fmt.Errorf("there is no %s called %q; there are: %s", strings.Join(roles, ", "), name, strings.Join(others, ", "))
	case len(named) > 1:
		return element{}, &hopeless{fmt.Errorf("there are several called %q: %v; say which by In or by role", name, named)}
	case named[0].disabled:
		return element{}, fmt.Errorf("%s is disabled", named[0])
	}
	return named[0], nil
}

// object is the element's JavaScript object.
func (p *Page) object(e element) (runtime.RemoteObjectID, error) {
	got, err := do(p.tab, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: e.node})
	if err != nil {
		return "", err
	}
	return got.Object.ObjectID, nil
}
