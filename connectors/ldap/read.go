package ldap

import (
	"context"
	"errors"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
)

// Read reads the directory: everything, or with a cookie of an earlier reading what changed since, where the server can
// tell. It does what [directory.Source] promises: a server that cannot be reached, or that stops in the middle, makes a
// Reading that says so, and no error.
func (s *Source) Read(ctx context.Context, since directory.Since, each func(directory.Page) error) (directory.Reading, error) {
	began := time.Now()
	r := directory.Reading{Mode: "full", Server: s.settings.Server, Users: directory.Failed, Groups: directory.Failed}
	x, err := s.session(ctx, &r)
	if x != nil {
		defer x.close()
		err = x.read(ctx, since, each, &r)
		r.Problems = append(r.Problems, x.problems.all()...)
	}
	r.Took = time.Since(began)
	if err != nil {
		return r, err
	}
	s.log.InfoContext(ctx, "read a directory", "server", r.Server, "mode", r.Mode, "users", r.Users, "groups", r.Groups, "problems", len(r.Problems), "took", r.Took)
	return r, nil
}

// session connects, and finds out what there is to ask. Without a server it returns nil, and the reading says why.
func (s *Source) session(ctx context.Context, r *directory.Reading) (*session, error) {
	c, faults, err := s.connect(ctx)
	r.Problems = append(r.Problems, faults...)
	switch {
	case errors.Is(err, errNoServer):
		return nil, nil //nolint:nilnil // the reading's problems say why
	case err != nil:
		return nil, err
	}
	x := &session{conn: c, source: s, kind: s.settings.Server}
	root, kind, err := c.detect(ctx)
	switch {
	case ctx.Err() != nil:
		c.close()
		return nil, ctx.Err()
	case err != nil && x.kind == "":
		// What to ask depends on what the server is. The wrong question could be answered with nobody.
		p := describe(err)
		p.Subject, p.Fix = c.url, p.Fix+"; or say in server which kind it is"
		r.Problems = append(r.Problems, p)
		c.close()
		return nil, nil //nolint:nilnil // the reading's problems say why
	}
	if x.root = root; x.kind == "" {
		if x.kind = kind; kind == "" {
			x.kind = directory.OpenLDAP // whose profile is made of standards
			s.log.WarnContext(ctx, "the directory server does not say what it is; it is taken for OpenLDAP", "url", c.url)
		}
	}
	if err = x.ask(); err != nil {
		c.close()
		return nil, err
	}
	r.Server, r.Fingerprint = x.kind, Fingerprint(s.settings, x.kind)
	return x, nil
}

// ask makes the views.
func (x *session) ask() (err error) {
	settings := x.source.settings
	if x.users, err = newView(directory.UserEntry, settings, x.source.mapping, x.kind); err != nil {
		return err
	}
	if settings.Groups.Base != "" {
		x.groups, err = newView(directory.GroupEntry, settings, x.source.mapping, x.kind)
	}
	return err
}

// read reads what changed, or everything.
func (x *session) read(ctx context.Context, since directory.Since, each func(directory.Page) error, r *directory.Reading) error {
	way := x.follower()
	seen, err := x.canaries(ctx)
	if err != nil {
		return err
	}
	if len(since.Cookie) > 0 && since.Fingerprint == r.Fingerprint {
		out, err := way.changes(ctx, since.Cookie, each)
		if !errors.Is(err, errReadAll) {
			r.Mode, r.Delta, r.Users, r.Groups = way.mode(), true, out.users.Worse(seen), out.groups
			if r.Completeness() == directory.Complete {
				r.Cookie = out.cookie
			}
			return err
		}
	}
	if r.Cookie, err = way.begin(ctx); err != nil {
		return err
	}
	if err = x.everything(ctx, way, each, r); err != nil {
		return err
	}
	r.Users = r.Users.Worse(seen)
	r.Cookie = way.learnt(r.Cookie)
	if r.Completeness() != directory.Complete {
		r.Cookie = nil // what this reading did not see, no later one would be told of
	}
	return nil
}

