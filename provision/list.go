package provision

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"rollcall/directory"
	"rollcall/scim/schema"
	"rollcall/store"
)

// PeopleQuery asks for a page of people. What is left empty asks nothing. What can be named by an id can be named by its
// name, too.
type PeopleQuery struct {
	Search       string            // words, each of which stands somewhere in somebody's names, e-mail addresses, userName, phones or display id
	States       []directory.State // none: those that the setting list.hidden_states does not hide
	Role         string            // a role's key
	Profile      string
	AgentGroup   string
	Campaign     string
	Queue        string
	Strategy     string
	Company      string
	Connection   string // of a live account; [NoConnection] for people whom no connection owns
	Status, Seat string
	Sort         store.PeopleSort // "" for names
	Descending   bool
	Limit        int    // from 1 to [store.PeopleAtOnce]; 0 for 50
	Cursor       string // [PeoplePage.Next] of the page before, of the same question
}

// NoConnection asks for people whom no connection owns.
const NoConnection = "local"

// PeoplePage is a page of people.
type PeoplePage struct {
	People []View
	Next   string // the cursor of the next page; "" on the last one
	Total  int64  // of the whole list, when it was begun
}

// usualPage is how many people a page has unless somebody says otherwise.
const usualPage = 50

// maxSearch and maxWords bound what is searched for.
const maxSearch, maxWords = 200, 8

// List returns a page of the list of people. A filter that names nothing is an error of kind NotFound, a cursor of another
// question one of kind Invalid.
func (e *Engine) List(ctx context.Context, tenant string, q PeopleQuery) (PeoplePage, error) {
	var page PeoplePage
	reader := e.db.Reader(tenant)
	version, err := reader.ConfigVersion(ctx)
	if err != nil {
		return page, err
	}
	p, err := e.policy(ctx, reader, version, true)
	if err != nil {
		return page, err
	}
	asked, err := p.asked(q)
	if err != nil {
		return page, err
	}
	key, err := e.db.DerivedKey(ctx, tenant, "cursor")
	if err != nil {
		return page, err
	}
	mark := mark{key: key, question: questionOf(asked)}
	at := cursor{Total: -1}
	if q.Cursor != "" {
		if at, err = mark.read(q.Cursor); err == nil {
			asked.After, err = asked.Sort.Place(at.Place)
		}
		if err != nil {
			return page, directory.Errorf(directory.Invalid, "the cursor is not one of this list: begin again without it, and keep the question the same from page to page")
		}
	}
	asked.Total = at.Total < 0
	found, total, err := reader.ListPeople(ctx, asked)
	if err != nil {
		return page, err
	}
	page.Total = max(total, at.Total)
	if page.People, err = e.listed(ctx, reader, found); err != nil {
		return page, err
	}
	if len(found) == asked.Limit {
		place, err := json.Marshal(found[len(found)-1].Place)
		if err != nil {
			return page, fmt.Errorf("provision: cursor: %w", err)
		}
		page.Next = mark.write(cursor{place, page.Total})
	}
	return page, nil
}

