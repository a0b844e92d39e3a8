package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/jobs"
	"rollcall/scim/schema"
	"rollcall/store"
)

// Notice is something that is configured and does not work yet, or soon will not.
type Notice struct {
	About string `json:"about"` // preset, rule, connection, token, seat_pool or no_administrator
	Name  string `json:"name"`
	directory.Message
	Write string `json:"write,omitempty"` // the line to write: into the manifest, or on the command line
}

// soon is how long before its end a token is told about.
const soon = 30 * 24 * time.Hour

// Notices names a newer version of the tenant's preset, each rule whose group has not been seen or waits for an
// administrator, each connection that nobody has called or whose client speaks another dialect, each token that ends within
// 30 days with no other in its place, each connection that was never read, is stale, failing, quarantined or paused, and each
// seat pool that is full or over its limit.
func (a *Admin) Notices(ctx context.Context, c *store.Configuration) ([]Notice, error) {
	r := a.db.Reader(c.Tenant.ID)
	tokens, err := r.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	rules, err := a.ruleNotices(ctx, r, c)
	if err != nil {
		return nil, err
	}
	lonely, err := a.administratorNotice(ctx, r, c)
	if err != nil {
		return nil, err
	}
	sources, err := a.sourceNotices(ctx, c)
	if err != nil {
		return nil, err
	}
	seats, err := seatNotices(ctx, r, c)
	if err != nil {
		return nil, err
	}
	return slices.Concat(lonely, presetNotices(c), connectionNotices(c, tokens, time.Now()), sources, seats, rules), nil
}

// presetNotices offers a newer version of the preset. It is never taken by itself.
func presetNotices(c *store.Configuration) []Notice {
	switch id := NewerPreset(c); {
	case c.Tenant.Preset == "":
		return []Notice{{"preset", c.Tenant.Key, directory.Say("the tenant is from before there were presets: the next apply brings it to the standard one, and tells what changes"), ""}}
	case id != "":
		return []Notice{{"preset", c.Tenant.Preset, directory.Say("there is a newer version of the tenant's preset; a plan shows what it would change, and new permissions begin ungranted"), "preset: " + id}}
	}
	return nil
}

// administratorNotice tells that nobody who is active has a privileged role any more, where a group is there that gives
// one: leavers are never refused for being the last.
func (a *Admin) administratorNotice(ctx context.Context, r store.Reader, c *store.Configuration) ([]Notice, error) {
	privileged := map[string]bool{}
	for _, role := range c.Roles {
		privileged[role.Key] = role.Privileged || role.Owner
	}
	bindings, err := r.Bindings(ctx, "")
	if err != nil || !slices.ContainsFunc(c.Rules, func(x directory.Rule) bool {
		gives := slices.ContainsFunc(x.Roles, func(key string) bool { return privileged[key] })
		return gives && slices.ContainsFunc(bindings, func(b directory.Binding) bool { return b.Rule == x.ID && b.Confirmed })
	}) {
		return nil, err
	}
	for key, is := range privileged {
		if !is {
			continue
		}
		holders, err := r.Holders(ctx, key, 1000)
		if err != nil {
			return nil, err
		}
		people, err := r.People(ctx, holders...)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(people, func(x *store.Person) bool { return x.State == directory.Active }) {
			return nil, nil
		}
	}
	return []Notice{{"no_administrator", c.Tenant.Key, directory.Say("nobody who is active has a role that may administer: put somebody into a group that gives one"), ""}}, nil
}

func (a *Admin) ruleNotices(ctx context.Context, r store.Reader, c *store.Configuration) ([]Notice, error) {
	bindings, err := r.Bindings(ctx, "")
	if err != nil {
		return nil, err
	}
	bound, waits := map[string]bool{}, map[string]string{}
	for _, b := range bindings {
		bound[b.Rule] = true
		if !b.Confirmed {
			waits[b.Rule] = b.Group
		}
	}
	var out []Notice
	var unseen []directory.Rule
	for _, rule := range c.Rules {
		switch {
		case rule.Group == "" && rule.GroupID == "":
		case !bound[rule.ID]:
			unseen = append(unseen, rule)
		case waits[rule.ID] != "":
			out = append(out, Notice{
				"rule", rule.Name,
				directory.Say("the group %q has come, but the rule gives a privileged role, so it waits for you: pin the group by its id", rule.Group),
				"group_id: " + waits[rule.ID],
			})
		}
	}
	if len(unseen) == 0 {
		return out, nil
	}
	near, err := nearest(ctx, r, unseen)
	for _, rule := range unseen {
		n := Notice{About: "rule", Name: rule.Name}
		switch {
		case rule.GroupID != "":
			n.Message = directory.Say("no group has the id %s; it must be the id that rollcall gave it", rule.GroupID)
		case successor(ctx, r, rule) != "":
			n.Message = directory.Say("the group named %q that it was bound to is gone, and another one of that name, which was there already, is not bound by itself: pin it by its id", rule.Group)
			n.Write = "group_id: " + successor(ctx, r, rule)
		case near[rule.ID] != "":
			n.Message = directory.Say("no group named %q has been seen, but one named %q has", rule.Group, near[rule.ID])
			n.Write = fmt.Sprintf("group: %q", near[rule.ID])
		default:
			n.Message = directory.Say("no group named %q has been seen: %v", rule.Group, whence(c.Connections))
		}
		out = append(out, n)
	}
	return out, err
}