// everything reads all people and then all groups.
func (x *session) everything(ctx context.Context, way *delta, each func(directory.Page) error, r *directory.Reading) error {
	people, completeness, err := x.whole(ctx, x.users, way, each)
	if r.Users = completeness; err != nil {
		return err
	}
	if least := x.source.settings.MinimumPeople; people < least {
		r.Users = r.Users.Worse(directory.Partial)
		x.problems.add(directory.Problem{
			Kind: canary, Subject: x.users.filter, Message: directory.Say("%d people were found, and minimum_people is %d; so nobody counts as gone", people, least),
			Fix: "check users.base, users.filter and what the bind account may read; if so many left indeed, lower minimum_people",
		})
	}
	if x.groups == nil {
		r.Groups = directory.Complete
		return nil
	}
	_, r.Groups, err = x.whole(ctx, x.groups, way, each)
	return err
}

// whole reads all entries of a view. It returns how many it handed out.
func (x *session) whole(ctx context.Context, v *view, way *delta, each func(directory.Page) error) (count int, c directory.Completeness, err error) {
	lost := 0
	c, found, err := x.pages(ctx, v.request(), v.first, func(entries []*goldap.Entry) error {
		for _, e := range entries {
			way.saw(e)
		}
		page, without := x.page(v, entries)
		lost += without
		count += len(page.Entries)
		return each(page)
	})
	for _, p := range found {
		x.problems.add(p)
	}
	if lost > 0 {
		c = c.Worse(directory.Partial)
	}
	return count, c, err
}

// canaries asks for people who must be there. Each is a filter that has to find somebody among those whom the settings
// ask for. When one does not, something is wrong with the question or the answer, and nobody may count as gone.
func (x *session) canaries(ctx context.Context) (directory.Completeness, error) {
	c := directory.Complete
	for _, filter := range x.source.settings.Canaries {
		request := x.users.request()
		request.Filter, request.SizeLimit, request.Attributes = "(&"+x.users.filter+filter+")", 1, []string{"1.1"}
		found := false
		err := x.stream(ctx, func(ctx context.Context) goldap.Response { return x.SearchAsync(ctx, request, 1) }, func(r goldap.Response) error {
			found = found || r.Entry() != nil
			return nil
		})
		if ctx.Err() != nil {
			return c, ctx.Err()
		}
		if found {
			continue // whether there are more does not matter: the size limit says that there are
		}
		c = directory.Partial
		p := directory.Problem{
			Kind: canary, Subject: filter, Message: directory.Say("the canary found nobody, so nobody counts as gone"),
			Fix: "check users.base, users.filter and what the bind account may read; if that person left, name another one in canaries",
		}
		if err != nil {
			p.Message = directory.Say("the canary could not be asked for: %v", searchFault(err, request, x.wire.hush.Load(), 0, false))
		}
		x.problems.add(p)
	}
	return c, nil
}

// session is one reading: a bound connection and what is known about the server at its other end.
type session struct {
	*conn
	source   *Source
	root     *root  // the server's root DSE
	kind     string // of server: directory.OpenLDAP …
	users    *view
	groups   *view // nil when the settings name no base for groups
	problems problems
}

// follower reads what changed since an earlier reading, in a way that the server offers. delta.go chooses one.
type follower interface {
	// mode names the way, for [directory.Reading].
	mode() string
	// begin is called before everything is read. It returns the cookie from which a later reading may go on: what changes
	// while everything is read is then read again.
	begin(ctx context.Context) ([]byte, error)
	// changes hands each what changed since the cookie, people first. The outcome's cookie is for the next time. It
	// returns [errReadAll] when the server no longer knows the cookie or cannot tell what left.
	changes(ctx context.Context, cookie []byte, each func(directory.Page) error) (outcome, error)
}

// outcome is what became of reading the changes. Problems go to the session's.
type outcome struct {
	users, groups directory.Completeness
	cookie        []byte
}

// errReadAll says that changes cannot be told from here: everything has to be read.
var errReadAll = errors.New("the directory cannot tell what changed")

// page makes a page of what the server sent for v. Entries without an identifier are not in it but among the session's
// problems; lost counts them, and a search that lost one is partial.
func (x *session) page(v *view, entries []*goldap.Entry) (p directory.Page, lost int) {
	p = directory.Page{Kind: v.kind, Entries: make([]directory.Entry, 0, len(entries))}
	for _, raw := range entries {
		if e, ok := v.entry(raw, &x.problems); ok {
			p.Entries = append(p.Entries, e)
		} else {
			lost++
		}
	}
	return p, lost
}
