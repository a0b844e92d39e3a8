package ldaptest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"
	"github.com/jimlambrt/gldap"
)

func (m *Misbehaving) handleSearch(w *gldap.ResponseWriter, r *gldap.Request) {
	message, err := r.GetSearchMessage()
	if err != nil {
		_ = w.Write(r.NewResponse(gldap.WithApplicationCode(gldap.ApplicationSearchResultDone), gldap.WithResponseCode(gldap.ResultProtocolError)))
		return
	}
	a := &answer{m: m, w: w, r: r, message: message, search: Search{
		Base: message.BaseDN, Filter: message.Filter, Scope: message.Scope, Attributes: message.Attributes, Page: 1,
	}}
	for _, c := range message.Controls {
		a.search.Controls = append(a.search.Controls, c.GetControlType())
		if p, ok := c.(*gldap.ControlPaging); ok {
			a.paging = p
		}
	}
	a.run()
}

// answer is what the server says to one search request.
type answer struct {
	m       *Misbehaving
	w       *gldap.ResponseWriter
	r       *gldap.Request
	message *gldap.SearchMessage
	search  Search
	paging  *gldap.ControlPaging
	refused bool // the cookie is unknown
}

func (a *answer) run() {
	filter, err := goldap.CompileFilter(a.message.Filter)
	if err != nil {
		a.done(gldap.ResultProtocolError, "the filter cannot be read", nil)
		return
	}
	m := a.m
	m.mu.Lock()
	if a.search.root() {
		fault := m.fault(a.search)
		a.note(fault)
		dse := m.root
		m.mu.Unlock()
		if fault != nil {
			a.fail(fault, []Record{dse})
			return
		}
		a.entries([]Record{dse})
		a.done(gldap.ResultSuccess, "", nil)
		return
	}
	records, found := a.choose(filter)
	fault := m.fault(a.search)
	sync := m.sync
	a.note(fault)
	m.mu.Unlock()

	switch {
	case fault != nil:
		a.fail(fault, records)
	case a.refused:
		a.done(gldap.ResultUnwillingToPerform, "paged results cookie is invalid", nil)
	case sync != nil && slices.Contains(a.search.Controls, goldap.ControlTypeSyncRequest):
		a.synced(sync)
	case !found:
		a.done(gldap.ResultNoSuchObject, "", nil)
	default:
		a.page(records, 0)
	}
}

// root reports whether the root DSE is asked for.
func (s Search) root() bool { return s.Base == "" && s.Scope == gldap.BaseObject }

// note counts the search. The lock is held.
func (a *answer) note(f *Fault) {
	a.m.seen.Searches++
	a.m.searches = append(a.m.searches, a.search)
	if f != nil && f.Stall {
		a.m.seen.Stalled++
	}
	a.m.changed.Broadcast()
}

// fault returns the first that hits the search, or nil. The lock is held.
func (m *Misbehaving) fault(s Search) *Fault {
	for i := range m.faults {
		f := &m.faults[i]
		if f.Times < 0 || !under(s.Base, f.Base) || (f.Page != 0 && f.Page != s.Page) || (f.Where != nil && !f.Where(s)) || (f.Where == nil && s.root()) {
			continue
		}
		if f.Times == 1 {
			f.Times = -1
		} else if f.Times > 1 {
			f.Times--
		}
		hit := *f
		return &hit
	}
	return nil
}

// fail answers as the fault has it.
func (a *answer) fail(f *Fault, records []Record) {
	some := records[:min(f.After, len(records))]
	switch {
	case f.Cut:
		a.entries(some)
		a.write(a.m.token(nil))
	case len(f.Raw) > 0:
		a.raw(f.Raw)
	case f.Stall:
		a.entries(some)
		<-a.m.stop
	case len(f.Referrals) > 0:
		a.raw(referral(a.message.GetID(), f.Referrals))
	case f.Code != 0:
		a.entries(some)
		a.done(f.Code, f.Text, nil)
	case f.Empty:
		a.done(gldap.ResultSuccess, "", a.cookie(nil))
	case f.IgnoresPages:
		a.entries(records)
		a.done(gldap.ResultSuccess, "", nil)
	case f.LosesCookie:
		a.entries(records[:min(a.size(), len(records))])
		a.done(gldap.ResultSuccess, "", a.cookie(nil))
	case f.RepeatsPage:
		a.entries(records[:min(a.size(), len(records))])
		a.done(gldap.ResultSuccess, "", a.cookie(a.keep(records, a.search.Page+1)))
	default:
		a.page(records, 0, f.References...)
	}
}

