package directory

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// registry is in the order of names. What the pages of the platforms differ in is told with the number of the difference.
var registry = []Setting{
	number("api.rate.burst", "2000", "How many requests of one API key may come at once before the rate counts.", 1, 1_000_000),
	number("api.rate.per_second", "1000", "How many requests a second each replica answers for one API key.", 1, 1_000_000),
	choice("approvals", "none", "Who approves what a guard holds: whoever may run the command, or a second person besides.", "none", "second_person"),
	unread("onboarding", choice("credentials.reveal", "never", "Whether administrators see a generated password, and how often (C-14).", "never", "once", "until_first_login")),
	unread("the purge of deleted people", choice("delete.meaning", "soft", "What becomes of deleted people: they are kept hidden, or purged later (C-13).", "soft", "soft_then_purge")),
	toggle("groups.membership_kinds", "on", "Whether people belong to agent groups as user, supervisor or both; else as user only, and rules and memberships that say otherwise are refused (C-10)."),
	list("groups.type", "agent_group", "What the tenant's groups are (C-11). Without agent_group it has no agent groups, and rules that yield some are refused. "+
		"Campaigns, queues and strategies any tenant may have; permission groups it may have where roles.model has groups_grant_rights.",
		"agent_group", "permission_group", "campaign", "queue", "strategy"),
	number("guard.count", "50", "How many people one change may take something from before somebody has to approve it; of connections that state no guard, too.", 1, 1_000_000),
	duration("guard.hold", "24h0m0s", "How long a held plan, or held rights, wait for somebody who approves.", time.Minute, 7*24*time.Hour),
	number("guard.percent", "10", "The same in percent of active people or accounts; the lower of the two counts.", 1, 100),
	unread("hand-off", toggle("handoff.required", "off", "Whether the work of somebody who leaves has to be handed over (C-13).")),
	unread("onboarding", list("invitation.channels", "email", "How invitations are sent, the first that the person has (C-22).", "email", "whatsapp", "sms")),
	unread("onboarding", duration("invitation.ttl", "168h0m0s", "How long an invitation is valid (C-01).", time.Hour, 30*24*time.Hour)),
	choice("leaver.do", "deprovision", "What becomes of a person whose last account ended.", "deprovision", "suspend", "keep"),
	choice("leaver.when", "any", "Which accounts must be inactive or ended before their person is suspended.", "any", "all", "primary"),
	list("list.hidden_states", "deprovisioned", "States that lists of people leave out unless they are asked for (C-15).", "pending", "active", "suspended", "deprovisioned"),
	unread("sign-in without a provider", list("login.credentials", "sso", "With what people sign in (C-04).", "sso", "password", "one_time_code")),
	list("login.identifiers", "email", "What two people cannot share, because they sign in by it; in this version people sign in at providers alone (C-03, C-18).", "email", "phone", "username"),
	choice("login.identifiers.duplicate", "keep", "Whether a connection may create somebody with a login identifier that is taken: kept without signing in by it, or refused.", "keep", "refuse"),
	pattern("login.username.pattern", "^.+$", "What a userName must look like, as a regular expression; of people who are created by hand (C-03)."),
	toggle("nickname.shown", "off", "Whether customers see nicknames instead of names (002-07)."),
	unread("onboarding", choice("onboarding.invite_provisioned", "if_no_sso", "Whether people whom a directory provisions are invited (C-23).", "never", "if_no_sso", "always")),
	unread("onboarding", list("onboarding.method", "sso_only", "How people get their first access (C-02).", "sso_only", "set_password_token", "accept_link", "admin_password", "generated_credentials")),
	toggle("owner.single", "off", "Whether exactly one person is the owner; the role passes on by a transfer only."),
	toggle("presence.absence", "on", "Whether people can be marked as away for days (C-12)."),
	keyword("presence.initial_status", "offline", "The keyword of the status in which people begin unless a rule says otherwise (000-10)."),
	toggle("presence.statuses", "on", "Whether the catalogue of statuses can be edited; without, there are online and offline (C-12)."),
	unread("the purge of deleted people", duration("purge.after", "0s", "How long deleted people are kept before they are purged; 0s for ever (C-13).", 0, 10*365*24*time.Hour)),
	choice("rehire.restore", "restore", "What a known person who comes back finds again: all grants, the directory's only, or a fresh start.", "restore", "restore_directory", "new"),
	duration("retention.presence", "0s", "How long it is kept who was in which status; 0s for ever.", 0, 10*365*24*time.Hour),
	duration("retention.requests", "720h0m0s", "How long the request log of SCIM keeps an entry.", 24*time.Hour, 365*24*time.Hour),
	duration("retention.rules", "0s", "How long versions of the rules are kept that another one has followed; 0s for ever.", 0, 10*365*24*time.Hour),
	choice("roles.cardinality", "many", "How many roles a person may have; with one, the first rule in order wins (C-07).", "many", "one"),
	list("roles.model", "custom,options", "How roles vary: by custom roles, options of roles, profiles inside roles, or groups that hold rights; fixed for not at all (C-08).",
		"custom", "options", "profiles", "groups_grant_rights", "fixed"),
	number("scim.rate.burst", "2000", "How many SCIM requests may come at once before the rate counts.", 1, 1_000_000),
	number("scim.rate.per_second", "1000", "How many SCIM requests a second each replica answers for the tenant.", 1, 1_000_000),
	number("seats.billing_day", "1", "The day of the month on which the next invoice counts seats.", 1, 28),
	choice("seats.freed_at", "suspend", "When somebody who leaves gives their seat back (C-16).", "suspend", "next_invoice"),
	choice("seats.policy", "off", "Whether seats are counted, and what happens at a limit; of seat pools that state no policy (C-16).", "off", "hard_cap", "metered", "cap_with_grace"),
	duration("session.idle", "1h0m0s", "How long somebody who is signed in may rest before they have to sign in again.", time.Minute, 30*24*time.Hour),
	duration("session.lifetime", "12h0m0s", "How long a sign-in lasts, whatever its holder does.", time.Minute, 90*24*time.Hour),
	number("sync.jitter", "10", "By how much of its interval a scheduled sync may be late, in percent, so that not all begin at once.", 0, 50),
	duration("token.expires", "8760h0m0s", "How long a new SCIM token lives unless its creator says otherwise; 0s for ever.", 0, 10*365*24*time.Hour),
	choice("user.email.mutable", "directory_only", "Who may change an e-mail address after creation, where no directory states it: nobody, administrators, or the person alone; directory_only is as admin. "+
		"A directory may change what it states, always (C-05).", "never", "directory_only", "admin", "user"),
	choice("user.profile.owner", "directory", "Who edits personal data that no directory owns: administrators, or the person alone; directory is as admin (C-06).", "directory", "admin", "user"),
	required("user.required_fields", "name,email|phone|userName", "What people need who are created by hand, and what is told as missing of others; a|b is one of them (C-19)."),
}

