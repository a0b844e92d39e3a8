package console

import (
	"net/url"

	"github.com/a-h/templ"
)

// current marks the link of the page that is shown.
func current(is bool) templ.Attributes {
	if is {
		return templ.Attributes{"aria-current": "page"}
	}
	return templ.Attributes{}
}

func ruleFormTitle(v *visit, x ruleForm) string {
	if x.ID == "" {
		return v.T("rule.add")
	}
	return v.T("rule.edit")
}

func testFormTitle(v *visit, f *form) string {
	if f.get("was") == "" {
		return v.T("rule.add_test")
	}
	return v.T("rule.edit_test")
}

// ruleAddress and testAddress are where a rule and a test of the draft are changed.
func ruleAddress(id string) string   { return "/rules/draft/rule?id=" + url.QueryEscape(id) }
func testAddress(name string) string { return "/rules/draft/test?name=" + url.QueryEscape(name) }
