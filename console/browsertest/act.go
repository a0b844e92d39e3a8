package browsertest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The roles of what people click, fill in and choose from, as Chromium names them.
var (
	clickable = []string{
		"button", "link", "checkbox", "radio", "switch", "tab", "menuitem", "menuitemcheckbox", "menuitemradio", "option", "DisclosureTriangle", "summary", "popUpButton",
	}
	fillable   = []string{"textbox", "searchbox", "spinbutton", "combobox", "Date", "DateTime", "InputTime", "slider", "ColorWell"}
	selectable = []string{"combobox", "listbox"}
	checkable  = []string{"checkbox", "radio", "switch"}
)

// Click clicks the one link, button, tab or the like that has this accessible name, and waits for where it leads.
func (p *Page) Click(name string) {
	p.tb.Helper()
	p.ClickRole("", name)
}

// ClickRole is [Page.Click] for one role, such as "link", where several things have the name; "" for any.
func (p *Page) ClickRole(role, name string) {
	p.tb.Helper()
	roles := clickable
	if role != "" {
		roles = []string{role}
	}
	p.until(func() error {
		e, err := p.one(name, roles...)
		if err != nil {
			return err
		}
		o, err := p.object(e)
		if err != nil {
			return err
		}
		return p.press(o)
	})
	p.settle()
}

// ClickCSS clicks the one element that a CSS selector means, and waits for where it leads. People find things by their names;
// it is for what has none.
func (p *Page) ClickCSS(selector string) {
	p.tb.Helper()
	p.until(func() error {
		o, err := p.part(selector, "")
		if err != nil {
			return err
		}
		return p.press(o)
	})
	p.settle()
}

// press clicks the middle of an element, when it can be seen there.
func (p *Page) press(o runtime.RemoteObjectID) error {
	if _, err := do(p.tab, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{ObjectID: o}); err != nil {
		return fmt.Errorf("it cannot be seen: %w", err)
	}
	quads, err := do(p.tab, dom.GetContentQuads, dom.GetContentQuadsParams{ObjectID: o})
	if err != nil {
		return fmt.Errorf("it cannot be seen: %w", err)
	}
	if len(quads.Quads) == 0 {
		return errors.New("it cannot be seen")
	}
	q := quads.Quads[0]
	x, y := (q[0]+q[2]+q[4]+q[6])/4, (q[1]+q[3]+q[5]+q[7])/4
	const hit = `function(x, y) {
		const e = document.elementFromPoint(x, y)
		if (!e || this.contains(e) || e.contains(this) || (this.labels && [...this.labels].some(l => l.contains(e)))) return ""
		return e.outerHTML.slice(0, 200)
	}`
	if above, err := on[string](p, o, hit, x, y); err != nil {
		return err
	} else if above != "" {
		return fmt.Errorf("it is covered by %s", above)
	}
	for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMouseMoved, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		event := input.DispatchMouseEventParams{Type: kind, X: x, Y: y}
		if kind != input.DispatchMouseEventTypeMouseMoved {
			one := int64(1)
			event.Button, event.ClickCount = input.MouseButtonLeft, one
		}
		if _, err := do(p.tab, input.DispatchMouseEvent, event); err != nil {
			return &hopeless{fmt.Errorf("click: %w", err)}
		}
	}
	return nil
}

// Fill writes into the field that has this label, in place of what it held. Dates and times are as the field's value is, such
// as "2026-11-22" and "14:30".
func (p *Page) Fill(label, value string) {
	p.tb.Helper()
	p.field(label, fillable, func(o runtime.RemoteObjectID) error {
		const ready = `function(value) {
			this.focus()
			if (this.readOnly) throw new Error("the field is read-only")
			if (['date', 'time', 'datetime-local', 'month', 'week', 'range', 'color'].includes(this.type)) {
				this.value = value
				this.dispatchEvent(new Event('input', { bubbles: true }))
				this.dispatchEvent(new Event('change', { bubbles: true }))
				if (this.value !== value) throw new Error('the field does not take ' + value)
				return true
			}
			if (this.select) this.select(); else document.getSelection().selectAllChildren(this)
			return false
		}`
		done, err := on[bool](p, o, ready, value)
		if err != nil || done {
			return err
		}
		if value == "" {
			return chromedp.Do(p.ctx, chromedp.KeyEvent(kb.Delete))
		}
		_, err = do(p.tab, input.InsertText, input.InsertTextParams{Text: value})
		return err
	})
}

// Select chooses the option with this text in the list that has this label.
func (p *Page) Select(label, option string) {
	p.tb.Helper()
	p.field(label, selectable, func(o runtime.RemoteObjectID) error {
		const choose = `function(text) {
			const there = [...this.options].map(o => o.text.trim())
			const at = there.indexOf(text)
			if (at < 0) return there.join(', ') || 'nothing'
			this.focus()
			if (this.multiple) this.options[at].selected = true; else this.selectedIndex = at
			this.dispatchEvent(new Event('input', { bubbles: true }))
			this.dispatchEvent(new Event('change', { bubbles: true }))
			return ''
		}`
		if there, err := on[string](p, o, choose, option); err != nil {
			return err
		} else if there != "" {
			return fmt.Errorf("%q has no option %q; there are: %s", label, option, there)
		}
		return nil
	})
}

