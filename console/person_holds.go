package console

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// placePersonHold places a hold: a right withheld that a rule gives, an attribute kept that a directory states otherwise.
func (v *visit) placePersonHold() error {
	x, err := v.who()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	subject := f.get("subject")
	if subject == "" {
		subject = f.get("other_subject")
	}
	body := map[string]any{"subject": subject, "effect": f.get("effect"), "reason": f.get("hold_reason")}
	if subject == "" {
		f.faults["other_subject"] = v.T("fault.required")
	}
	if f.get("hold_reason") == "" {
		f.faults["hold_reason"] = v.T("fault.required")
	}
	if until := v.momentOf(f, "until"); until != nil {
		body["until"] = until
	}
	if value := f.get("value"); value != "" {
		body["value"] = valueOf(value)
	}
	again := func(f *form) error { return v.showRights(x, blank("as", "user"), f) }
	if len(f.faults) > 0 {
		return v.again(f, again)
	}
	if err := v.send(http.MethodPost, at("users", x.ID, "holds"), nil, body, nil); err != nil {
		if err := f.wrong(v, err); err != nil {
			return err
		}
		return v.again(f, again)
	}
	return v.done(x.path("rights")+"#holds", "person.hold_placed", "Name", x.title())
}

// valueOf reads the value of an attribute: JSON where it is a list or an object, else a text.
func valueOf(text string) any {
	if strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{") {
		var value any
		if json.Unmarshal([]byte(text), &value) == nil {
			return value
		}
	}
	return text
}

// releasePersonHold ends a hold, after a page that asks.
func (v *visit) releasePersonHold() error {
	x, err := v.who()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(x.Holds, func(h personHold) bool { return h.ID == v.path("hold") })
	if i < 0 {
		return notFound()
	}
	p := rightsPage{names: map[string]string{}}
	if err := v.names(p.names); err != nil {
		return err
	}
	for _, k := range rightKinds {
		for _, r := range k.has(x) {
			p.names[k.kind+":"+r.target()] = r.Name
		}
	}
	subject := p.subjectText(v, x.Holds[i].Subject)
	q := personQuestion{
		title: v.T("person.release_title", "Subject", subject, "Name", x.title()), text: v.T("person.release_text"), button: v.T("person.release"),
		facts: []string{x.Holds[i].Reason}, reason: true, back: x.path("rights") + "#holds",
	}
	return v.asked(f, q, func(reason string) error {
		return v.send(http.MethodDelete, at("users", x.ID, "holds", x.Holds[i].ID), because(reason), nil, nil)
	}, func() error { return v.done(x.path("rights")+"#holds", "person.hold_released", "Name", x.title()) })
}

func effectOptions(v *visit) (out []option) {
	for _, e := range []string{"deny", "keep"} {
		out = append(out, option{Value: e, Text: v.T("person.effect." + e)})
	}
	return out
}
