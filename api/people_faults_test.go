package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/store"
)

// set changes settings of the tenant.
func (x *tenant) set(settings ...string) {
	x.t.Helper()
	x.write(func(tx *store.Tx) error {
		for i := 0; i+1 < len(settings); i += 2 {
			tx.PutSetting(settings[i], settings[i+1], directory.SettingOrigin{ManagedBy: directory.ByConsole})
		}
		_, err := tx.RaiseConfigVersion("Acme")
		return err
	})
}

// faults are what is wrong, as "location code", sorted.
func (r reply) faults() []string {
	var out []string
	for _, f := range r.problem().Errors {
		if f.Message == "" {
			r.t.Errorf("%s: no message", r.Body)
		}
		out = append(out, strings.TrimSpace(f.Location+" "+f.Code))
	}
	slices.Sort(out)
	return out
}

// What is wrong about somebody new is told with its place in the body, and all that is known at once (rows 000-05 … 000-13,
// 003-09, 004-24).
func TestFaultsOfSomebodyNewHaveTheirPlace(t *testing.T) {
	t.Parallel()
	eachTenant(t, func(t *testing.T, x *tenant) {
		x.set("login.identifiers", "email,phone,username", "login.username.pattern", "^[a-z@.]+$", "user.required_fields", "name.givenName,email|phone,title,role")
		x.write(func(tx *store.Tx) error {
			tx.PutRole(directory.Role{Key: "desk", Name: "Desk", Kind: directory.CustomRole, Options: []directory.RoleOption{{Key: "vip", Name: "VIP"}}, ManagedBy: directory.ByConsole})
			_, err := tx.RaiseConfigVersion("Acme")
			return err
		})
		key := x.key("administrator")
		good := func(change object) object {
			body := object{"user_name": "bea", "given_name": "Bea", "email": "bea@example.com", "title": "Agent", "roles": []string{"agent"}}
			for k, v := range change {
				if body[k] = v; v == nil {
					delete(body, k)
				}
			}
			return body
		}
		key.do("POST", "/users", good(object{"user_name": "ana", "email": "ana@example.com", "phone": "+5511911111111"})).want(201)
		for _, c := range []struct {
			name   string
			body   object
			status int
			want   []string
		}{
			{"nothing by which they could be known", good(object{"user_name": nil, "email": nil}), 422, []string{"body.email required", "body.phone required", "body.user_name required"}},
			{"what the tenant requires", good(object{"given_name": nil, "email": nil, "title": " ", "roles": nil}), 422, []string{
				"body.email required", "body.given_name required", "body.phone required", "body.roles required", "body.title required",
			}},
			{"another form of login", good(object{"user_name": "BEA 1"}), 422, []string{"body.user_name pattern"}},
			{"another form of the address that is the login", good(object{"user_name": nil, "email": "BEA1@example.com"}), 422, []string{"body.email pattern"}},
			{"another form, among the attributes", good(object{"user_name": nil, "attributes": object{"userName": "B1"}}), 422, []string{"body.attributes.userName pattern"}},
			{"an address that is taken", good(object{"email": "ANA@example.com"}), 409, []string{"body.email taken"}},
			{"an address and a number that are taken", good(object{"email": "ana@example.com", "phone": "+5511911111111"}), 409, []string{"body.email taken", "body.phone taken"}},
			{"addresses that are taken", good(object{"email": nil, "attributes": object{"emails": []object{{"value": "ana@example.com"}}}}), 409, []string{"body.attributes.emails taken"}},
			{"a login that is taken", good(object{"user_name": "ANA"}), 409, []string{"body.user_name taken"}},
			{"an address that is somebody's login", good(object{"user_name": nil, "email": "ana"}), 409, []string{"body.email taken"}},
			{"unknown rights", good(object{
				"roles": []string{"agent", "king"}, "options": []string{"agent:nothing"}, "profile": "nothing", "agent_groups": []object{{"id": "Support"}, {"id": "nowhere"}},
				"company": "none", "seat_pool": "none", "campaigns": []string{"none"}, "queues": []string{"none"}, "strategies": []string{"none"}, "status": "asleep",
			}), 404, []string{
				"body.agent_groups[1].id unknown", "body.campaigns[0] unknown", "body.company unknown", "body.options[0] unknown", "body.profile unknown",
				"body.queues[0] unknown", "body.roles[1] unknown", "body.seat_pool unknown", "body.status unknown", "body.strategies[0] unknown",
			}},
			{"an option of a role that they would not have", good(object{"roles": []string{"supervisor"}, "options": []string{"desk:vip"}}), 409, []string{"body.options[0]"}},
			{"several things", good(object{"user_name": "BEA", "title": nil, "roles": []string{"king"}}), 422, []string{"body.roles[0] unknown", "body.title required", "body.user_name pattern"}},
			{"no attributes", good(object{"attributes": object{"shoeSize": 43, "hat": "no"}}), 422, []string{"body.attributes.hat", "body.attributes.shoeSize"}},
			{"attributes of another type", good(object{"attributes": object{"name.honorificPrefix": 7, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": object{}}}), 422, []string{
				"body.attributes.name.honorificPrefix", "body.attributes.urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
			}},
		} {
			r := key.do("POST", "/users", c.body).want(c.status)
			if got := r.faults(); fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("%s:\n%q, want\n%q\n%s", c.name, got, c.want, r.Body)
			}
		}
		id := key.do("POST", "/users", good(nil)).want(201).text("id")
		for _, c := range []struct {
			body   object
			status int
			want   string
		}{
			{object{"user_name": "BEA 1"}, 422, "body.user_name pattern"},
			{object{"email": "ana@example.com"}, 409, "body.email taken"},
			{object{"user_name": "ana"}, 409, "body.user_name taken"},
			{object{"attributes": object{"hat": "no"}}, 422, "body.attributes.hat"},
		} {
			if got := key.do("PATCH", "/users/"+id, c.body).want(c.status).faults(); len(got) != 1 || got[0] != c.want {
				t.Errorf("a change: %q, want %q", got, c.want)
			}
		}
	})
}