// nearest finds, for each rule with a literal group, a group whose name has the same letters and digits: what differs is
// case, spaces or signs, as in a name that was copied by hand.
func nearest(ctx context.Context, r store.Reader, rules []directory.Rule) (map[string]string, error) {
	wanted := map[string][]string{}
	for _, rule := range rules {
		if key := letters(rule.Group); key != "" && !captures(rule.Group) {
			wanted[key] = append(wanted[key], rule.ID)
		}
	}
	found := map[string]string{}
	err := r.GroupNames(ctx, func(g store.GroupName) error {
		for _, id := range wanted[letters(g.Name)] {
			if found[id] == "" {
				found[id] = g.Name
			}
		}
		return nil
	})
	return found, err
}

// letters is a name without what people get wrong when they copy it.
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t-_./\\:()[]'\"\u00a0\u2010\u2013\u2014", r) {
			return -1
		}
		return r
	}, schema.Fold(name))
}

func connectionNotices(c *store.Configuration, tokens []directory.Token, now time.Time) []Notice {
	var out []Notice
	for _, x := range c.Connections {
		if x.Kind != directory.SCIM {
			continue // nobody calls it
		}
		var live []directory.Token
		var used *directory.Token
		for i, t := range tokens {
			if t.Connection != x.ID {
				continue
			}
			if t.Live(now) {
				live = append(live, t)
			}
			if t.LastUsedAt != nil && (used == nil || t.LastUsedAt.After(*used.LastUsedAt)) {
				used = &tokens[i]
			}
		}
		create := fmt.Sprintf("rollcall token create --tenant %s --connection %s", c.Tenant.Key, jobs.ShellWord(x.Name))
		switch {
		case len(live) == 0:
			out = append(out, Notice{"connection", x.Name, directory.Say("no token opens the connection"), create})
		case used == nil:
			out = append(out, Notice{"connection", x.Name, directory.Say("no request has come in: give the identity provider the base URL and the token"), ""})
		}
		if used != nil {
			if dialect := spokenBy(used.UserAgent); dialect != "" && dialect != x.Dialect {
				out = append(out, Notice{
					"connection", x.Name,
					directory.Say("its client calls itself %q, and the connection's dialect is %s", used.UserAgent, x.Dialect),
					"dialect: " + string(dialect),
				})
			}
		}
		if n := expiring(live, now); n != nil {
			out = append(out, Notice{
				"token", n.ID,
				directory.Say("the last token of connection %s ends on %s; make another, give it to the identity provider, then revoke this one", x.Name, n.ExpiresAt.UTC().Format(time.DateOnly)),
				create,
			})
		}
	}
	return out
}

// spokenBy tells the dialect of a client from how it calls itself, or "" when it does not say.
func spokenBy(userAgent string) directory.Dialect {
	agent := strings.ToLower(userAgent)
	switch {
	case strings.Contains(agent, "okta"):
		return directory.Okta
	case strings.Contains(agent, "azure"), strings.Contains(agent, "entra"), strings.Contains(agent, "microsoft"):
		return directory.Entra
	}
	return ""
}

// expiring returns the live token that ends last when that is soon, or nil.
func expiring(live []directory.Token, now time.Time) *directory.Token {
	if len(live) == 0 || slices.ContainsFunc(live, func(t directory.Token) bool { return t.ExpiresAt == nil || t.ExpiresAt.Sub(now) > soon }) {
		return nil
	}
	last := slices.MaxFunc(live, func(a, b directory.Token) int { return a.ExpiresAt.Compare(*b.ExpiresAt) })
	return &last
}

// whence says where a group that has not been seen would come from.
func whence(connections []directory.Connection) directory.Message {
	reads := slices.ContainsFunc(connections, func(c directory.Connection) bool { return c.Kind == directory.LDAP })
	pushed := slices.ContainsFunc(connections, func(c directory.Connection) bool { return c.Kind == directory.SCIM })
	switch {
	case reads && pushed:
		return directory.Say("push it from the identity provider, or sync the directory that has it below groups.base")
	case reads:
		return directory.Say("sync the directory; if it was synced, look at groups.base and groups.filter")
	}
	return directory.Say("push it from the identity provider")
}

// successor finds a group of a rule's name for a rule that is bound to none: a second one, which came while the first was
// still there.
func successor(ctx context.Context, r store.Reader, rule directory.Rule) string {
	if rule.Group == "" || captures(rule.Group) {
		return ""
	}
	found, err := r.GroupsNamed(ctx, rule.Group)
	i := slices.IndexFunc(found, func(g store.GroupName) bool { return rule.Connection == "" || rule.Connection == g.Connection })
	if err != nil || i < 0 {
		return ""
	}
	return found[i].ID
}
