package filter

import (
	"testing"

	"rollcall/scim/schema"
)

type object = map[string]any

func person() object {
	return object{
		"id": "P1", "externalId": "E1", "userName": "Zoë.Müller@Example.com", "title": "Lead", "active": true, "nickName": "", "profileUrl": "https://x/A",
		"name": object{"familyName": "Müller", "givenName": "Zoë"},
		"emails": []any{
			object{"type": "work", "value": "Zoe@Example.com", "primary": true},
			object{"type": "home", "value": "zoe@home.example"},
		},
		"addresses":          []any{object{}},
		"meta":               object{"resourceType": "User", "created": "2024-05-06T07:08:09.123456Z", "lastModified": "2024-05-06T09:08:09+02:00"},
		"ims":                []any{},
		schema.EnterpriseURN: object{"department": "Billing", "manager": object{"value": "M1"}},
		schema.RollcallURN:   object{"skills": []any{"Tax", "Billing"}},
	}
}

func TestMatchFollowsTheRules(t *testing.T) {
	t.Parallel()
	doc := person()
	for text, want := range map[string]bool{
		// text, folded unless caseExact
		`userName eq "ZOË.MÜLLER@EXAMPLE.COM"`: true,
		`userName eq "zoe.müller@example.com"`: false,
		`userName co "ë.m"`:                    true,
		`userName sw "zoë"`:                    true,
		`userName sw "oë"`:                     false,
		`userName ew ".COM"`:                   true,
		`userName gt "zoë"`:                    true,
		`userName lt "zoë"`:                    false,
		`title ge "lead"`:                      true,
		`title le "LEAD"`:                      true,
		`title gt "lead"`:                      false,
		`id eq "p1"`:                           false,
		`id eq "P1"`:                           true,
		`profileUrl sw "https://x/a"`:          false,
		`userName co "%"`:                      false,
		`userName co "_"`:                      false,

		// any value of several; ne denies them all
		`emails eq "ZOE@home.example"`:                                  true,
		`emails.value ew "example.com"`:                                 true,
		`emails.value ne "zoe@home.example"`:                            false,
		`emails.value ne "other"`:                                       true,
		`skills eq "tax"`:                                               true,
		`skills gt "tax"`:                                               false,
		`skills[value eq "tax"]`:                                        true,
		`skills[value sw "bill" or value eq "x"]`:                       true,
		`skills[value sw "bill" and value ew "x"]`:                      false,
		`skills[not (VALUE eq "tax")]`:                                  true,
		`not (skills[value pr])`:                                        false,
		`emails.type eq "home" and emails.primary eq true`:              true,
		`emails[type eq "home" and primary eq true]`:                    false,
		`emails[type eq "work" and primary eq true]`:                    true,
		`emails[primary ne true]`:                                       true,
		`emails[type eq "home"].value co "home"`:                        true,
		`emails[type eq "work"].value co "home"`:                        false,
		`emails[type eq "work"].value ne "zoe@home.example"`:            true,
		`emails[type eq "work"].value ne "zoe@example.com"`:             false,
		`emails[type eq "other"].value ne "x"`:                          true,
		`emails[type eq "other"].value eq null`:                         true,
		`emails[type eq "home"].primary eq null`:                        true,
		`emails[type eq "home"].primary ne null`:                        false,
		`emails[type eq "home"].value pr`:                               true,
		`not (emails[type eq "other"])`:                                 true,
		`emails[not (type eq "work") and (value sw "zoe" or value pr)]`: true,

		// absence
		`title eq null`:    false,
		`title ne null`:    true,
		`nickName pr`:      false,
		`nickName eq ""`:   true,
		`nickName eq null`: true,
		`nickName ne ""`:   false,
		`nickName ne "x"`:  true,
		`nickName co ""`:   false,
		`nickName le "z"`:  false,
		`title co ""`:      true,
		`title sw "" and title ew "" and title ge "" and title gt ""`: true,
		`title le "" or title lt ""`:                                  false,
		`displayName lt "x" or displayName ge ""`:                     false,
		`displayName ne "x"`:                                          true,
		`not (displayName eq "x")`:                                    true,
		`ims pr`:                                                      false,
		`addresses pr`:                                                false,
		`addresses.country ne "US"`:                                   true,
		`name pr`:                                                     true,
		`name.middleName pr`:                                          false,
		`active pr`:                                                   true,
		`active eq true`:                                              true,
		`active ne true`:                                              false,
		`active eq "False"`:                                           false,
		`groups eq "x"`:                                               false,
		`groups ne "x"`:                                               true,
		schema.EnterpriseURN + " pr":                                  true,
		`manager pr`:                                                  true,
		`manager eq "M1"`:                                             true,
		`manager eq "m1"`:                                             false,
		`manager[value eq "M1"]`:                                      true,
		`manager[not (displayName pr)]`:                               true,
		`name[familyName eq "müller"]`:                                true,

		// instants
		`meta.created eq "2024-05-06T07:08:09.123456Z"`:      true,
		`meta.created eq "2024-05-06T09:08:09.123456+02:00"`: true,
		`meta.created eq "2024-05-06T07:08:09.1234569Z"`:     true,
		`meta.created gt "2024-05-06T07:08:09.123455Z"`:      true,
		`meta.lastModified eq "2024-05-06T07:08:09Z"`:        true,
		`meta.lastModified eq "2024-05-06T07:08:09"`:         true,
		`meta.lastModified lt "2024-05-06T07:08:09Z"`:        false,
		`meta.lastModified le "2024-05-06T07:08:09Z"`:        true,

		// logic
		`title eq "x" or title eq "lead" and active eq true`:    true,
		`(title eq "x" or title eq "lead") and active eq false`: false,
		`not (title eq "x" or active eq false)`:                 true,
		schema.UserURN + `:userName pr`:                         true,
	} {
		if got := Match(mustResolve(t, text, schema.User), doc); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestMatchOnADocumentOfOtherTypes(t *testing.T) {
	t.Parallel()
	doc := object{"userName": int64(5), "active": "true", "emails": []any{"x", nil, object{"value": true}}, "name": "x", "meta": object{"created": "soon"}, "title": nil}
	for text, want := range map[string]bool{
		`userName eq "5"`: false, `active eq true`: false, `emails.value eq "x"`: false, `emails[value eq "true"]`: false, `emails[not (value pr)]`: false,
		`name.familyName pr`: false, `meta.created gt "2011-05-13T04:42:34Z"`: false, `title pr`: false, `userName pr`: true,
	} {
		if got := Match(mustResolve(t, text, schema.User), doc); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestMatchComparesNumbersExactly(t *testing.T) {
	t.Parallel()
	size := schema.Ref{Schema: schema.User.Core, Attr: &schema.Attribute{Name: "size", Type: schema.Decimal}}
	for _, c := range []struct {
		value   any
		op      Op
		operand any
		want    bool
	}{
		{int64(9), Lt, int64(10), true},
		{int64(9007199254740993), Eq, int64(9007199254740992), false},
		{int64(9007199254740993), Gt, 9007199254740992.0, true},
		{1.5, Ge, int64(1), true},
		{1.5, Le, 1.5, true},
		{"9", Lt, int64(10), false},
		{true, Eq, int64(1), false},
	} {
		e := &Compare{Attr: Attr{Ref: size}, Op: c.op, Operand: c.operand}
		if got := Match(e, object{"size": c.value}); got != c.want {
			t.Errorf("%v %s %v: %v", c.value, c.op, c.operand, got)
		}
	}
	e := &Compare{Attr: Attr{Name: "size", Ref: size}, Op: Co, Value: int64(1)}
	if err := e.prepare(false); err == nil {
		t.Error("a number contains a number")
	}
	e = &Compare{Attr: Attr{Name: "size", Ref: size}, Op: Gt, Value: "1"}
	if err := e.prepare(false); err == nil || err.Error() != "size is compared with a number, not text" {
		t.Error(err)
	}
}

func TestEqualitySeesTheUsualQuestion(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`userName eq "Zoë"`: "userName zoë", `id eq "X"`: "id X", `emails eq "A"`: "emails.value a", `userName ne "x"`: "", `active eq true`: "",
		`userName eq null`: "", `userName eq ""`: "", `userName pr`: "", `userName eq "x" and title pr`: "", `(userName eq "x")`: "userName x",
	} {
		got := ""
		if ref, value, ok := Equality(mustResolve(t, text, schema.User)); ok {
			got = ref.String() + " " + value
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestExplainNamesTheFirstConditionThatFails(t *testing.T) {
	t.Parallel()
	doc := person()
	for text, want := range map[string]Miss{
		`department eq "billing" and title eq "x"`:                {`title eq "x"`, "text"},
		`title eq "lead" and (active eq true and displayName pr)`: {`displayName pr`, "absent"},
		`emails.value eq "x"`:                                     {`emails.value eq "x"`, "2 values"},
		`active eq false`:                                         {`active eq false`, "true or false"},
		`not (active eq true) and title pr`:                       {`not (active eq true)`, "what must not be"},
		`title eq "x" or title eq "y"`:                            {`title eq "x" or title eq "y"`, "none of 2 alternatives"},
		`emails[type eq "x"]`:                                     {`emails[type eq "x"]`, "2 values"},
		`manager eq "M2"`:                                         {`manager eq "M2"`, "text"},
		`manager[value eq "M2"]`:                                  {`manager[value eq "M2"]`, "an object"},
		`nickName eq "x"`:                                         {`nickName eq "x"`, "absent"},
	} {
		got, failed := Explain(mustResolve(t, text, schema.User), doc)
		if !failed || got != want {
			t.Errorf("%s: %+v %v, want %+v", text, got, failed, want)
		}
	}
	if miss, failed := Explain(mustResolve(t, `department eq "billing" and not (title eq "x")`, schema.User), doc); failed {
		t.Errorf("explains %+v of what holds", miss)
	}
}
