package browsertest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Page is a tab of the browser, or a part of what it shows ([Page.In]). Its methods fail the test when they cannot do what
// they say. It is for one goroutine.
type Page struct {
	*tab

	within func() (runtime.RemoteObjectID, error) // the part; nil for all
}

// tab is what the parts of a page share.
type tab struct {
	tb     testing.TB
	ctx    context.Context
	frame  cdp.FrameID // the page's own, not those within it
	events events
	media  map[string]string
	off    bool // JavaScript
	agent  string
	size   [2]int64
}

// Start opens a tab that shares cookies and storage with no other, of 1280 by 800 points, and closes it when the test ends.
func Start(tb testing.TB) *Page {
	tb.Helper()
	return open(shared.get(tb), tb, chromedp.WithNewBrowserContext())
}

// Tab opens another tab of the same person: it shares this one's cookies and storage.
func (p *Page) Tab() *Page {
	p.tb.Helper()
	return open(p.ctx, p.tb)
}

func open(parent context.Context, tb testing.TB, options ...chromedp.ContextOption) *Page {
	tb.Helper()
	ctx, cancel := chromedp.NewContext(parent, options...)
	p := &Page{tab: &tab{tb: tb, ctx: ctx, media: map[string]string{}}}
	tb.Cleanup(func() {
		p.finish()
		cancel()
	})
	if err := chromedp.Listen(ctx, p.events.take); err != nil {
		tb.Fatalf("open a tab: %v", err)
	}
	p.frame = cdp.FrameID(chromedp.FromContext(ctx).Target.TargetID)
	p.events.of(p.frame, p.answer)
	// A tab behind another, such as one that a link opened, still acts as if it were looked at.
	if _, err := do(p.tab, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		tb.Fatalf("open a tab: %v", err)
	}
	p.Viewport(1280, 800)
	return p
}

// do runs a command of the DevTools protocol within the bound.
func do[P, R any](p *tab, command cdp.Command[P, R], params P) (R, error) {
	ctx, cancel := context.WithTimeout(p.ctx, bound)
	defer cancel()
	return chromedp.Call(ctx, command, params)
}

// Open goes to an address, as if it had been typed, and returns when the page has loaded, whatever its status.
func (p *Page) Open(url string) {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, bound)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		p.fail("open %s: %v", url, err)
	}
	p.settle()
}

// Reload loads the page again.
func (p *Page) Reload() {
	p.tb.Helper()
	p.Open(p.Location())
}

// Location is the address of the page that is shown.
func (p *Page) Location() string {
	p.tb.Helper()
	at, err := chromedp.Run(p.ctx, chromedp.Location())
	if err != nil {
		p.fail("ask for the address: %v", err)
	}
	return at
}

// Title is the page's.
func (p *Page) Title() string {
	p.tb.Helper()
	return read[string](p, "document.title")
}

// Text is what can be read of the page, or of the part.
func (p *Page) Text() string {
	p.tb.Helper()
	return strings.TrimSpace(strings.ReplaceAll(call[string](p, "function() { return (this.body || this).innerText || '' }"), "\u00a0", " "))
}

// HTML is the page's source as it stands, or that of the part.
func (p *Page) HTML() string {
	p.tb.Helper()
	return call[string](p, "function() { return (this.documentElement || this).outerHTML }")
}

// Evaluate returns the value of a JavaScript expression in the page, to which its policy does not apply. It is for what
// nobody sees; what people see is in [Page.Text].
func Evaluate[T any](p *Page, expression string) T {
	p.tb.Helper()
	return read[T](p, expression)
}

// Cookies are those that the browser would send to the page that is shown, HttpOnly ones too.
func (p *Page) Cookies() []*http.Cookie {
	p.tb.Helper()
	got, err := do(p.tab, network.GetCookies, network.GetCookiesParams{})
	if err != nil {
		p.fail("ask for the cookies: %v", err)
	}
	var out []*http.Cookie
	for _, c := range got.Cookies {
		x := &http.Cookie{Name: c.Name, Value: c.Value, Domain: c.Domain, Path: c.Path, Secure: c.Secure, HttpOnly: c.HTTPOnly}
		switch c.SameSite {
		case network.CookieSameSiteStrict:
			x.SameSite = http.SameSiteStrictMode
		case network.CookieSameSiteLax:
			x.SameSite = http.SameSiteLaxMode
		case network.CookieSameSiteNone:
			x.SameSite = http.SameSiteNoneMode
		}
		if !c.Session {
			x.Expires = time.Unix(int64(c.Expires), 0)
		}
		out = append(out, x)
	}
	return out
}

// Forget deletes the cookies of every page in the tab's browser context, as somebody does who is "signed out" that way.
func (p *Page) Forget() {
	p.tb.Helper()
	if _, err := do(p.tab, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		p.fail("delete the cookies: %v", err)
	}
}

// Close closes the tab before the test ends, and with it those that it opened by [Page.Tab]. What it logged counts still.
func (p *Page) Close() {
	p.tb.Helper()
	if err := chromedp.Cancel(p.ctx); err != nil {
		p.tb.Fatalf("close the tab: %v", err)
	}
}

// fail ends the test with what the page shows.
func (p *Page) fail(format string, args ...any) {
	p.tb.Helper()
	whole := &Page{tab: p.tab}
	at, _ := chromedp.Run(p.ctx, chromedp.Location()) // the failure says more
	text, err := attempt[string](whole, "function() { return this.body ? this.body.innerText : '' }")
	if err != nil {
		text = err.Error()
	}
	p.tb.Fatalf("%s\nThe page is %s%s:\n%s", fmt.Sprintf(format, args...), at, whole.picture(), indented(text, 4000))
}

func indented(text string, most int) string {
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + " …"
	}
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
}
