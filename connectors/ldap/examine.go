package ldap

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
)

// The levels of a [Finding].
const (
	OK      = "ok"
	Warning = "warning"
	Fault   = "fault"
)

// Finding is one thing that [Source.Examine] looked at.
type Finding struct {
	Level             string // OK, Warning or Fault
	Check             string // connection, encryption, server, people, groups, sample, canary, changes or index
	directory.Message        // what was found
	Write             string // what to do or to write, and where; "" where all is well
}

// Bounds of what an examination calls slow or near.
const (
	slowAnswer  = 5 * time.Second // until the first entry: a server that has an index needs milliseconds
	nearExpiry  = 30 * 24 * time.Hour
	sampleSize  = 50 // entries that are mapped on trial
	sampleBytes = 2000
)

// examination collects findings about a session.
type examination struct {
	*session
	findings []Finding
}

func (x *examination) add(level, check, write, format string, args ...any) {
	x.findings = append(x.findings, Finding{Level: level, Check: check, Write: write, Message: directory.Say(format, args...)})
}

func (x *examination) problem(level, check string, p directory.Problem) {
	said := p.Message
	if p.Subject != "" {
		said = directory.Quote(p.Subject).And(": ", said)
	}
	x.findings = append(x.findings, Finding{Level: level, Check: check, Write: p.Fix, Message: said})
}

// Examine looks at the directory as an administrator would who sets it up: each server, encryption, the kind of server,
// how many people and groups there are and how long the answer takes, a sample of how people are mapped, the canaries,
// how changes will be read, and whether the server has indexes for the filters. It reads only, and of people hardly more
// than their number. A sample shows one person's attributes: the findings are for an administrator, not for a log.
func (s *Source) Examine(ctx context.Context) []Finding {
	x := &examination{}
	x.servers(ctx, s)
	var r directory.Reading
	session, err := s.session(ctx, &r)
	if session == nil {
		if err != nil {
			x.add(Fault, "connection", "", "%v", err)
		}
		for _, p := range r.Problems {
			if len(x.findings) == 0 || strings.HasPrefix(p.Text, "reading what the server says") {
				x.problem(Fault, "connection", p)
			}
		}
		return x.findings
	}
	defer session.close()
	x.session = session
	x.server(ctx)
	for _, v := range []*view{x.users, x.groups} {
		if v != nil && ctx.Err() == nil {
			x.population(ctx, v)
		}
	}
	if x.groups == nil {
		x.add(Warning, "groups", "groups: {base: …}", "no groups are read, so no rule can be for one")
	}
	x.watched(ctx)
	x.changes(ctx)
	x.indexes(ctx)
	return x.findings
}

// servers tries each URL by itself: a replica that is needed one day should work today.
func (x *examination) servers(ctx context.Context, s *Source) {
	working := 0
	var faults []Finding
	for _, address := range s.settings.URLs {
		c, err := s.dial(ctx, address)
		if err != nil {
			p := describe(err)
			faults = append(faults, Finding{Level: Warning, Check: "connection", Message: directory.Quote(address).And(": ", p.Message), Write: p.Fix})
			continue
		}
		working++
		who := s.settings.BindDN
		switch {
		case who != "":
		case s.settings.ClientCertFile != "":
			who = "the client certificate's account"
		default:
			who = "anybody (anonymously)"
		}
		x.add(OK, "connection", "", "%s: connected and bound as %s", address, who)
		x.encryption(address, c)
		c.close()
	}
	for _, f := range faults {
		if working == 0 {
			f.Level = Fault
		}
		x.findings = append(x.findings, f)
	}
}

// encryption tells how a connection is encrypted, and until when.
func (x *examination) encryption(address string, c *conn) {
	state, ok := c.TLSConnectionState()
	if !ok || len(state.PeerCertificates) == 0 {
		x.add(Warning, "encryption", "write ldaps:// or start_tls: true", "%s: not encrypted: anybody on the way reads the password and everything else", address)
		return
	}
	until := state.PeerCertificates[0].NotAfter
	if left := time.Until(until); left < nearExpiry {
		x.add(Warning, "encryption", "renew the server's certificate", "%s: the server's certificate ends on %s, in %d days", address, until.UTC().Format(time.DateOnly), int(left.Hours()/24))
		return
	}
	x.add(OK, "encryption", "", "%s: %s, the server's certificate is good until %s", address, tls.VersionName(state.Version), until.UTC().Format(time.DateOnly))
}

// server tells which kind of server answers.
func (x *examination) server(ctx context.Context) {
	_, detected, err := x.detect(ctx)
	name := directory.Quote(strings.TrimSpace(strings.Join(append(x.root.get("vendorName"), x.root.get("vendorVersion")...), " ")))
	if name.Text == "" {
		name = directory.Say("the server does not say its version")
	}
	set := x.source.settings.Server
	switch {
	case err != nil:
		x.problem(Warning, "server", describe(err))
	case detected == "" && set == "":
		x.add(Warning, "server", "server: openldap # or active_directory, 389ds, freeipa", "the server does not say what it is (%s); it is taken for OpenLDAP", name)
	case detected != "" && set != "" && detected != set:
		x.add(Warning, "server", "server: "+detected, "the server says that it is %s, and the settings say %s", detected, set)
	default:
		x.add(OK, "server", "", "%s (%s)", x.kind, name)
	}
	if len(x.root.get("supportedControl")) > 0 && !x.root.offers(controlPaging) {
		x.add(Warning, "server", "let the server support the control "+controlPaging, "the server does not offer pages (RFC 2696), so its size limit may cut searches short")
	}
}

