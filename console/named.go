package console

import (
	"cmp"
	"strings"
)

// actorNamed says who an actor is, of a text such as "person:ID".
func (v *visit) actorNamed(text string) string {
	kind, id, _ := strings.Cut(text, ":")
	return v.actor(kind, id)
}

// actor says who an actor is, in words.
func (v *visit) actor(kind, id string) string {
	switch kind {
	case "person":
		return v.personNamed(id)
	case "connection":
		return v.T("audit.actor_connection", "Name", v.thing("connection", id))
	case "apikey":
		return v.T("audit.actor_apikey", "Name", v.thing("apikey", id))
	case "cli":
		return v.T("audit.actor_cli", "Name", id)
	case "system":
		return v.T("audit.actor_system")
	}
	return strings.Trim(kind+":"+id, ":")
}

// personNamed is what a person is called; their id where the reader may not know, or nobody has it any more.
func (v *visit) personNamed(id string) string {
	key := "person:" + id
	if name, asked := v.named[key]; asked {
		return name
	}
	name := id
	if v.may("users.view") {
		var x struct {
			DisplayName string `json:"display_name"`
			UserName    string `json:"user_name"`
		}
		if err := v.get(at("users", id), nil, &x); err == nil {
			name = cmp.Or(x.DisplayName, x.UserName, id)
		}
	}
	v.remember(key, name)
	return name
}

func (v *visit) remember(key, name string) {
	if v.named == nil {
		v.named = map[string]string{}
	}
	v.named[key] = name
}

// listsOf are where the things of a kind are listed, and what it takes to see them.
var listsOf = map[string]struct{ path, needs string }{
	"connection":  {"/connections", "console.connections.read"},
	"apikey":      {"/api-keys", "console.apikeys.manage"},
	"rule":        {"/rules", "console.mappings.read"},
	"role":        {"/roles", "roles.view"},
	"profile":     {"/profiles", "roles.view"},
	"agent_group": {"/agent-groups", "console.tenant.read"},
	"campaign":    {"/campaigns", "console.tenant.read"},
	"queue":       {"/queues", "console.tenant.read"},
	"strategy":    {"/strategies", "console.tenant.read"},
	"company":     {"/companies", "console.tenant.read"},
	"seat_pool":   {"/seat-pools", "console.seats.read"},
	"status":      {"/statuses", "console.tenant.read"},
}

// thing is what something of the configuration is called, by its id or key; that where it is not known.
func (v *visit) thing(kind, id string) string {
	if _, asked := v.named["list:"+kind]; !asked {
		v.remember("list:"+kind, "")
		if l, known := listsOf[kind]; known && v.may(l.needs) {
			list, err := whole[struct {
				ID   string `json:"id"`
				Key  string `json:"key"`
				Name string `json:"name"`
			}](v, l.path, nil)
			if err == nil { // a name is a courtesy: without it there is the id
				for _, x := range list {
					v.remember(kind+":"+cmp.Or(x.ID, x.Key), x.Name)
				}
			}
		}
	}
	return cmp.Or(v.named[kind+":"+id], id)
}
