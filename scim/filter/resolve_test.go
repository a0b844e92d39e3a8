package filter

import (
	"errors"
	"strings"
	"testing"

	"rollcall/scim/schema"
)

func mustResolve(t *testing.T, text string, rt *schema.ResourceType) Expr {
	t.Helper()
	e, err := ParseLenient(text)
	if err == nil {
		e, err = Resolve(e, rt, Options{Loose: true})
	}
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return e
}

func TestResolveBindsEachAttribute(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`USERNAME eq "x"`:                             "userName",
		`emails eq "x"`:                               "emails.value",
		`emails pr`:                                   "emails",
		`members[TYPE eq "User"]`:                     "members members.type",
		`members eq "x"`:                              "members.value",
		`meta.lastmodified pr`:                        "meta.lastModified",
		`id pr and externalId pr`:                     "id externalId",
		schema.GroupURN + `:displayName pr`:           "displayName",
		`emails[type eq "a"].value co "x"`:            "emails emails.type emails.value",
		`emails[type eq "a"].value ne "x"`:            "emails emails.type emails.value",
		`manager eq "x"`:                              schema.EnterpriseURN + ":manager.value",
		`department pr`:                               schema.EnterpriseURN + ":department",
		`skills eq "x"`:                               schema.RollcallURN + ":skills",
		strings.ToLower(schema.EnterpriseURN) + " pr": schema.EnterpriseURN,
	} {
		rt := schema.User
		if strings.Contains(text, "members") || strings.Contains(text, schema.GroupURN) {
			rt = schema.Group
		}
		var refs []string
		Walk(mustResolve(t, text, rt), func(e Expr) bool {
			switch e := e.(type) {
			case *Compare:
				refs = append(refs, e.Attr.Ref.String())
			case *Present:
				refs = append(refs, e.Attr.Ref.String())
			case *ValuePath:
				refs = append(refs, e.Attr.Ref.String())
			}
			return true
		})
		if got := strings.Join(refs, " "); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestResolveSaysWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	const date = ` is compared with a date and time such as "2011-05-13T04:42:34Z", not `
	for text, want := range map[string]struct {
		fault Fault
		text  string
	}{
		`usrName eq "x"`:                       {Unknown, `there is no attribute "usrName" in User; the nearest is userName`},
		`userName.x eq "x"`:                    {Unknown, `there is no attribute "userName.x" in User`},
		`titel pr`:                             {Unknown, `there is no attribute "titel" in User; the nearest is title`},
		`email eq "x"`:                         {Unknown, `there is no attribute "email" in User; the nearest is emails`},
		`emials.Value eq "x"`:                  {Unknown, `there is no attribute "emials.Value" in User; the nearest is emails.value`},
		`emails.valu eq "x"`:                   {Unknown, `there is no attribute "emails.valu" in User; the nearest is emails.value`},
		`givenName eq "x"`:                     {Unknown, `there is no attribute "givenName" in User; the nearest is name.givenName`},
		`department eq "x"`:                    {Unknown, `there is no attribute "department" in User; the nearest is ` + schema.EnterpriseURN + `:department`},
		`manager.value eq "x"`:                 {Unknown, `there is no attribute "manager.value" in User; the nearest is ` + schema.EnterpriseURN + `:manager.value`},
		`quux eq "x"`:                          {Unknown, `there is no attribute "quux" in User`},
		`members pr`:                           {Unknown, `there is no attribute "members" in User`},
		`urn:example:x:y eq "x"`:               {Unknown, `there is no attribute "urn:example:x:y" in User`},
		`emails[typ eq "x"]`:                   {Unknown, `there is no attribute "typ" in emails; the nearest is type`},
		`emails[emails.type eq "x"]`:           {Unknown, `there is no attribute "emails.type" in emails`},
		`emails[type pr].valeu pr`:             {Unknown, `there is no attribute "valeu" in emails; the nearest is value`},
		`a` + strings.Repeat("b", 150) + ` pr`: {Unknown, `there is no attribute "a` + strings.Repeat("b", 99) + `…" in User`},

		`password eq "x"`:                           {Sensitive, `password is never returned, so it cannot be searched for`},
		`not (PASSWORD pr)`:                         {Sensitive, `password is never returned, so it cannot be searched for`},
		`active gt true`:                            {Mismatch, `active is a boolean and is compared with true or false by eq, ne only, not by gt`},
		`active eq "x"`:                             {Mismatch, `active is compared with true or false, not text`},
		`active eq "true"`:                          {Mismatch, `active is compared with true or false, not text`},
		`active eq 1`:                               {Mismatch, `active is compared with true or false, not a number`},
		`active gt null`:                            {Mismatch, `active is a boolean and is compared with null by eq, ne only, not by gt`},
		`title eq 5`:                                {Mismatch, `title is compared with text in double quotes, not a number`},
		`title co true`:                             {Mismatch, `title is compared with text in double quotes, not true or false`},
		`title co null`:                             {Mismatch, `title is a string and is compared with null by eq, ne only, not by co`},
		`meta.created gt "foo"`:                     {Mismatch, `meta.created` + date + `text`},
		`meta.created eq ""`:                        {Mismatch, `meta.created` + date + `text`},
		`meta.created eq 2011`:                      {Mismatch, `meta.created` + date + `a number`},
		`meta.created gt "2011-13-01T00:00:00Z"`:    {Mismatch, `meta.created` + date + `text`},
		`meta.created sw "2011-05-13T04:42:34Z"`:    {Mismatch, `meta.created is a dateTime and is compared with text by eq, ne, gt, ge, lt, le only, not by sw`},
		`x509Certificates.value co "x"`:             {Mismatch, `x509Certificates.value is a binary and is compared with text by eq, ne only, not by co`},
		`name eq "x"`:                               {Mismatch, `name has no value of its own to compare; name one of its attributes`},
		`meta eq "x"`:                               {Mismatch, `meta has no value of its own to compare; name one of its attributes`},
		schema.EnterpriseURN + ` eq "x"`:            {Mismatch, schema.EnterpriseURN + ` has no value of its own to compare; name one of its attributes`},
		`userName[type eq "x"]`:                     {Mismatch, `userName has no sub-attributes that could stand between brackets`},
		`active[value eq true]`:                     {Mismatch, `active has no sub-attributes that could stand between brackets`},
		schema.RollcallURN + `:skills[type eq "x"]`: {Unknown, `there is no attribute "type" in urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:skills`},
		schema.RollcallURN + `:skills.value eq "x"`: {Unknown, `there is no attribute "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User:skills.value" in User`},
		`title pr and (userName pr or emails[primary gt true])`: {Mismatch, `primary is a boolean and is compared with true or false by eq, ne only, not by gt`},
	} {
		e, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got, err := Resolve(e, schema.User, Options{})
		fault, ok := errors.AsType[*AttributeError](err)
		if !ok || got != nil {
			t.Errorf("%s: %v %v, want an attribute error", text, got, err)
			continue
		}
		if fault.Fault != want.fault || fault.Text != want.text {
			t.Errorf("%s:\n got %s\nwant %s", text, fault.Text, want.text)
		}
	}
}