// page sends the next page of the records, and what refers elsewhere.
func (a *answer) page(records []Record, sent int, references ...string) {
	limit := int(a.message.SizeLimit)
	size := a.size()
	if limit > 0 && limit < size && limit < len(records)-sent {
		a.entries(records[:limit])
		a.done(gldap.ResultSizeLimitExceeded, "", nil)
		return
	}
	n := min(size, len(records))
	a.entries(records[:n])
	for _, reference := range references {
		a.raw(continuation(a.message.GetID(), reference))
	}
	if a.paging == nil {
		a.done(gldap.ResultSuccess, "", nil)
		return
	}
	var next []byte
	if n < len(records) {
		next = a.keep(records[n:], a.search.Page+1)
	}
	a.done(gldap.ResultSuccess, "", a.cookie(next))
}

// size is how many entries go into the page.
func (a *answer) size() int {
	if a.paging == nil || a.paging.PagingSize == 0 {
		return int(^uint(0) >> 1)
	}
	return int(a.paging.PagingSize)
}

// keep stores what is still to come and returns the cookie that leads to it.
func (a *answer) keep(records []Record, page int) []byte {
	a.m.mu.Lock()
	defer a.m.mu.Unlock()
	a.m.serial++
	cookie := fmt.Sprintf("cookie-%d", a.m.serial)
	a.m.open[cookie] = rest{records: records, page: page}
	return []byte(cookie)
}

// cookie is the control that ends a page; nil where the search is not paged.
func (a *answer) cookie(next []byte) gldap.Control {
	if a.paging == nil {
		return nil
	}
	return &gldap.ControlPaging{Cookie: next}
}

func (a *answer) done(code int, text string, control gldap.Control) {
	d := a.r.NewSearchDoneResponse(gldap.WithResponseCode(code))
	d.SetDiagnosticMessage(text)
	if control != nil {
		d.SetControls(control)
	}
	_ = a.w.Write(d) // who has gone needs no answer
}

func (a *answer) write(dn string, options ...gldap.Option) {
	_ = a.w.Write(a.r.NewSearchResponseEntry(dn, options...)) // as above
}

func (a *answer) raw(packet []byte) { a.write(a.m.token(packet)) }

func (a *answer) entries(records []Record) {
	for _, r := range records {
		a.write(r.DN, gldap.WithAttributes(a.attributes(r)))
	}
}

// attributes returns what was asked for of the record. "*" is all but what a server computes or keeps for itself.
func (a *answer) attributes(r Record) map[string][]string {
	a.m.mu.Lock()
	most, endless := a.m.ranges, a.m.endless
	a.m.mu.Unlock()
	sent := map[string][]string{}
	all := len(a.search.Attributes) == 0 || slices.Contains(a.search.Attributes, "*")
	for name, values := range r.Attributes {
		if all && !operational[strings.ToLower(name)] {
			ranged(sent, name, values, 0, most, endless)
		}
	}
	for _, asked := range a.search.Attributes {
		base, option, _ := strings.Cut(asked, ";range=")
		from, _, _ := strings.Cut(option, "-")
		start, err := strconv.Atoi(from)
		if err != nil {
			start = 0
		}
		for name, values := range r.Attributes {
			if strings.EqualFold(name, base) || (asked == "+" && operational[strings.ToLower(name)]) {
				ranged(sent, name, values, start, most, endless)
			}
		}
	}
	return sent
}

// operational are the attributes that are sent only to who names them, by their names in lower case.
var operational = map[string]bool{
	"entryuuid": true, "entrycsn": true, "createtimestamp": true, "modifytimestamp": true, "memberof": true, "nsuniqueid": true,
	"nsaccountlock": true, "pwdaccountlockedtime": true, "contextcsn": true,
}

// ranged adds the values from start on, as a range where there are more than the most that an answer holds. As Active
// Directory does, the plain attribute then stands beside the range, without a value.
func ranged(to map[string][]string, name string, values []string, start, most int, endless bool) {
	if most <= 0 || (start == 0 && len(values) <= most) {
		to[name] = values
		return
	}
	if endless && len(values) > 0 {
		part := values[:min(most, len(values))]
		to[fmt.Sprintf("%s;range=%d-%d", name, start, start+len(part)-1)] = part
		return
	}
	if start >= len(values) {
		return
	}
	to[name] = nil
	end := min(start+most, len(values))
	last := strconv.Itoa(end - 1)
	if end == len(values) {
		last = "*"
	}
	to[fmt.Sprintf("%s;range=%d-%s", name, start, last)] = values[start:end]
}
