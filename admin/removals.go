package admin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"rollcall/directory"
	"rollcall/store"
)

// checkRemovals refuses to remove what is in use, unless it is said that it shall go all the same.
func (a *Admin) checkRemovals(ctx context.Context, r store.Reader, m *merger) error {
	tokens, err := r.Tokens(ctx)
	if err != nil {
		return err
	}
	m.refused, m.leaving = nil, nil
	for _, c := range m.current.Connections {
		if slices.ContainsFunc(m.next.Connections, func(n directory.Connection) bool { return n.ID == c.ID }) {
			continue
		}
		used, err := r.ConnectionInUse(ctx, c.ID)
		if err != nil {
			return err
		}
		live := slices.ContainsFunc(tokens, func(t directory.Token) bool { return t.Connection == c.ID && t.RevokedAt == nil })
		switch {
		case used && m.going[c.ID].Do == "":
			m.refuse("the connection %[1]q still owns users or groups; say in the manifest what becomes of them, then apply again: "+
				"{name: %[1]s, state: absent, offboarding: keep} (they stay as they are, and no connection owns them), "+
				"{name: %[1]s, state: absent, offboarding: suspend} (they stay, suspended), or "+
				"{name: %[1]s, state: absent, offboarding: {move: CONNECTION}} (another connection owns them)", c.Name)
		case used:
			if err := a.checkOffboarding(ctx, r, m, c); err != nil {
				return err
			}
		case live && !m.absent[objectKey{"connection", c.ID}]:
			m.refuse("the connection %q has tokens, and removing it revokes them: keep it in the manifest, or say so with {name: %s, state: absent}", c.Name, c.Name)
		}
	}
	for _, check := range []func(context.Context, store.Reader, *merger) error{rolesInUse, optionsInUse, rightsInUse, kindsInUse, statusesInUse, poolsInUse, keysInUse} {
		if err := check(ctx, r, m); err != nil {
			return err
		}
	}
	return m.refusal()
}

// goes reports whether an object of the current configuration is not in the next one.
func goes[T any](list []T, is func(T) bool) bool { return !slices.ContainsFunc(list, is) }

func rolesInUse(ctx context.Context, r store.Reader, m *merger) error {
	for _, role := range m.current.Roles {
		if !goes(m.next.Roles, func(n directory.Role) bool { return n.Key == role.Key }) || m.absent[objectKey{"role", role.Key}] {
			continue
		}
		if to := m.renamed[role.Key]; to != "" {
			// What rules give follows them; what a person gave is by the key.
			given, err := r.HeldByHand(ctx, directory.RoleEntitlement, role.Key, 1)
			if err != nil {
				return err
			}
			if len(given) > 0 {
				m.refuse("the role %q cannot become %q: somebody was given it by hand; give them the other one once it is there", role.Key, to)
			}
			continue
		}
		holders, err := r.Holders(ctx, role.Key, 1)
		if err != nil {
			return err
		}
		if len(holders) > 0 {
			m.refuse("the role %q is held and would be taken away: keep it in the manifest, or say so with {key: %s, state: absent}", role.Key, role.Key)
		}
	}
	return nil
}

