package api_test

import "testing"

// An option of a role that somebody was given goes only when that is said, and the plan says from whom it is taken.
func TestAnOptionOfARoleIsTakenAway(t *testing.T) {
	t.Parallel()
	eachTenant(t, func(t *testing.T, x *tenant) {
		c := x.key("administrator")
		body := func(options ...object) object {
			return object{"key": "seller", "name": "Seller", "permissions": []object{{"key": "orders.access", "scope": "none"}}, "options": options}
		}
		cancels := object{"key": "cancels", "name": "May cancel", "permissions": []object{{"key": "orders.cancel", "scope": "own"}}}
		c.do("POST", "/roles", body(cancels)).want(201)
		ana := c.made("ana", map[string]any{"roles": []string{"seller"}})
		c.do("PUT", "/users/"+ana+"/rights/option/seller:cancels", nil).want(200)
		c.do("PUT", "/roles/seller", body()).want(409).is("conflict").says("cancels", "was given")
		c.do("PUT", "/roles/seller?plan=true&absent=true", body()).want(200).says("ana", `"status":"planned"`, `"target":"seller:cancels"`)
		c.do("GET", "/roles/seller", nil).want(200).says("May cancel")
		c.do("PUT", "/roles/seller?absent=yes", body()).want(422)
		c.do("PUT", "/roles/seller?absent=true", body()).want(200)
		c.do("GET", "/users/"+ana, nil).want(200).says(`"options":[]`)
		c.do("GET", "/roles/seller", nil).want(200).hides("May cancel")
	})
}
