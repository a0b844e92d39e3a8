package console

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// draftTest shows a test of the draft to be changed, or a new one.
func (v *visit) draftTest() error {
	d, tag, found, err := v.readDraft()
	switch {
	case err != nil:
		return err
	case !found:
		return v.seeOther("/rules/draft")
	}
	f := blank(seenTag, tag, "lines", "2")
	if name := v.query("name"); name != "" {
		i := indexTest(d.Tests, name)
		if i < 0 {
			return notFound()
		}
		t := d.Tests[i]
		f = blank(seenTag, tag, "was", t.Name, "name", t.Name, "connection", t.Connection, "groups", strings.Join(t.Groups, "\n"), "attributes", attributeLines(t.Attributes))
		t.Expect.fill(f)
	}
	return v.showTest(f)
}

func (v *visit) showTest(f *form) error {
	c, err := v.readChoices()
	if err != nil {
		return err
	}
	c.settle(f)
	return v.show(testFormPage(v, f, c))
}

func indexTest(tests []mappingTest, name string) int {
	return slices.IndexFunc(tests, func(t mappingTest) bool { return strings.EqualFold(t.Name, name) })
}

// attributeLines writes attributes one a line, as in "department: Support"; what is not a text as JSON.
func attributeLines(attributes map[string]any) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		text, isText := attributes[name].(string)
		if !isText || json.Valid([]byte(text)) {
			b, err := json.Marshal(attributes[name])
			if err != nil {
				continue // what came as JSON goes as JSON
			}
			text = string(b)
		}
		lines = append(lines, name+": "+text)
	}
	return strings.Join(lines, "\n")
}

// attributesFrom reads such lines. The line that is wrong is returned where there is one.
func attributesFrom(lines []string) (out map[string]any, wrong string) {
	out = map[string]any{}
	for _, x := range lines {
		at := strings.Index(x, ":")
		if strings.HasPrefix(strings.ToLower(x), "urn:") { // an extension's name has colons of its own
			at = strings.Index(x, ": ")
		}
		if at < 1 {
			return nil, x
		}
		name, text := strings.TrimSpace(x[:at]), strings.TrimSpace(x[at+1:])
		var value any
		if json.Unmarshal([]byte(text), &value) != nil {
			value = text
		}
		out[name] = value
	}
	return out, ""
}

// saveDraftTest keeps a test in the draft. One that fails is kept: it stands beside it what is wrong.
func (v *visit) saveDraftTest() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	t := mappingTest{Name: f.get("name"), Connection: f.get("connection"), Groups: f.lines("groups"), Expect: yieldsFrom(f)}
	wrong := ""
	if t.Attributes, wrong = attributesFrom(f.lines("attributes")); wrong != "" {
		f.faults["attributes"] = v.T("rule.bad_attribute", "Line", wrong)
	}
	at := 0
	err = v.writeDraft(f, func(b *draftBody) error {
		if i := indexTest(b.Tests, t.Name); i >= 0 && !strings.EqualFold(f.get("was"), t.Name) {
			f.faults["name"] = v.T("rule.test_taken")
		}
		if at = indexTest(b.Tests, f.get("was")); at < 0 {
			at, b.Tests = len(b.Tests), append(b.Tests, t)
		} else {
			b.Tests[at] = t
		}
		if len(f.faults) > 0 {
			return errWrong
		}
		return nil
	})
	if err == nil {
		return v.done("/rules/draft", "rule.draft_test_saved", "Name", t.Name)
	}
	switch p := asProblem(err); {
	case p == errWrong:
	case p != nil && p.Slug == "stale":
		f.problem = p
		if _, tag, found, err := v.readDraft(); err == nil && found {
			f.values.Set(seenTag, tag)
		}
	default:
		if err := v.wrongRule(f, err, at); err != nil {
			return err
		}
	}
	return v.again(f, v.showTest)
}

func (v *visit) removeDraftTest() error {
	f, err := v.form()
	if err != nil {
		return err
	}
	name := f.get("name")
	err = v.writeDraft(f, func(b *draftBody) error {
		i := indexTest(b.Tests, name)
		if i < 0 {
			return notFound()
		}
		b.Tests = slices.Delete(b.Tests, i, i+1)
		return nil
	})
	if err != nil {
		return err
	}
	return v.done("/rules/draft", "rule.draft_removed", "Name", name)
}

// outcomeOfTest finds how a test came out.
func (c *ruleCheck) outcomeOfTest(name string) (passed, ran bool, wrong []string) {
	if c == nil {
		return false, false, nil
	}
	for _, t := range c.Tests {
		if t.Name == name {
			return t.Passed, true, t.Wrong
		}
	}
	return false, false, nil
}
