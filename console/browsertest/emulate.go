package browsertest

import (
	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Viewport makes the window so many points wide and high, as a phone of 320 by 640 has it.
func (p *Page) Viewport(width, height int) {
	p.tb.Helper()
	p.size = [2]int64{int64(width), int64(height)}
	_, err := do(p.tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: int64(width), Height: int64(height), DeviceScaleFactor: 1})
	if err != nil {
		p.fail("set the window's size: %v", err)
	}
}

// Prefer has the person prefer the colour scheme "dark" or "light" (prefers-color-scheme).
func (p *Page) Prefer(scheme string) {
	p.tb.Helper()
	p.Feature("prefers-color-scheme", scheme)
}

// Feature sets a media feature that belongs to the person, such as "prefers-reduced-motion" to "reduce", "forced-colors" to
// "active" or "prefers-contrast" to "more".
func (p *Page) Feature(name, value string) {
	p.tb.Helper()
	p.media[name] = value
	var all []*emulation.MediaFeature
	for name, value := range p.media {
		all = append(all, &emulation.MediaFeature{Name: name, Value: value})
	}
	if _, err := do(p.tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: all}); err != nil {
		p.fail("set %s: %v", name, err)
	}
}

// Language has the browser ask for pages in these languages, as the header Accept-Language names them: "de-CH,de;q=0.9".
func (p *Page) Language(header string) {
	p.tb.Helper()
	if p.agent == "" {
		v, err := chromedp.CallBrowser(p.ctx, browser.GetVersion, cdp.Empty{})
		if err != nil {
			p.fail("ask for the browser's version: %v", err)
		}
		p.agent = v.UserAgent
	}
	if _, err := do(p.tab, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: p.agent, AcceptLanguage: header}); err != nil {
		p.fail("set the language: %v", err)
	}
}

// Zone puts the browser into a time zone, such as "Asia/Kolkata".
func (p *Page) Zone(id string) {
	p.tb.Helper()
	if _, err := do(p.tab, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: id}); err != nil {
		p.fail("set the time zone %s: %v", id, err)
	}
}

// JavaScript switches JavaScript off for the pages that are opened from now on, or on again.
func (p *Page) JavaScript(on bool) {
	p.tb.Helper()
	p.off = !on
	if _, err := do(p.tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		p.fail("switch JavaScript: %v", err)
	}
}
