package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// StatusBody is what a client says of a presence status.
type StatusBody struct {
	Key         string `json:"key" minLength:"1" maxLength:"32" doc:"The keyword: small letters, digits, _ and -; unique in the tenant, and never changed." example:"lunch"`
	Name        string `json:"name" minLength:"1" maxLength:"200" example:"At lunch"`
	Icon        string `json:"icon,omitempty" maxLength:"50" example:"utensils"`
	Description string `json:"description,omitempty" maxLength:"400" example:"Away for a meal."`
	Receives    bool   `json:"receives" doc:"Whoever is in it gets new conversations." example:"false"`
	Active      *bool  `json:"active,omitempty" doc:"It can be chosen; yes unless said. People in one that no longer can be go to the initial status." example:"true"`
	Order       int    `json:"order,omitempty" minimum:"0" maximum:"10000" doc:"Its place in lists." example:"3"`
}

// status is a status as clients read it.
type status struct {
	StatusBody

	System    bool   `json:"system" doc:"It cannot be removed."`
	ManagedBy string `json:"managed_by" enum:"preset,manifest,console,rule" example:"console"`
}

var statusResource = resource[StatusBody, status]{
	one: "status", many: "statuses", path: "/statuses", read: "console.tenant.read", write: "statuses.manage",
	doc: "The catalogue of presence statuses; which one begins is the setting presence.initial_status.",
	list: func(c *store.Configuration) []status {
		return all(c.Statuses, func(x directory.Status) status {
			return status{StatusBody{x.Key, x.Name, x.Icon, x.Description, x.Receives, &x.Active, x.Order}, x.System, string(x.ManagedBy)}
		})
	},
	key: func(x status) string { return x.Key }, name: func(x status) string { return x.Name }, named: func(in StatusBody) string { return in.Key },
	put: func(next *store.Configuration, id string, in StatusBody) error {
		if err := sameKey("status", id, in.Key); err != nil {
			return err
		}
		x := directory.Status{
			Key: in.Key, Name: in.Name, Icon: in.Icon, Description: in.Description, Receives: in.Receives, Active: in.Active == nil || *in.Active, Order: in.Order,
		}
		next.Statuses = putIn(next.Statuses, x, func(x directory.Status) bool { return x.Key == id })
		return nil
	},
	remove: func(next *store.Configuration, id string) {
		next.Statuses = slices.DeleteFunc(next.Statuses, func(x directory.Status) bool { return x.Key == id })
	},
	deleteDoc: "A status that somebody is in goes only with absent=true; they go to the initial status.",
}

// SeatPoolBody is what a client says of a seat pool.
type SeatPoolBody struct {
	Key     string   `json:"key" minLength:"1" maxLength:"63" doc:"Small letters, digits, _ and -; unique in the tenant, and never changed." example:"agents"`
	Name    string   `json:"name" minLength:"1" maxLength:"200" example:"Agents"`
	Policy  string   `json:"policy,omitempty" enum:",hard_cap,metered,cap_with_grace" doc:"What happens at the limit; empty for the setting seats.policy." example:"hard_cap"`
	Limit   int      `json:"limit,omitempty" minimum:"0" doc:"How many seats were agreed; 0 for none, and then a cap caps nothing." example:"50"`
	Grace   int      `json:"grace,omitempty" minimum:"0" doc:"Seats beyond the limit, of cap_with_grace." example:"5"`
	Roles   []string `json:"roles,omitempty" maxItems:"200" doc:"Whose holders sit here unless a rule says otherwise; the first pool without roles takes everybody else." example:"[\"agent\"]"`
	Contact string   `json:"contact,omitempty" maxLength:"200" doc:"Whom to ask for more seats." example:"billing@example.com"`
}

// seatPool is a seat pool as clients read it.
type seatPool struct {
	SeatPoolBody

	ManagedBy string `json:"managed_by" enum:"preset,manifest,console,rule" example:"console"`
}

