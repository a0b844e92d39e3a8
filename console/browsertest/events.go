package browsertest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// events remembers what a tab told of itself: whether it is on its way to another page, and what went wrong in it.
type events struct {
	mu        sync.Mutex
	frame     cdp.FrameID
	loading   bool
	changed   chan struct{} // closed at the next change of loading
	documents map[network.RequestID]bool
	problems  []string
	expected  []string
	dialog    func() // answers one
}

func (e *events) of(frame cdp.FrameID, dialog func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.frame, e.dialog = frame, dialog
}

// take takes an event. It runs between the browser's messages, so that it only writes down.
func (e *events) take(event any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch x := event.(type) {
	case *page.EventFrameRequestedNavigation:
		e.load(x.FrameID, true)
	case *page.EventFrameStartedLoading:
		e.load(x.FrameID, true)
	case *page.EventFrameStoppedLoading:
		e.load(x.FrameID, false)
	case *network.EventRequestWillBeSent:
		if x.Type == network.ResourceTypeDocument {
			if e.documents == nil {
				e.documents = map[network.RequestID]bool{}
			}
			e.documents[x.RequestID] = true
		}
	case *cdplog.EventEntryAdded:
		// The status of the page itself is the test's business: a refusal is a page too.
		itself := x.Entry.Source == cdplog.EntrySourceNetwork && e.documents[x.Entry.NetworkRequestID]
		if x.Entry.Level == cdplog.EntryLevelError && !itself {
			e.problems = append(e.problems, strings.TrimSpace(fmt.Sprintf("%s: %s %s", x.Entry.Source, x.Entry.Text, x.Entry.URL)))
		}
	case *runtime.EventConsoleAPICalled:
		if x.Type == "error" || x.Type == "assert" {
			var words []string
			for _, a := range x.Args {
				words = append(words, strings.TrimSpace(a.Description+" "+strings.Trim(string(a.Value), `"`)))
			}
			e.problems = append(e.problems, "console: "+strings.Join(words, " "))
		}
	case *runtime.EventExceptionThrown:
		text := x.ExceptionDetails.Text
		if x.ExceptionDetails.Exception != nil {
			text += " " + x.ExceptionDetails.Exception.Description
		}
		e.problems = append(e.problems, fmt.Sprintf("exception: %s %s", text, x.ExceptionDetails.URL))
	case *page.EventJavascriptDialogOpening:
		e.problems = append(e.problems, fmt.Sprintf("dialog: %s: %s", x.Type, x.Message))
		if e.dialog != nil {
			go e.dialog() // it waits for the browser, which waits for us
		}
	}
}

func (e *events) load(frame cdp.FrameID, loading bool) {
	if frame != e.frame || e.loading == loading {
		return
	}
	e.loading = loading
	if e.changed != nil {
		close(e.changed)
		e.changed = nil
	}
}

// still returns nil when the tab is not on its way anywhere, else what is closed when that changes.
func (e *events) still() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.loading {
		return nil
	}
	if e.changed == nil {
		e.changed = make(chan struct{})
	}
	return e.changed
}

// settle waits until the tab has arrived where the last step sent it.
func (p *Page) settle() {
	p.tb.Helper()
	// What the step set off, such as a form's submission, waits in the page's queue. An answer comes from behind it.
	for range 2 {
		_, _ = attempt[bool](&Page{tab: p.tab}, "function() { return true }") // fails where the page is just going
	}
	ctx, cancel := context.WithTimeout(p.ctx, bound)
	defer cancel()
	for {
		changed := p.events.still()
		if changed == nil {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			p.fail("the page was still loading after %s", bound)
		}
	}
}

// answer accepts a dialog, which would hold up everything else.
func (p *Page) answer() {
	_, _ = chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true}) // the dialog is a problem by itself
}

// Problems are the errors that the tab's pages have logged so far: console errors, uncaught exceptions, violations of their
// Content Security Policy, parts that did not load, dialogs. Each begins with its kind, such as "security: ".
func (p *Page) Problems() []string {
	p.events.mu.Lock()
	defer p.events.mu.Unlock()
	return slices.Clone(p.events.problems)
}

// Expect says that the tab will log an error that has this text in it; the test fails when it does not.
func (p *Page) Expect(text string) {
	p.events.mu.Lock()
	defer p.events.mu.Unlock()
	p.events.expected = append(p.events.expected, text)
}

// finish tells at the test's end of what the pages logged.
func (p *Page) finish() {
	p.tb.Helper()
	logged := p.Problems()
	for _, text := range p.events.expected {
		has := func(problem string) bool { return strings.Contains(problem, text) }
		if !slices.ContainsFunc(logged, has) {
			p.tb.Errorf("no page logged an error with %q in it; logged were %q", text, p.Problems())
		}
		logged = slices.DeleteFunc(logged, has)
	}
	for _, problem := range logged {
		p.tb.Errorf("a page logged an error: %s", problem)
	}
}