// unread is a setting that nothing in this version reads: it says so, and for which part of the product it is kept.
func unread(part string, s Setting) Setting {
	s.Doc += " Nothing reads it in this version: it is kept for " + part + "."
	return s
}

// requiredFields are what the setting user.required_fields may name.
var requiredFields = []string{
	"name", "name.givenName", "name.familyName", "displayName", "nickName", "title", "userName", "email", "phone", "extension", "password",
	"role", "profile", "groups",
}

func choice(name, usual, doc string, values ...string) Setting {
	return Setting{name, ChoiceSetting, usual, doc, values, func(v string) (string, error) {
		if slices.Contains(values, v) {
			return v, nil
		}
		return "", fmt.Errorf("must be one of %q", values)
	}}
}

func toggle(name, usual, doc string) Setting {
	return Setting{name, SwitchSetting, usual, doc, []string{"on", "off"}, func(v string) (string, error) {
		switch v {
		case "on", "true":
			return "on", nil
		case "off", "false":
			return "off", nil
		}
		return "", errors.New("must be on or off")
	}}
}

func number(name, usual, doc string, least, most int) Setting {
	return Setting{name, NumberSetting, usual, doc, nil, func(v string) (string, error) {
		n, err := strconv.Atoi(v)
		if err != nil || n < least || n > most {
			return "", fmt.Errorf("must be a whole number from %d to %d", least, most)
		}
		return strconv.Itoa(n), nil
	}}
}

func duration(name, usual, doc string, least, most time.Duration) Setting {
	return Setting{name, DurationSetting, usual, doc, nil, func(v string) (string, error) {
		d, err := ParseDuration(v)
		if err != nil || d < least || d > most {
			return "", fmt.Errorf("must be a duration from %s to %s, such as 36h or 365d", least, most)
		}
		return d.String(), nil
	}}
}

// list is of words of which each may stand once, at least one of them.
func list(name, usual, doc string, values ...string) Setting {
	return Setting{name, ListSetting, usual, doc, values, func(v string) (string, error) {
		var out []string
		for word := range strings.SplitSeq(v, ",") {
			word = strings.TrimSpace(word)
			if !slices.Contains(values, word) || slices.Contains(out, word) {
				return "", fmt.Errorf("must be a list of some of %q, each of them once", values)
			}
			out = append(out, word)
		}
		return strings.Join(out, ","), nil
	}}
}

func required(name, usual, doc string) Setting {
	return Setting{name, ListSetting, usual, doc, requiredFields, func(v string) (string, error) {
		var out []string
		for item := range strings.SplitSeq(v, ",") {
			item = strings.TrimSpace(item)
			for word := range strings.SplitSeq(item, "|") {
				if !slices.Contains(requiredFields, word) {
					return "", fmt.Errorf("must be a list of some of %q, or of alternatives with | between, as in email|phone", requiredFields)
				}
			}
			if !slices.Contains(out, item) {
				out = append(out, item)
			}
		}
		return strings.Join(out, ","), nil
	}}
}

// statusKey is what the keyword of a status looks like.
var statusKey = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

func keyword(name, usual, doc string) Setting {
	return Setting{name, TextSetting, usual, doc, nil, func(v string) (string, error) {
		if !statusKey.MatchString(v) {
			return "", errors.New("must be a keyword: at most 32 lower-case letters, digits, _ and -, the first of them a letter")
		}
		return v, nil
	}}
}

func pattern(name, usual, doc string) Setting {
	return Setting{name, TextSetting, usual, doc, nil, func(v string) (string, error) {
		if len(v) > 200 || !strings.HasPrefix(v, "^") || !strings.HasSuffix(v, "$") {
			return "", errors.New("must be a regular expression of at most 200 characters, from ^ to $")
		}
		if _, err := regexp.Compile(v); err != nil {
			return "", fmt.Errorf("is no regular expression: %w", err)
		}
		return v, nil
	}}
}