func TestResolveReadsLooseValues(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		`active eq "True"`: true, `active eq "FALSE"`: false, `active eq true`: true,
		`externalId eq 12345`: "12345", `externalId eq 007`: "007", `title eq True`: "true", `userName eq 1e2`: "1e2",
		`userName eq "Zoë"`: "zoë", `id eq "Zoë"`: "Zoë", `title eq ""`: nil, `title eq null`: nil, `title co ""`: "",
	} {
		c, ok := mustResolve(t, text, schema.User).(*Compare)
		if !ok || c.Operand != want {
			t.Errorf("%s: compares with %v, want %v", text, c.Operand, want)
		}
	}
}

func TestResolveAnyTakesForeignAttributesAsAbsent(t *testing.T) {
	t.Parallel()
	types := []*schema.ResourceType{schema.User, schema.Group}
	user, group := map[string]any{"userName": "u", "emails": []any{map[string]any{"value": "x"}}}, map[string]any{"displayName": "g"}
	for text, want := range map[string][2]bool{
		`userName eq "u"`:                  {true, false},
		`userName eq ""`:                   {false, true},
		`userName eq null`:                 {false, true},
		`userName ne "u"`:                  {false, true},
		`userName ne null`:                 {true, false},
		`not (userName pr)`:                {false, true},
		`userName pr or displayName pr`:    {true, true},
		`emails[value eq "x"]`:             {true, false},
		`not (emails[value eq "x"])`:       {false, true},
		`emails[value pr].value ne "x"`:    {false, true},
		`emails[value pr].value eq "x"`:    {true, false},
		`emails[value pr].value pr`:        {true, false},
		`emails[value pr].value eq null`:   {false, true},
		`members pr or displayName eq "G"`: {false, true},
	} {
		e, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		resolved, err := ResolveAny(e, types, Options{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := [2]bool{Match(resolved[0], user), Match(resolved[1], group)}; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	for text, want := range map[string]Fault{
		`userName pr and nope pr`: Unknown, `password eq "x"`: Sensitive, `members[foo pr]`: Unknown, `active gt true or displayName pr`: Mismatch,
	} {
		e, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = ResolveAny(e, types, Options{})
		if fault, ok := errors.AsType[*AttributeError](err); !ok || fault.Fault != want {
			t.Errorf("%s: %v, want fault %d", text, err, want)
		}
	}
}

func TestResolveLeavesTheTreeAlone(t *testing.T) {
	t.Parallel()
	const text = `userName eq "x" and emails[type eq "work"].value ne "y" or not (active eq true)`
	e, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ResolveAny(e, []*schema.ResourceType{schema.User, schema.Group}, Options{}); err != nil {
		t.Fatal(err)
	}
	Walk(e, func(e Expr) bool {
		if c, ok := e.(*Compare); ok && (c.Attr.Ref != schema.Ref{} || c.Operand != nil) {
			t.Errorf("%s was changed", c)
		}
		return true
	})
	if e.String() != text {
		t.Errorf("became %s", e)
	}
}