// Listed calls each with everybody whom a question fits, page by page; its limit and cursor count for nothing.
func (e *Engine) Listed(ctx context.Context, tenant string, q PeopleQuery, each func(View) error) error {
	q.Limit, q.Cursor = store.PeopleAtOnce, ""
	for {
		page, err := e.List(ctx, tenant, q)
		if err != nil {
			return err
		}
		for _, v := range page.People {
			if err := each(v); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		q.Cursor = page.Next
	}
}

// listed reads the people of a page, in its order. Of directory groups only those that gave them something are named.
func (e *Engine) listed(ctx context.Context, reader store.Reader, found []store.ListedPerson) ([]View, error) {
	ids := make([]string, len(found))
	for i, x := range found {
		ids[i] = x.ID
	}
	people, err := reader.People(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var version int64
	for _, x := range people {
		version = max(version, x.ConfigVersion)
	}
	p, err := e.policy(ctx, reader, version, true)
	if err != nil {
		return nil, err
	}
	n := wording(p)
	if err := n.groupsOf(ctx, reader, people...); err != nil {
		return nil, err
	}
	views := make(map[string]View, len(people))
	for _, x := range people {
		views[x.ID] = n.view(x)
	}
	out := make([]View, 0, len(found))
	for _, id := range ids {
		if v, there := views[id]; there {
			out = append(out, v)
		}
	}
	return out, nil
}

// asked makes of a question in names one in ids.
func (p *policy) asked(q PeopleQuery) (store.PeopleQuery, error) {
	out := store.PeopleQuery{Sort: q.Sort, Descending: q.Descending, Limit: q.Limit, States: slices.Clone(q.States), Words: strings.Fields(q.Search)}
	if out.Sort == "" {
		out.Sort = store.SortName
	}
	if out.Limit == 0 {
		out.Limit = usualPage
	}
	switch {
	case !slices.Contains(store.PeopleSorts(), out.Sort):
		return out, directory.Errorf(directory.Invalid, "lists are sorted by one of %q", store.PeopleSorts())
	case out.Limit < 1 || out.Limit > store.PeopleAtOnce:
		return out, directory.Errorf(directory.Invalid, "a page has from 1 to %d people", store.PeopleAtOnce)
	case len(q.Search) > maxSearch || len(out.Words) > maxWords:
		return out, directory.Errorf(directory.Invalid, "a search has at most %d words and %d bytes", maxWords, maxSearch)
	}
	if err := p.askedStates(&out); err != nil {
		return out, err
	}
	for _, x := range []directory.Entitlement{
		{Kind: directory.RoleEntitlement, Target: q.Role},
		{Kind: directory.ProfileEntitlement, Target: q.Profile},
		{Kind: directory.AgentGroupEntitlement, Target: q.AgentGroup},
		{Kind: directory.CampaignEntitlement, Target: q.Campaign},
		{Kind: directory.QueueEntitlement, Target: q.Queue},
		{Kind: directory.StrategyEntitlement, Target: q.Strategy},
		{Kind: directory.CompanyEntitlement, Target: q.Company},
	} {
		if x.Target == "" {
			continue
		}
		x, err := p.named(x)
		if err != nil {
			return out, err
		}
		out.Rights = append(out.Rights, x)
	}
	return out, p.askedStanding(q, &out)
}

// askedStates fills in the states that lists show.
func (p *policy) askedStates(q *store.PeopleQuery) error {
	all := []directory.State{directory.Pending, directory.Active, directory.Suspended, directory.Deprovisioned}
	for _, s := range q.States {
		if !slices.Contains(all, s) {
			return directory.Errorf(directory.Invalid, "there is no state %q; there are %q", s, all)
		}
	}
	if len(q.States) == 0 {
		hidden := strings.Split(p.Setting("list.hidden_states"), ",")
		q.States = slices.DeleteFunc(all, func(s directory.State) bool { return slices.Contains(hidden, string(s)) })
	}
	slices.Sort(q.States)
	if q.States = slices.Compact(q.States); len(q.States) == len(all) {
		q.States = nil
	}
	return nil
}

// askedStanding fills in connection, status and seat.
func (p *policy) askedStanding(q PeopleQuery, out *store.PeopleQuery) error {
	if q.Connection != "" {
		i := slices.IndexFunc(p.Connections, func(c directory.Connection) bool {
			return c.ID == q.Connection || schema.Fold(c.Name) == schema.Fold(q.Connection)
		})
		id := ""
		switch {
		case i >= 0:
			id = p.Connections[i].ID
		case q.Connection != NoConnection:
			return directory.Errorf(directory.NotFound, "the tenant has no connection %q; %s finds people whom no connection owns", q.Connection, NoConnection)
		}
		out.Connection = &id
	}
	if q.Status != "" {
		out.Status = schema.Fold(q.Status)
		if !slices.ContainsFunc(p.Statuses, func(s directory.Status) bool { return s.Key == out.Status }) {
			return directory.Errorf(directory.NotFound, "the tenant has no status %q", q.Status)
		}
	}
	seats := []directory.SeatState{directory.SeatExempt, directory.SeatNone, directory.SeatHeld, directory.SeatBlocked}
	if out.Seat = directory.SeatState(q.Seat); q.Seat != "" && !slices.Contains(seats, out.Seat) {
		return directory.Errorf(directory.Invalid, "there is no seat state %q; there are %q", q.Seat, seats)
	}
	return nil
}

// cursor is where a page ended, and what was counted when the list was begun.
type cursor struct {
	Place json.RawMessage `json:"p"`
	Total int64           `json:"n"`
}

// mark seals cursors, so that one of another question, or one that somebody made up, is told from ours, and none tells whom
// its page ended with: whoever sees a part of the people may not see them. The same cursor has always the same text.
type mark struct {
	key      []byte
	question []byte
}

// questionOf is what must stay the same from page to page: all but the limit.
func questionOf(q store.PeopleQuery) []byte {
	q.Limit, q.After, q.Total = 0, nil, false
	text, err := json.Marshal(q)
	if err != nil {
		panic("provision: question: " + err.Error()) // our own plain struct
	}
	return text
}

func (m mark) sign(text []byte) []byte {
	h := hmac.New(sha256.New, m.key)
	h.Write(m.question)
	h.Write([]byte{0})
	h.Write(text)
	return h.Sum(nil)[:16]
}

func (m mark) write(c cursor) string {
	text, err := json.Marshal(c)
	if err != nil {
		panic("provision: cursor: " + err.Error()) // our own plain struct
	}
	sum := m.sign(text)
	return base64.RawURLEncoding.EncodeToString(append(sum, m.hide(sum, text)...))
}

// hide hides a text, or shows it again: AES in counter mode, begun at the text's own sum (the construction of RFC 5297).
func (m mark) hide(sum, text []byte) []byte {
	h := hmac.New(sha256.New, m.key)
	h.Write([]byte("hide"))
	block, err := aes.NewCipher(h.Sum(nil))
	if err != nil {
		panic("provision: cursor: " + err.Error()) // the key has its right length
	}
	out := make([]byte, len(text))
	cipher.NewCTR(block, sum).XORKeyStream(out, text)
	return out
}

func (m mark) read(text string) (c cursor, err error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) < 16 {
		return c, directory.Errorf(directory.Invalid, "this cursor was not made here")
	}
	shown := m.hide(b[:16], b[16:])
	if !hmac.Equal(b[:16], m.sign(shown)) {
		return c, directory.Errorf(directory.Invalid, "this cursor was not made here")
	}
	if err := json.Unmarshal(shown, &c); err != nil {
		return c, fmt.Errorf("provision: cursor: %w", err)
	}
	return c, nil
}
