package console

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// actorKinds are the kinds of actors, and auditActions what changes do, as filters offer them.
var (
	actorKinds   = []string{"person", "apikey", "connection", "cli", "system"}
	auditActions = strings.Fields(`
		user. user.created user.updated user.entitled user.suspended user.activated user.deprovisioned user.restored
		user.status_changed user.absence_changed user.identity_forgotten group. group.created group.updated group.members group.deleted
		agent_group. tenant.applied tenant.changed rules.published connection.paused connection.resumed token.created token.revoked
		apikey.created apikey.revoked session.started session.ended login_link.created login_link.used`)
)

// actionKey is the key of what a change does, in words.
func actionKey(action string) string {
	if strings.HasSuffix(action, ".") {
		action += "any"
	}
	return "audit.action_" + strings.ReplaceAll(action, ".", "_")
}

func (v *visit) action(action string) string { return v.Either(actionKey(action), action) }

func actionOptions(v *visit, f *form) []option {
	out := []option{{Value: "", Text: v.T("common.all")}}
	for _, x := range auditActions {
		out = append(out, option{Value: x, Text: v.action(x)})
	}
	keep(&out, f.get("action"))
	return out
}

func actorKindOptions(v *visit, f *form) []option {
	out := []option{{Value: "", Text: v.T("common.all")}}
	for _, x := range actorKinds {
		out = append(out, option{Value: x, Text: v.T("audit.kind_" + x)})
	}
	keep(&out, f.get("actor_kind"))
	return out
}

// subjectOf says what a change was done to, and where that is to be seen, if there is a page of it.
func (v *visit) subjectOf(subject string) (text, address string) {
	kind, id, _ := strings.Cut(subject, ":")
	switch kind {
	case "person":
		return v.personNamed(id), "/people/" + url.PathEscape(id)
	case "config":
		return v.T("audit.configuration"), ""
	case "group":
		return v.T("audit.group", "ID", id), ""
	case "agent_group":
		return v.thing("agent_group", id), "/agent-groups/" + url.PathEscape(id)
	}
	return subject, ""
}

// told is one thing that is otherwise after a change.
type told struct{ Name, Before, After string }

// sides sets before and after of a change beside one another, name by name. Objects of the configuration are told field by
// field.
func (e auditEntry) sides(v *visit) (out []told) {
	before, after := v.flattened(e.Before), v.flattened(e.After)
	names := slices.Collect(maps.Keys(before))
	for name := range after {
		if _, both := before[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		x := told{name, before[name], after[name]}
		if x.Before != x.After {
			out = append(out, x)
		}
	}
	return out
}

// flattened is one side of a change, by names that are joined where one stands within another.
func (v *visit) flattened(side json.RawMessage) map[string]string {
	out := map[string]string{}
	var x any
	if len(side) == 0 || json.Unmarshal(side, &x) != nil {
		return out
	}
	var walk func(name string, x any)
	walk = func(name string, x any) {
		if object, ok := x.(map[string]any); ok && len(object) > 0 && strings.Count(name, " › ") < 2 {
			for key, y := range object {
				walk(strings.TrimPrefix(name+" › "+key, " › "), y)
			}
			return
		}
		if name != "" {
			out[name] = v.valueText(x)
		}
	}
	walk("", x)
	return out
}

// rightText says what right was given or taken, by its name.
func (v *visit) rightText(g grantChange) string {
	kind, name := g.Kind, g.Target
	switch kind {
	case "option": // role:option says it
	case "initial_status":
		name = v.thing("status", g.Target)
	default:
		name = v.thing(kind, g.Target)
	}
	text := v.Either("kind."+kind, kind) + ": " + name
	if g.As != "" && g.As != "user" {
		text += " (" + v.Either("membership."+g.As, g.As) + ")"
	}
	if g.Rule != "" {
		text += " · " + v.T("audit.by_rule", "Name", v.thing("rule", g.Rule))
	}
	return text
}

// rightsOf are the rights that a change gave, or took.
func (e auditEntry) rightsOf(gained bool) (out []grantChange) {
	for _, g := range e.Rights {
		if g.Gained == gained {
			out = append(out, g)
		}
	}
	return out
}

// verificationKind is the colour of what the ledger proves about a change.
func (e auditEntry) verificationKind() string {
	switch e.Verification {
	case "sealed":
		return "good"
	case "altered":
		return "bad"
	}
	return "wait"
}

// auditExport is where the list that is shown is to be had as a file.
func (v *visit) auditExport() string {
	q := v.r.URL.Query()
	q.Del("cursor")
	if len(q) == 0 {
		return "/audit/export"
	}
	return "/audit/export?" + q.Encode()
}

// headCommand is what one runs later with a head that one has kept.
func headCommand(head string) string { return "rollcall doctor --head " + head }

func orNothing(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

// thenAddress is where it is to be seen what the person of a change had after it.
func thenAddress(e auditEntry) string {
	id, is := strings.CutPrefix(e.Subject, "person:")
	if !is || e.Sequence == 0 {
		return ""
	}
	return "/audit/person?" + url.Values{"person": {id}, "seq": {strconv.FormatInt(e.Sequence, 10)}}.Encode()
}

// pastRightText is a right that somebody had, by its name.
func (v *visit) pastRightText(r pastRight) string {
	text := v.Either("kind."+r.Kind, r.Kind) + ": " + r.Name
	if r.As != "" && r.As != "user" {
		text += " (" + v.Either("membership."+r.As, r.As) + ")"
	}
	return text
}