// Check ticks the checkbox, switch or radio button that has this label, or unticks it.
func (p *Page) Check(label string, on bool) {
	p.tb.Helper()
	p.until(func() error {
		e, err := p.one(label, checkable...)
		if err != nil || (e.checked == "true") == on {
			return err
		}
		o, err := p.object(e)
		if err == nil {
			err = p.press(o)
		}
		if err != nil {
			return err
		}
		return fmt.Errorf("%s does not change", e) // unless the next look says otherwise
	})
	p.settle()
}

// Upload puts files into the field that has this label.
func (p *Page) Upload(label string, paths ...string) {
	p.tb.Helper()
	p.field(label, []string{"button"}, func(o runtime.RemoteObjectID) error {
		_, err := do(p.tab, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: paths, ObjectID: o})
		return err
	})
}

// Value is what the field with this label holds.
func (p *Page) Value(label string) (value string) {
	p.tb.Helper()
	p.field(label, slices.Concat(fillable, selectable), func(o runtime.RemoteObjectID) (err error) {
		value, err = on[string](p, o, "function() { return this.value === undefined ? this.innerText : this.value }")
		return err
	})
	return value
}

// Checked reports whether the checkbox, switch or radio button with this label is ticked.
func (p *Page) Checked(label string) (checked bool) {
	p.tb.Helper()
	p.until(func() error {
		e, err := p.one(label, checkable...)
		checked = e.checked == "true"
		return err
	})
	return checked
}

func (p *Page) field(label string, roles []string, f func(runtime.RemoteObjectID) error) {
	p.tb.Helper()
	p.until(func() error {
		e, err := p.one(label, roles...)
		if err != nil {
			return err
		}
		o, err := p.object(e)
		if err != nil {
			return err
		}
		return f(o)
	})
	p.settle()
}

// Submit presses Enter in the field that was filled in last, which submits its form.
func (p *Page) Submit() {
	p.tb.Helper()
	p.Press("Enter")
}

var named = map[string]string{
	"Tab": kb.Tab, "Enter": kb.Enter, "Escape": kb.Escape, "Space": " ", "Backspace": kb.Backspace, "Delete": kb.Delete, "Home": kb.Home, "End": kb.End,
	"ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight, "PageUp": kb.PageUp, "PageDown": kb.PageDown,
}

// Press presses keys one after the other, each by its name ("Tab", "Enter", "Escape", "ArrowDown", "a"), with "Shift+",
// "Control+" or "Alt+" before it, and waits for where they lead.
func (p *Page) Press(keys ...string) {
	p.tb.Helper()
	for _, key := range keys {
		var held []kb.Modifier
		rest := key
		for name, modifier := range map[string]kb.Modifier{"Shift+": kb.ModifierShift, "Control+": kb.ModifierCtrl, "Alt+": kb.ModifierAlt} {
			if strings.Contains(rest, name) {
				rest, held = strings.Replace(rest, name, "", 1), append(held, modifier)
			}
		}
		text, ok := named[rest]
		if !ok {
			if len([]rune(rest)) != 1 {
				p.fail("no key is called %q", key)
			}
			text = rest
		}
		if err := chromedp.Do(p.ctx, chromedp.KeyEvent(text, chromedp.KeyModifiers(held...))); err != nil {
			p.fail("press %s: %v", key, err)
		}
		p.settle()
	}
}

// Focused returns the role and the accessible name of what has the keyboard, such as "button", "Save". Where nothing has it,
// that is the page: "RootWebArea" and its title.
func (p *Page) Focused() (role, name string) {
	p.tb.Helper()
	p.until(func() error {
		got, err := do(p.tab, runtime.Evaluate, runtime.EvaluateParams{Expression: "document.activeElement === document.body ? document : document.activeElement || document"})
		if err != nil {
			return err
		}
		no := false
		tree, err := do(p.tab, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{ObjectID: got.Result.ObjectID, FetchRelatives: &no})
		if err != nil {
			return err
		}
		if len(tree.Nodes) == 0 {
			return errors.New("what has the keyboard is not known to assistive technology")
		}
		e := elementOf(tree.Nodes[0])
		role, name = e.role, e.name
		return nil
	})
	return role, name
}

// Names are the accessible names of what the page has of a role, such as "heading", "row" or "link", in the page's order.
func (p *Page) Names(role string) (out []string) {
	p.tb.Helper()
	p.until(func() error {
		all, err := p.elements(role)
		out = nil
		for _, e := range all {
			out = append(out, e.name)
		}
		return err
	})
	return out
}