// optionsInUse looks at the options of roles that stay.
func optionsInUse(ctx context.Context, r store.Reader, m *merger) error {
	for _, role := range m.current.Roles {
		at := slices.IndexFunc(m.next.Roles, func(n directory.Role) bool { return n.Key == role.Key })
		if at < 0 {
			continue
		}
		for _, o := range role.Options {
			if !goes(m.next.Roles[at].Options, func(n directory.RoleOption) bool { return n.Key == o.Key }) || m.mayGo {
				continue
			}
			if err := given(ctx, r, m, directory.OptionEntitlement, directory.OptionTarget(role.Key, o.Key), fmt.Sprintf("the option %q of the role %q", o.Key, role.Key), ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// rightsInUse looks at profiles, companies and groups of work that somebody was given by hand.
func rightsInUse(ctx context.Context, r store.Reader, m *merger) error {
	for _, x := range m.current.Profiles {
		if goes(m.next.Profiles, func(n directory.Profile) bool { return n.ID == x.ID }) && !m.absent[objectKey{"profile", x.ID}] {
			if err := given(ctx, r, m, directory.ProfileEntitlement, x.ID, fmt.Sprintf("the profile %q", x.Name), fmt.Sprintf("{name: %s, state: absent}", x.Name)); err != nil {
				return err
			}
		}
	}
	for _, x := range m.current.Companies {
		if goes(m.next.Companies, func(n directory.Company) bool { return n.ID == x.ID }) && !m.absent[objectKey{"company", x.ID}] {
			if err := given(ctx, r, m, directory.CompanyEntitlement, x.ID, fmt.Sprintf("the company %q", x.Name), fmt.Sprintf("{name: %s, state: absent}", x.Name)); err != nil {
				return err
			}
		}
	}
	next := slices.Concat(m.next.AgentGroups, m.next.Work)
	for _, x := range slices.Concat(m.current.AgentGroups, m.current.Work) {
		stays := slices.ContainsFunc(next, func(n directory.WorkGroup) bool { return n.ID == x.ID && !n.Archived })
		if x.Archived || stays || m.absent[objectKey{string(x.Kind), x.ID}] {
			continue
		}
		what := fmt.Sprintf("the %s %q", kindWord(x.Kind), x.Name)
		if err := given(ctx, r, m, directory.EntitlementKind(x.Kind), x.ID, what, fmt.Sprintf("{name: %s, state: absent}", x.Name)); err != nil {
			return err
		}
	}
	return nil
}

// given refuses that something goes which somebody was given by hand.
func given(ctx context.Context, r store.Reader, m *merger, kind directory.EntitlementKind, target, what, write string) error {
	holders, err := r.HeldByHand(ctx, kind, target, toldNames+1)
	if err != nil || len(holders) == 0 {
		return err
	}
	if write != "" {
		write = ", or say so with " + write
	}
	m.refuse("%s was given to %s people by hand and would be taken away: keep it, take it from them first%s", what, several(holders), write)
	return nil
}

// kindsInUse looks at memberships that the setting groups.membership_kinds would leave without a meaning.
func kindsInUse(ctx context.Context, r store.Reader, m *merger) error {
	const name = "groups.membership_kinds"
	if m.next.Setting(name) != "off" || m.current.Setting(name) == "off" {
		return nil
	}
	people, err := r.SupervisorsByHand(ctx, toldNames+1)
	if err == nil && len(people) > 0 {
		m.refuse("the setting %s cannot be off: %s people were made supervisors of agent groups by hand; make them users of those first", name, several(people))
	}
	return err
}

// several is how many people a list names that was cut behind the first few.
func several(people []string) string {
	if len(people) > toldNames {
		return fmt.Sprintf("more than %d", toldNames)
	}
	return fmt.Sprint(len(people))
}

func statusesInUse(ctx context.Context, r store.Reader, m *merger) error {
	for _, x := range m.current.Statuses {
		if !goes(m.next.Statuses, func(n directory.Status) bool { return n.Key == x.Key }) {
			continue
		}
		used, err := r.StatusInUse(ctx, x.Key)
		if err != nil {
			return err
		}
		if used {
			m.refuse("somebody is in the status %q: make it inactive first, which moves them to the status in which people begin", x.Key)
		}
	}
	return nil
}

func poolsInUse(ctx context.Context, r store.Reader, m *merger) error {
	use, err := r.SeatUse(ctx)
	if err != nil {
		return err
	}
	for _, x := range m.current.SeatPools {
		if !goes(m.next.SeatPools, func(n directory.SeatPool) bool { return n.Key == x.Key }) || m.absent[objectKey{"seat_pool", x.Key}] {
			continue
		}
		i := slices.IndexFunc(use, func(u store.SeatUse) bool { return u.Pool == x.Key })
		if i >= 0 && (use[i].Held > 0 || use[i].Waiting > 0) {
			m.refuse("%d people sit in the seat pool %q and %d wait for a seat in it: keep it, or say so with {key: %s, state: absent}", use[i].Held, x.Key, use[i].Waiting, x.Key)
		}
	}
	return nil
}

// keysInUse looks at the roles of API keys: a key must not lose its role and then be able to do less, or nothing, unnoticed.
func keysInUse(ctx context.Context, r store.Reader, m *merger) error {
	keys, err := r.APIKeys(ctx)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.Role != "" && k.RevokedAt == nil && k.Live(time.Now()) && goes(m.next.Roles, func(n directory.Role) bool { return n.Key == k.Role }) {
			m.refuse("the API key %q has the role %q, which would go: revoke the key first", k.Name, k.Role)
		}
	}
	return nil
}
