package browsertest

import (
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
)

// Wait waits until the page, or the part, shows the text.
func (p *Page) Wait(text string) {
	p.tb.Helper()
	p.until(func() error {
		shown, err := p.shown()
		if err == nil && !strings.Contains(shown, text) {
			err = fmt.Errorf("there is no text %q", text)
		}
		return err
	})
	p.settle()
}

// WaitGone waits until the page, or the part, does not show the text any more.
func (p *Page) WaitGone(text string) {
	p.tb.Helper()
	p.until(func() error {
		shown, err := p.shown()
		if err == nil && strings.Contains(shown, text) {
			err = fmt.Errorf("there still is the text %q", text)
		}
		return err
	})
}

func (p *Page) shown() (string, error) {
	text, err := attempt[string](p, "function() { return (this.body || this).innerText || '' }")
	return strings.ReplaceAll(text, "\u00a0", " "), err
}

// WaitCSS waits until the page, or the part, has an element that the CSS selector means.
func (p *Page) WaitCSS(selector string) {
	p.tb.Helper()
	p.until(func() error {
		n, err := attempt[int](p, "function(selector) { return this.querySelectorAll(selector).length }", selector)
		if err == nil && n == 0 {
			err = fmt.Errorf("there is no element %s", selector)
		}
		return err
	})
	p.settle()
}

// WaitLocation waits until the page's address begins with this one, and has loaded.
func (p *Page) WaitLocation(start string) {
	p.tb.Helper()
	p.until(func() error {
		at, err := chromedp.Run(p.ctx, chromedp.Location())
		if err == nil && !strings.HasPrefix(at, start) {
			err = fmt.Errorf("the address is %s, and not %s", at, start)
		}
		return err
	})
	p.settle()
}

// Shows reports whether the page, or the part, shows the text now.
func (p *Page) Shows(text string) bool {
	p.tb.Helper()
	return strings.Contains(p.Text(), text)
}
