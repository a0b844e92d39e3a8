package api_test

import (
	"testing"

	"rollcall/store/storetest/migrated"
)

func TestRulesAreLookedOverBeforeTheyAreKept(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		x := open(t, dsn).tenant("")
		c := x.key("administrator")
		good := c.do("POST", "/rules/draft/check", newRules).want(200)
		if good.at("passed") != true || good.text("tests.0.name") != "an agent" {
			t.Errorf("%s", good.Body)
		}
		wrong := c.do("POST", "/rules/draft/check", object{"rules": []object{
			{"name": "agents", "group": "CC-Agents", "yields": object{"roles": []string{"agent"}}},
			{"name": "billing", "when": "departmnt eq \"Billing\"", "yields": object{"roles": []string{"agnet"}}},
			{"name": "broken", "when": "title eq", "yields": object{"roles": []string{"agent"}}},
			{"name": "agents", "group": "CC-{", "yields": object{}},
		}}).want(200).says("department", "column 9", "agnet", "it yields nothing")
		if wrong.at("passed") != false || wrong.text("faults.0.field") != "when" || wrong.text("faults.0.rule") != "billing" || wrong.at("faults.0.position") != 2.0 {
			t.Errorf("%s", wrong.Body)
		}
		failing := object{"rules": []object{{"name": "agents", "group": "CC-Agents", "yields": object{"roles": []string{"supervisor"}}}}, "tests": newRules["tests"]}
		if r := c.do("POST", "/rules/draft/check", failing).want(200); r.at("passed") != false || r.at("tests.0.passed") != false {
			t.Errorf("%s", r.Body)
		}
		c.do("POST", "/rules/draft/check", object{"rules": []object{{"name": "x", "connection": "nothere", "group": "A", "yields": object{}}}}).want(422).says("nothere")
		c.do("POST", "/rules/draft/check", object{"rules": "all"}).want(422)
		c.do("POST", "/rules/draft/check", nil).want(400)
		c.do("GET", "/rules/draft", nil).want(404) // nothing was kept
		x.key("").do("POST", "/rules/draft/check", newRules).want(403)
	})
}