var seatPoolResource = resource[SeatPoolBody, seatPool]{
	one: "seat-pool", many: "seat-pools", path: "/seat-pools", read: "console.seats.read", write: "console.seats.manage",
	doc: "Numbers of seats of one kind.",
	list: func(c *store.Configuration) []seatPool {
		return all(c.SeatPools, func(x directory.SeatPool) seatPool {
			return seatPool{SeatPoolBody{x.Key, x.Name, string(x.Policy), x.Limit, x.Grace, x.Roles, x.Contact}, string(x.ManagedBy)}
		})
	},
	key: func(x seatPool) string { return x.Key }, name: func(x seatPool) string { return x.Name }, named: func(in SeatPoolBody) string { return in.Key },
	put: func(next *store.Configuration, id string, in SeatPoolBody) error {
		if err := sameKey("seat pool", id, in.Key); err != nil {
			return err
		}
		x := directory.SeatPool{
			Key: in.Key, Name: in.Name, Policy: directory.SeatPolicy(in.Policy), Limit: in.Limit, Grace: in.Grace, Roles: in.Roles, Contact: in.Contact,
		}
		next.SeatPools = putIn(next.SeatPools, x, func(x directory.SeatPool) bool { return x.Key == id })
		return nil
	},
	remove: func(next *store.Configuration, id string) {
		next.SeatPools = slices.DeleteFunc(next.SeatPools, func(x directory.SeatPool) bool { return x.Key == id })
	},
}

// seatUse is how a pool is used.
type seatUse struct {
	Pool    string `json:"pool" doc:"The pool's key." example:"agents"`
	Name    string `json:"name" example:"Agents"`
	Policy  string `json:"policy" doc:"The policy in force: off where the tenant counts no seats." enum:"off,hard_cap,metered,cap_with_grace" example:"hard_cap"`
	Limit   int    `json:"limit" example:"50"`
	Grace   int    `json:"grace" example:"5"`
	Taken   int64  `json:"taken" doc:"People who sit in it." example:"48"`
	Kept    int64  `json:"kept" doc:"Seats that are paid for although nobody sits there." example:"0"`
	Waiting int64  `json:"waiting" doc:"People who wait for a seat, and receive nothing until then." example:"0"`
	Free    *int64 `json:"free" doc:"Seats that are left; null where there is no bound." example:"2"`
	Contact string `json:"contact" doc:"Whom to ask for more." example:"billing@example.com"`
}

func registerSeats(h *Handler) {
	seatPoolResource.register(h)
	register(h, operation{
		id: "list-seat-use", method: http.MethodGet, path: "/seats", tag: "seat-pools", summary: "How the seats are used", permission: "console.seats.read",
		doc: "Every pool with the seats that are taken, and with the people who wait.",
	}, func(ctx context.Context, c *call, in *Paging) (*tagged[page[seatUse]], error) {
		now, err := c.current(ctx)
		if err != nil {
			return nil, err
		}
		used, err := c.reader.SeatUse(ctx)
		if err != nil {
			return nil, err
		}
		byPool := map[string]store.SeatUse{}
		for _, u := range used {
			byPool[u.Pool] = u
		}
		policy := now.Setting("seats.policy")
		return paged(all(now.SeatPools, func(p directory.SeatPool) seatUse { return useOf(p, policy, byPool[p.Key]) }), *in, func(x seatUse) string { return x.Pool })
	})
}

func useOf(p directory.SeatPool, policy string, u store.SeatUse) seatUse {
	if policy != "off" {
		p.Policy = cmp.Or(p.Policy, directory.SeatPolicy(policy))
		policy = string(p.Policy)
	}
	out := seatUse{
		Pool: p.Key, Name: p.Name, Policy: policy, Limit: p.Limit, Grace: p.Grace, Taken: int64(u.Held), Kept: int64(u.Kept), Waiting: int64(u.Waiting), Contact: p.Contact,
	}
	if _, bounded := p.Most(); bounded && policy != "off" {
		free := int64(u.Free)
		out.Free = &free
	}
	return out
}
