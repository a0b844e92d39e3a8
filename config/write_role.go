package config

import (
	"rollcall/access"
	"rollcall/directory"
)

func (x *writer) role(r directory.RoleSpec) value {
	v := block()
	v.text("key", r.Key)
	v.put("name", text(r.Name), r.Name == r.Key || r.Name == "")
	v.text("description", r.Description)
	v.put("rank", whole(r.Rank), r.Rank == 0)
	v.put("kind", text(string(r.Kind)), r.Kind == usualKind(settingOf(x.spec, x.preset, "roles.model")) || r.Kind == "")
	v.put("privileged", boolean(true), !r.Privileged || access.Privileged(r.Role))
	v.permissions(r.Permissions)
	options := value{}
	for _, o := range r.Options {
		option := block()
		option.text("key", o.Key)
		option.put("name", text(o.Name), o.Name == o.Key || o.Name == "")
		option.permissions(o.Permissions)
		options.list = append(options.list, option)
	}
	v.put("options", options, len(options.list) == 0)
	modules := value{flow: true}
	for _, m := range r.Modules {
		if m.Mode == directory.Granted {
			modules.list = append(modules.list, text(m.Key))
			continue
		}
		modules.list = append(modules.list, braces(pair{key: "key", value: text(m.Key)}, pair{key: "mode", value: text(string(m.Mode))}))
	}
	v.put("modules", modules, len(modules.list) == 0)
	v.text("colour", r.Colour)
	v.text("ceiling", string(r.Ceiling))
	v.text("everywhere", string(r.Everywhere))
	v.gone(r.Was, r.Absent)
	return v
}

// permissions writes what is given and, in a list of their own, the restrictions (000-22). A restriction that stands before
// something that is given stays there.
func (v *value) permissions(list []directory.RolePermission) {
	end := len(list)
	for end > 0 && list[end-1].Mode == directory.Denied {
		end--
	}
	given, denied := value{}, value{}
	for i, p := range list {
		if i < end {
			given.list = append(given.list, permission(p, directory.Granted))
		} else {
			denied.list = append(denied.list, permission(p, directory.Denied))
		}
	}
	v.put("permissions", given, len(given.list) == 0)
	v.put("deny", denied, len(denied.list) == 0)
}

// permission writes one permission: its key, where everything else is usual in its list.
func permission(p directory.RolePermission, usual directory.Mode) value {
	known, _ := access.PermissionNamed(p.Key)
	v := braces()
	v.text("key", p.Key)
	v.put("scope", text(string(p.Scope)), p.Scope == usualScope(p.Mode, known))
	v.put("mode", text(string(p.Mode)), p.Mode == usual)
	if len(v.pairs) == 1 {
		return text(p.Key)
	}
	return v
}
