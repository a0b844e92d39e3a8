package api

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/admin"
	"rollcall/directory"
	"rollcall/store"
)

// setting is a setting as clients read it.
type setting struct {
	Name      string     `json:"name" example:"invitation.ttl"`
	Type      string     `json:"type" enum:"text,choice,number,duration,list,switch" example:"duration"`
	Value     any        `json:"value" doc:"In force: a number, a boolean for a switch, a list of words, or a text." example:"\"168h0m0s\""`
	Default   any        `json:"default" doc:"Where neither the preset nor anybody says otherwise." example:"\"168h0m0s\""`
	Preset    any        `json:"preset" doc:"What the tenant's preset says; null where it says nothing."`
	Values    []string   `json:"values" doc:"What a choice, or a list, may hold."`
	Doc       string     `json:"doc" example:"How long an invitation is valid (C-01)."`
	Origin    string     `json:"origin" enum:"default,preset,manifest,console" doc:"Who said so." example:"console"`
	Version   int64      `json:"version" doc:"The configuration version from which on it is so; 0 for a default." example:"17"`
	ChangedBy string     `json:"changed_by" example:"apikey:h2k4m6p8q3r5s"`
	ChangedAt *time.Time `json:"changed_at"`
}

// typed is the text of a setting in its JSON type.
func typed(s directory.Setting, text string) any {
	switch s.Type {
	case directory.NumberSetting:
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
	case directory.SwitchSetting:
		return text == "on"
	case directory.ListSetting:
		return strings.Split(text, ",")
	default:
	}
	return text
}

// textOf is the text of a value that a client sends, in any of the forms that a manifest takes.
func textOf(name string, value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case bool:
		if v {
			return "on", nil
		}
		return "off", nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case []any:
		words := make([]string, len(v))
		for i, x := range v {
			word, ok := x.(string)
			if !ok {
				return "", directory.Errorf(directory.Invalid, "the setting %s: a list holds texts", name)
			}
			words[i] = word
		}
		return strings.Join(words, ","), nil
	default:
		return "", directory.Errorf(directory.Invalid, "the setting %s: a value is a text, a number, a boolean or a list of texts; null returns it to what the preset says", name)
	}
}

func settingOf(c *store.Configuration, s directory.Setting, preset map[string]string) setting {
	out := setting{
		Name: s.Name, Type: string(s.Type), Value: typed(s, c.Setting(s.Name)), Default: typed(s, s.Default), Values: some(s.Values), Doc: s.Doc, Origin: "default",
	}
	if v, ok := preset[s.Name]; ok {
		out.Preset = typed(s, v)
	}
	if _, set := c.Settings[s.Name]; set {
		o := c.SetBy[s.Name]
		out.Origin, out.Version, out.ChangedBy = string(o.ManagedBy), o.Version, o.ChangedBy
		if !o.ChangedAt.IsZero() {
			out.ChangedAt = &o.ChangedAt
		}
	}
	return out
}

func settingsOf(c *store.Configuration) []setting {
	preset := presetOf(c).Settings
	return all(directory.Settings(), func(s directory.Setting) setting { return settingOf(c, s, preset) })
}

// BySetting names a setting in a path.
type BySetting struct {
	Name string `path:"name" maxLength:"100" doc:"The dotted name." example:"invitation.ttl"`
}

func (in BySetting) find() (directory.Setting, error) {
	s, ok := directory.SettingNamed(in.Name)
	if !ok {
		return s, directory.Errorf(directory.NotFound, "there is no setting %q; GET %s/settings lists them", in.Name, Root)
	}
	return s, nil
}

type settingBody struct {
	Value any `json:"value" doc:"A text, a number, a boolean or a list of texts; null returns the setting to what the preset says." example:"\"72h\""`
}

type settingChange struct {
	BySetting
	Changing

	Body settingBody
}

type settingsChange struct {
	Changing

	Body map[string]any `doc:"Values by dotted name; null returns a setting to what the preset says." example:"{\"invitation.ttl\": \"72h\", \"user.email.mutable\": \"admin\"}"`
}

