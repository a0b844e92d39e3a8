package browsertest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/runtime"
)

// rules are the tags of axe-core's rules that pages keep: WCAG 2.2, levels A and AA.
var rules = []string{"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"}

// violation is what axe-core says of a rule that the page breaks.
type violation struct {
	ID      string `json:"id"`
	Impact  string `json:"impact"`
	Help    string `json:"help"`
	HelpURL string `json:"helpUrl"`
	Nodes   []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

func (v violation) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s (%s): %s; %s", v.ID, v.Impact, v.Help, v.HelpURL)
	for _, n := range v.Nodes {
		fmt.Fprintf(&s, "\n    %s\n        %s", n.HTML, strings.ReplaceAll(n.Summary, "\n", "\n        "))
	}
	return s.String()
}

// Accessible fails the test for each rule of WCAG 2.2, levels A and AA, that axe-core finds the page to break.
func (p *Page) Accessible() {
	p.tb.Helper()
	for _, v := range p.violations() {
		p.tb.Errorf("%s breaks %s", p.Location(), v)
	}
}

// violations has axe-core look at the page. It comes by the DevTools protocol, which the page's policy does not bind.
func (p *Page) violations() []violation {
	p.tb.Helper()
	axe, err := os.ReadFile(filepath.Join(Modules(p.tb, "axe-core"), "axe-core", "axe.min.js"))
	if err != nil {
		p.tb.Fatal(err)
	}
	tags, err := json.Marshal(rules)
	if err != nil {
		p.tb.Fatal(err)
	}
	if p.off { // it needs timers; the page's own scripts stay unread
		p.JavaScript(true)
		defer p.JavaScript(false)
	}
	if got, err := do(p.tab, runtime.Evaluate, runtime.EvaluateParams{Expression: string(axe)}); err != nil || got.ExceptionDetails != nil {
		p.fail("load axe-core: %v %v", err, got.ExceptionDetails)
	}
	// The rule about the size of targets is off unless it is named.
	const run = `async function(tags) {
		const options = { runOnly: { type: 'tag', values: tags }, rules: { 'target-size': { enabled: true } }, resultTypes: ['violations'] }
		return (await axe.run(this, options)).violations
	}`
	out, err := attempt[[]violation](p, run, json.RawMessage(tags))
	if err != nil {
		p.fail("run axe-core: %v", err)
	}
	return out
}
