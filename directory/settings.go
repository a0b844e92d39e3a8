package directory

import (
	"errors"
	"slices"
	"strconv"
	"time"
)

// SettingType is the form of a setting's value.
type SettingType string

// The types. Durations are written as in 36h or 365d, lists with commas between.
const (
	TextSetting     SettingType = "text"
	ChoiceSetting   SettingType = "choice"
	NumberSetting   SettingType = "number"
	DurationSetting SettingType = "duration"
	ListSetting     SettingType = "list"
	SwitchSetting   SettingType = "switch" // on or off
)

// Setting is one entry of the registry of tenant settings: a dotted name, the form of its value and its default.
type Setting struct {
	Name    string
	Type    SettingType
	Default string
	Doc     string
	Values  []string                     // of a choice, or what a list may hold
	check   func(string) (string, error) // canonical text, or what is wrong
}

// Check returns the canonical text of a value, or an error that says what is allowed.
func (s Setting) Check(value string) (string, error) { return s.check(value) }

// SettingOrigin tells who set a setting.
type SettingOrigin struct {
	ManagedBy ManagedBy // preset, manifest or console
	Version   int64     // of the configuration, from which on it is so
	ChangedBy string    // kind:id of the actor
	ChangedAt time.Time
}

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