func registerSettings(h *Handler) {
	h.group("settings", "What varies from tenant to tenant, typed and with the origin of each value.")
	register(h, operation{
		id: "list-settings", method: http.MethodGet, path: "/settings", tag: "settings", summary: "List settings", permission: "settings.view",
		doc: "Every setting of the registry, with its value, its default, and who set it.",
	}, func(ctx context.Context, c *call, in *Paging) (*tagged[page[setting]], error) {
		now, err := c.current(ctx)
		if err != nil {
			return nil, err
		}
		return paged(settingsOf(now), *in, func(x setting) string { return x.Name })
	})
	register(h, operation{
		id: "get-setting", method: http.MethodGet, path: "/settings/{name}", tag: "settings", summary: "Get a setting", permission: "settings.view",
	}, func(ctx context.Context, c *call, in *BySetting) (*tagged[setting], error) {
		s, err := in.find()
		if err != nil {
			return nil, err
		}
		now, err := c.current(ctx)
		if err != nil {
			return nil, err
		}
		return answered(settingOf(now, s, presetOf(now).Settings))
	})
	register(h, operation{
		id: "replace-setting", method: http.MethodPut, path: "/settings/{name}", tag: "settings", summary: "Set a setting", permission: "settings.manage",
		within: changeTime, conditional: true, problems: configured,
	}, putSetting)
	register(h, operation{
		id: "update-settings", method: http.MethodPatch, path: "/settings", tag: "settings", summary: "Set several settings", permission: "settings.manage",
		doc: "In one version of the configuration; those that are not named stay as they are.", within: changeTime, problems: configured,
	}, func(ctx context.Context, c *call, in *settingsChange) (*changedAnswer[[]setting], error) {
		var names []string
		return changedSettings(ctx, c, in.Changing, func(next *store.Configuration) error {
			names = slices.Sorted(maps.Keys(in.Body))
			for _, name := range names {
				if err := set(next, name, in.Body[name]); err != nil {
					return err
				}
			}
			return nil
		}, func(now *store.Configuration) []setting {
			return slices.DeleteFunc(settingsOf(now), func(s setting) bool { return !slices.Contains(names, s.Name) })
		})
	})
	register(h, operation{
		id: "list-setting-changes", method: http.MethodGet, path: "/settings/{name}/history", tag: "settings", summary: "The history of a setting",
		permission: "console.audit.read", doc: "The changes of the configuration that set it, the newest first, as the audit has them.",
	}, settingHistory)
}

// set sets a setting, or with a null returns it to what the preset says.
func set(next *store.Configuration, name string, value any) error {
	if _, err := (BySetting{name}).find(); err != nil {
		return err
	}
	if value == nil {
		delete(next.Settings, name)
		return nil
	}
	text, err := textOf(name, value)
	if err == nil {
		next.Settings[name] = text
	}
	return err
}

func putSetting(ctx context.Context, c *call, in *settingChange) (*changedAnswer[setting], error) {
	s, err := in.find()
	if err != nil {
		return nil, err
	}
	read := func(now *store.Configuration) setting { return settingOf(now, s, presetOf(now).Settings) }
	return changedSettings(ctx, c, in.Changing, func(next *store.Configuration) error {
		if err := c.match(read(next)); err != nil {
			return err
		}
		return set(next, in.Name, in.Body.Value)
	}, read)
}

// changedSettings changes the configuration and reads what came of it.
func changedSettings[T any](ctx context.Context, c *call, in Changing, edit func(*store.Configuration) error, read func(*store.Configuration) T) (*changedAnswer[T], error) {
	var planned *store.Configuration
	result, err := c.change(ctx, in, admin.Options{}, func(next *store.Configuration) error {
		planned = next
		return edit(next)
	})
	if err != nil {
		return nil, err
	}
	out := &changedAnswer[T]{Status: http.StatusOK, Body: changed[T]{Outcome: result}}
	if !in.Plan {
		if planned, err = c.current(ctx); err != nil {
			return nil, err
		}
	}
	x := read(planned)
	out.Body.Object = &x
	if !in.Plan {
		out.ETag = tagOf(x)
	}
	return out, nil
}

// settingChanged is one change of a setting.
type settingChanged struct {
	At     time.Time `json:"at"`
	Actor  string    `json:"actor" doc:"Who: the kind, a colon and the id." example:"cli:ann@example.com"`
	Change string    `json:"change" enum:"created,updated,removed" example:"updated"`
	Before any       `json:"before" doc:"The value before; null for the default." example:"\"168h0m0s\""`
	After  any       `json:"after" doc:"The value after; null for the default." example:"\"72h0m0s\""`
	Reason string    `json:"reason" example:""`
	ID     string    `json:"id" doc:"The change's id in the audit." example:"019a7c52-3f5e-7cc0-9d5e-3c1f5a3f1d10"`
}

type historyOf struct {
	BySetting
	Paging
}

// historyLooksAt is how many changes of the configuration a history goes back.
const historyLooksAt = 1000

func settingHistory(ctx context.Context, c *call, in *historyOf) (*tagged[page[settingChanged]], error) {
	if _, err := in.find(); err != nil {
		return nil, err
	}
	changes, err := c.reader.Changes(ctx, "config", historyLooksAt)
	if err != nil {
		return nil, err
	}
	out := []settingChanged{}
	for _, x := range changes {
		before, had := recorded(x.Before, "setting "+in.Name)
		after, has := recorded(x.After, "setting "+in.Name)
		if !had && !has {
			continue
		}
		one := settingChanged{At: x.At, Actor: string(x.Actor.Kind) + ":" + x.Actor.ID, Change: "updated", Reason: x.Reason, ID: x.ID, Before: before["value"], After: after["value"]}
		if !had {
			one.Change = "created"
		} else if !has {
			one.Change = "removed"
		}
		out = append(out, one)
	}
	return paged(out, in.Paging, func(x settingChanged) string { return x.ID })
}

// recorded is what one side of a change records of an object, and whether it does.
func recorded(side json.RawMessage, object string) (map[string]any, bool) {
	var objects map[string]map[string]any
	if err := json.Unmarshal(side, &objects); err != nil {
		return nil, false // a record of another form
	}
	x, ok := objects[object]
	return x, ok
}