// population counts what a view finds, measures how long that takes, and maps a sample of it.
func (x *examination) population(ctx context.Context, v *view) {
	check, where, least := "people", "users", x.source.settings.MinimumPeople
	if v.kind == directory.GroupEntry {
		check, where, least = "groups", "groups", 0
	}
	if e, err := x.one(ctx, v.base, []string{"1.1"}); err != nil || e.DN == "" {
		p := directory.Problem{Message: directory.Say("there is no %q on the server, or the bind account may not see it", v.base), Fix: where + ".base: …"}
		if err != nil {
			p = describe(err)
		}
		x.problem(Fault, check, p)
		return
	}
	request := v.request()
	request.Attributes = []string{"1.1"}
	count, began := 0, time.Now()
	var first time.Duration
	completeness, problems, err := x.search(ctx, request, func(entries []*goldap.Entry) error {
		if count == 0 {
			first = time.Since(began)
		}
		count += len(entries)
		return nil
	})
	if err != nil {
		x.add(Fault, check, "", "%v", err)
		return
	}
	took := time.Since(began).Round(time.Millisecond)
	switch level := OK; {
	case completeness != directory.Complete:
		for _, p := range problems {
			x.problem(Fault, check, p)
		}
	case count == 0:
		x.add(Fault, check, where+": {base: …, filter: …}", "%s below %s finds nobody: check base and filter, and what the bind account may read", v.filter, v.base)
	case count < least:
		x.add(Fault, check, "minimum_people: …", "%d people, fewer than minimum_people (%d)", count, least)
	default:
		write := ""
		if first > slowAnswer {
			level, write = Warning, "index the attributes of the filter on the server"
		}
		x.add(level, check, write, "%d found by %s below %s in %s, the first after %s", count, v.filter, v.base, took, first.Round(time.Millisecond))
	}
	if count > 0 {
		x.sample(ctx, v, check)
	}
}

// sample maps some entries on trial, and shows one.
func (x *examination) sample(ctx context.Context, v *view, check string) {
	request := v.request()
	request.SizeLimit = sampleSize
	var ps problems
	shown, failed, of := "", 0, 0
	var empty []string
	var why error
	err := x.stream(ctx, func(ctx context.Context) goldap.Response { return x.SearchAsync(ctx, request, 1) }, func(r goldap.Response) error {
		if r.Entry() == nil {
			return nil
		}
		of++
		e, ok := v.entry(r.Entry(), &ps)
		if !ok {
			failed++
			return nil
		}
		doc, err := e.Resource()
		switch {
		case err != nil:
			failed++
			why = err
		case shown == "":
			if shown, err = show(doc, &e); err != nil {
				return err
			}
			empty = v.lacking(r.Entry())
		}
		return nil
	})
	if err != nil && !goldap.IsErrorWithCode(err, goldap.LDAPResultSizeLimitExceeded) {
		x.add(Warning, "sample", "", "%s: %v", check, searchFault(err, request, x.wire.hush.Load(), of, false))
	}
	for _, p := range ps.list[:min(3, len(ps.list))] {
		x.problem(Warning, "sample", p)
	}
	if why != nil {
		x.add(Warning, "sample", "", "%d of the first %d %s cannot be mapped: %v", failed, of, check, why)
	}
	if shown == "" {
		return
	}
	x.add(OK, "sample", "", "%s", shown)
	if len(empty) > 0 {
		x.add(OK, "sample", "", "that one has no value of %s", strings.Join(empty, ", "))
	}
}

// show writes what becomes of an entry.
func show(doc directory.Attributes, e *directory.Entry) (string, error) {
	text, err := json.Marshal(doc)
	if err != nil {
		return "", err
	}
	out := e.DN + " (" + e.ID + ") becomes " + string(text)
	if len(out) > sampleBytes {
		out = strings.ToValidUTF8(out[:sampleBytes], "") + "…"
	}
	if n := len(e.Members); n > 0 {
		out += fmt.Sprintf(", with %d members", n)
	}
	return out, nil
}

// lacking returns the mapped attributes that an entry has no value of.
func (v *view) lacking(e *goldap.Entry) (names []string) {
	var f found
	v.find(e, &f)
	for _, field := range v.fields {
		if !slices.ContainsFunc(field.names, func(name string) bool { return len(f.values(v.slots[name])) > 0 }) {
			names = append(names, strings.Join(field.names, " or "))
		}
	}
	return names
}

// watched asks for the canaries.
func (x *examination) watched(ctx context.Context) {
	n := len(x.source.settings.Canaries)
	if n == 0 || ctx.Err() != nil {
		return
	}
	c, err := x.canaries(ctx)
	if err != nil || c == directory.Complete {
		x.add(OK, "canary", "", "%d canaries found somebody", n)
		return
	}
	for _, p := range x.problems.all() {
		x.problem(Fault, "canary", p)
	}
}

// changes tells how a later reading will find out what changed.
func (x *examination) changes(ctx context.Context) {
	way := x.follower()
	switch cookie, err := way.begin(ctx); {
	case err != nil && !errors.Is(err, context.Canceled):
		x.problem(Warning, "changes", describe(err))
	case cookie == nil:
		x.add(Warning, "changes", "", "the server cannot tell what changed, so each sync reads everything")
	default:
		x.add(OK, "changes", "", "what changed is read by %s; everything is read every %s", way.mode(), x.source.settings.FullEvery)
	}
}
