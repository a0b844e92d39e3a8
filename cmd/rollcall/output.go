package main

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"unicode"

	"github.com/schollz/progressbar/v3"

	"rollcall/provision"
)

// list is a JSON document with one long list, written as its elements come. A document that was not ended is cut off, so
// that nobody takes half of a list for the whole.
type list struct {
	w     *bufio.Writer
	items int
	err   error
}

// list begins the document.
func (p *program) list(name string) *list {
	p.printed = true
	l := &list{w: bufio.NewWriterSize(p.stdout, 64<<10)}
	l.write(`{"` + name + `":[`)
	return l
}

func (l *list) write(s string) {
	if l.err == nil {
		_, l.err = l.w.WriteString(s)
	}
}

// add writes one element.
func (l *list) add(v any) error {
	if l.items++; l.items > 1 {
		l.write(",\n")
	}
	l.write(encoded(v, &l.err))
	return l.err
}

// end closes the list, adds the members of rest, and ends the document.
func (l *list) end(rest any) error {
	l.write("]")
	if members := strings.TrimPrefix(encoded(rest, &l.err), "{"); members != "}" {
		l.write(",")
		l.write(members)
	} else {
		l.write("}")
	}
	l.write("\n")
	if l.err == nil {
		l.err = l.w.Flush()
	}
	return l.err
}

func encoded(v any, failed *error) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil && *failed == nil {
		*failed = err
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// plain makes text of others fit for a terminal: what is not printable could move the cursor or change colours.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// progress shows how far long work is, on a terminal only.
type progress struct{ bar *progressbar.ProgressBar }

func (p *program) progress(what string) progress {
	f, ok := p.stderr.(*os.File)
	if !ok {
		return progress{}
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return progress{}
	}
	return progress{progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(), progressbar.OptionSetItsString("people"),
		progressbar.OptionThrottle(200_000_000), progressbar.OptionClearOnFinish(),
	)}
}

func (p progress) set(done int) {
	if p.bar != nil {
		_ = p.bar.Set(done) // only a picture
	}
}

func (p progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish() // only a picture
	}
}

// phases shows the phases of a sync, one bar after the other.
type phases struct {
	*program

	flush func() error // what was written of lines, before a bar begins below them
	now   string
	bar   progress
}

func (p *program) phases(flush func() error) *phases { return &phases{program: p, flush: flush} }

// show moves the bar on.
func (x *phases) show(at provision.Progress) {
	if at.Phase != x.now {
		x.clear()
		_ = x.flush() // whoever writes keeps the error
		x.now, x.bar = at.Phase, x.progress(at.Phase)
	}
	if x.bar.bar == nil {
		return
	}
	if at.Total > 0 && x.bar.bar.GetMax64() != at.Total {
		x.bar.bar.ChangeMax64(max(at.Total, at.Done))
	}
	x.bar.set(int(at.Done))
}

// clear takes the bar away, so that lines can be written.
func (x *phases) clear() {
	x.bar.end()
	x.now, x.bar = "", progress{}
}
