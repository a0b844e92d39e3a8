package directory

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Setting is one entry of the registry of tenant settings: a dotted name, the form of its value and its default.
type Setting struct {
	Name    string
	Default string
	Doc     string
	check   func(string) (string, error) // canonical text, or what is wrong
}

// Check returns the canonical text of a value, or an error that says what is allowed.
func (s Setting) Check(value string) (string, error) { return s.check(value) }

// Settings returns the registry: every setting that a tenant may have in this version, in the order of their names.
func Settings() []Setting { return slices.Clone(registry) }

// SettingNamed finds a setting by its dotted name.
func SettingNamed(name string) (Setting, bool) {
	i := slices.IndexFunc(registry, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return Setting{}, false
	}
	return registry[i], true
}

var registry = []Setting{
	{"approvals", "none", "Who approves what a guard holds: whoever may run the command, or a second person besides.", oneOf("none", "second_person")},
	{"guard.count", "50", "How many people one change may take something from before somebody has to approve it; of connections that state no guard, too.", number(1, 1_000_000)},
	{"guard.hold", "24h0m0s", "How long a held plan, or held rights, wait for somebody who approves.", duration(time.Minute, 7*24*time.Hour)},
	{"guard.percent", "10", "The same in percent of active people or accounts; the lower of the two counts.", number(1, 100)},
	{"leaver.do", "deprovision", "What becomes of a person whose last account ended.", oneOf("deprovision", "suspend", "keep")},
	{"leaver.when", "any", "Which accounts must be inactive or ended before their person is suspended.", oneOf("any", "all", "primary")},
	{"rehire.restore", "restore", "What a known person who comes back finds again: all grants, the directory's only, or a fresh start.", oneOf("restore", "restore_directory", "new")},
	{"roles.cardinality", "many", "How many roles a person may have; with one, the first rule in order wins.", oneOf("many", "one")},
	{"scim.rate.burst", "2000", "How many SCIM requests may come at once before the rate counts.", number(1, 1_000_000)},
	{"scim.rate.per_second", "1000", "How many SCIM requests a second each replica answers for the tenant.", number(1, 1_000_000)},
	{"sync.jitter", "10", "By how much of its interval a scheduled sync may be late, in percent, so that not all begin at once.", number(0, 50)},
	{"token.expires", "8760h0m0s", "How long a new SCIM token lives unless its creator says otherwise; 0s for ever.", duration(0, 10*365*24*time.Hour)},
}

func oneOf(values ...string) func(string) (string, error) {
	return func(v string) (string, error) {
		if slices.Contains(values, v) {
			return v, nil
		}
		return "", fmt.Errorf("must be one of %q", values)
	}
}

func number(least, most int) func(string) (string, error) {
	return func(v string) (string, error) {
		n, err := strconv.Atoi(v)
		if err != nil || n < least || n > most {
			return "", fmt.Errorf("must be a whole number from %d to %d", least, most)
		}
		return strconv.Itoa(n), nil
	}
}

func duration(least, most time.Duration) func(string) (string, error) {
	return func(v string) (string, error) {
		d, err := ParseDuration(v)
		if err != nil || d < least || d > most {
			return "", fmt.Errorf("must be a duration from %s to %s, such as 36h or 365d", least, most)
		}
		return d.String(), nil
	}
}

// ParseDuration reads a duration as [time.ParseDuration] does, and days as in "365d".
func ParseDuration(s string) (time.Duration, error) {
	if n := len(s); n > 1 && s[n-1] == 'd' {
		days, err := strconv.Atoi(s[:n-1])
		if err != nil || days < 0 || days > 36500 {
			return 0, errors.New("not a number of days")
		}
		return time.Duration(days) * 24 * time.Hour, nil
	}
	return time.ParseDuration(s)
}
