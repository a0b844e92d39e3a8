package api_test

import (
	"testing"

	"rollcall/store/storetest/migrated"
)

func TestSettingsAreTypedAndSayWhoseTheyAre(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		x := g.tenant("call-centre")
		c := x.key(ownerOf(x))
		before := c.do("GET", "/settings/guard.count", nil).want(200)
		if before.at("value") != 50.0 || before.text("origin") != "default" || before.text("type") != "number" {
			t.Errorf("%s", before.Body)
		}
		for name, values := range map[string][]any{
			"guard.count":         {60, "60"},
			"presence.absence":    {false, "off"},
			"invitation.channels": {[]string{"email", "sms"}, "email,sms"},
			"invitation.ttl":      {"36h"},
		} {
			for _, v := range values {
				c.do("PUT", "/settings/"+name, object{"value": v}).want(200)
			}
		}
		after := c.do("GET", "/settings/invitation.channels", nil).want(200)
		if list := after.at("value").([]any); len(list) != 2 || after.text("origin") != "console" || after.at("version").(float64) < 3 || after.text("changed_by") != "apikey:"+c.id {
			t.Errorf("%s", after.Body)
		}
		for name, bad := range map[string]any{
			"guard.count": "many", "presence.absence": "maybe", "invitation.channels": []string{"pigeon"}, "invitation.ttl": "1s", "leaver.do": 5,
		} {
			c.do("PUT", "/settings/"+name, object{"value": bad}).want(422).is("invalid").says(name)
		}
		c.do("PUT", "/settings/guard.count", object{"value": []any{1}}).want(422)
		c.do("PUT", "/settings/guard.count", object{}).want(422)
		c.do("PATCH", "/settings", object{"guard.count": 70, "no.such": 1}).want(404).says("no.such")
		if got := c.do("GET", "/settings/guard.count", nil); got.at("value") != 60.0 {
			t.Errorf("half of a refused change was written: %s", got.Body)
		}
		c.do("PATCH", "/settings", object{"guard.count": nil, "invitation.ttl": nil}).want(200)
		if got := c.do("GET", "/settings/guard.count", nil); got.at("value") != 50.0 || got.text("origin") != "default" {
			t.Errorf("%s", got.Body)
		}
		history := c.do("GET", "/settings/guard.count/history", nil).want(200)
		items := history.at("items").([]any)
		if len(items) != 2 || history.text("items.0.before") != "60" || history.text("items.0.actor") != "apikey:"+c.id {
			t.Errorf("%s", history.Body)
		}
	})
}

func TestATenantsNameAndPreset(t *testing.T) {
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		x := g.tenant("call-centre")
		c := x.key(ownerOf(x))
		c.do("PATCH", "/tenant", object{"name": "Acme Support"}).want(200)
		got := c.do("GET", "/tenant", nil).want(200)
		if got.text("name") != "Acme Support" || got.text("preset") != "call-centre@1" || got.text("scim_base_url") != "https://rollcall.example.com/scim/v2" {
			t.Errorf("%s", got.Body)
		}
		c.do("PATCH", "/tenant", object{"preset": "commerce-chat"}).want(409).is("conflict")
		c.do("PATCH", "/tenant", object{"preset": "call-centre@9"}).want(422)
		c.do("PATCH", "/tenant", object{"name": ""}).want(422)
	})
}
