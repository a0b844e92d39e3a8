package access

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"rollcall/directory"
)

// Preset is how one platform manages its people, as data: what a tenant that is made with it begins with.
type Preset struct {
	Name      string
	Title     string
	Page      string // the number of the page that it follows, "" for none
	Version   int
	Settings  map[string]string // only what differs from the registry's default, in canonical text
	Roles     []directory.Role
	Modules   []directory.Module
	Statuses  []directory.Status
	SeatPools []directory.SeatPool
}

// ID is how a tenant pins the preset: name@version.
func (p Preset) ID() string { return p.Name + "@" + strconv.Itoa(p.Version) }

// StandardPreset is the name of the preset of a tenant that names none.
const StandardPreset = "standard"

// presetOrder is the order in which presets are shown: the standard one, then by the number of their page.
var presetOrder = []string{StandardPreset, "conversations-basic", "commerce-chat", "whatsapp-team", "call-centre", "campaign-contact-centre"}

//go:embed presets/*.json
var presetFiles embed.FS

var presets = parsePresets(presetFiles)

// Presets returns every preset in its latest version, the standard one first.
func Presets() []Preset {
	out := make([]Preset, len(presets))
	for i, p := range presets {
		out[i] = p.clone()
	}
	return out
}

// PresetNamed finds a preset by "name", in its latest version, or by "name@version"; "" is the standard one. What there is
// not is [directory.Invalid], and the text says what is near.
func PresetNamed(text string) (Preset, error) {
	name, version, pinned := strings.Cut(text, "@")
	if text == "" {
		name = StandardPreset
	}
	i := slices.IndexFunc(presets, func(p Preset) bool { return p.Name == name })
	if i < 0 {
		near := hint(name, presetOrder)
		if near == "" {
			near = "; there are " + strings.Join(presetOrder, ", ")
		}
		return Preset{}, directory.Errorf(directory.Invalid, "there is no preset %q%s", name, near)
	}
	if pinned && version != strconv.Itoa(presets[i].Version) {
		return Preset{}, directory.Errorf(directory.Invalid, "there is no version %q of the preset %q; this program has %s", version, name, presets[i].ID())
	}
	return presets[i].clone(), nil
}

// RoleNamed finds a role of the preset by its key, and reports whether there is one.
func (p Preset) RoleNamed(key string) (directory.Role, bool) {
	i := slices.IndexFunc(p.Roles, func(r directory.Role) bool { return r.Key == key })
	if i < 0 {
		return directory.Role{}, false
	}
	return p.Roles[i], true
}

// clone keeps what callers do to a preset away from the others.
func (p Preset) clone() Preset {
	p.Settings = maps.Clone(p.Settings)
	p.Roles, p.Modules = slices.Clone(p.Roles), slices.Clone(p.Modules)
	p.Statuses, p.SeatPools = slices.Clone(p.Statuses), slices.Clone(p.SeatPools)
	for i, r := range p.Roles {
		p.Roles[i].Permissions, p.Roles[i].Modules = slices.Clone(r.Permissions), slices.Clone(r.Modules)
		p.Roles[i].Options = slices.Clone(r.Options)
		for j, o := range r.Options {
			p.Roles[i].Options[j].Permissions = slices.Clone(o.Permissions)
		}
	}
	for i, m := range p.Modules {
		p.Modules[i].Permissions = slices.Clone(m.Permissions)
	}
	for i, s := range p.SeatPools {
		p.SeatPools[i].Roles = slices.Clone(s.Roles)
	}
	return p
}

// presetFile is the form of a preset's file.
type presetFile struct {
	Name      string             `json:"name"`
	Title     string             `json:"title"`
	Page      string             `json:"page"`
	Version   int                `json:"version"`
	Settings  map[string]string  `json:"settings"`
	Modules   []directory.Module `json:"modules"`
	Roles     []roleFile         `json:"roles"`
	Statuses  []statusFile       `json:"statuses"`
	SeatPools []seatPoolFile     `json:"seat_pools"`
}

type roleFile struct {
	Key         string                    `json:"key"`
	Name        string                    `json:"name"`
	Description string                    `json:"description"`
	Kind        directory.RoleKind        `json:"kind"`
	Rank        int                       `json:"rank"`
	Owner       bool                      `json:"owner"`
	Console     string                    `json:"console"` // the console role whose console permissions it has besides
	Colour      string                    `json:"colour"`
	Ceiling     directory.Scope           `json:"ceiling"`
	Everywhere  directory.MembershipKind  `json:"everywhere"`
	Permissions map[string]string         `json:"permissions"`
	Options     []optionFile              `json:"options"`
	Modules     map[string]directory.Mode `json:"modules"`
}

type optionFile struct {
	Key         string            `json:"key"`
	Name        string            `json:"name"`
	Permissions map[string]string `json:"permissions"`
}

type statusFile struct {
	Key, Name, Icon, Description string
	Receives, Active, System     bool
	Order                        int
}

type seatPoolFile struct {
	Key, Name, Contact string
	Policy             directory.SeatPolicy
}

// parsePresets reads the files. They are part of the program: what is wrong with them is a panic at its start, which every
// test finds.
func parsePresets(files fs.FS) []Preset {
	shared, err := readPreset(files, "every")
	if err != nil {
		panic("access: " + err.Error())
	}
	out := make([]Preset, 0, len(presetOrder))
	for _, name := range presetOrder {
		f, err := readPreset(files, name)
		if err == nil {
			f.Roles = append(f.Roles, shared.Roles...)
			f.Statuses = append(slices.Clone(shared.Statuses), f.Statuses...)
			var p Preset
			if p, err = f.preset(); err == nil {
				out = append(out, p)
			}
		}
		if err != nil {
			panic("access: presets/" + name + ".json: " + err.Error())
		}
	}
	return out
}

func readPreset(files fs.FS, name string) (presetFile, error) {
	var out presetFile
	file, err := files.Open(path.Join("presets", name+".json"))
	if err != nil {
		return out, err
	}
	defer func() { _ = file.Close() }()
	d := json.NewDecoder(file)
	d.DisallowUnknownFields()
	return out, d.Decode(&out)
}

func (f presetFile) preset() (Preset, error) {
	p := Preset{Name: f.Name, Title: f.Title, Page: f.Page, Version: f.Version, Settings: f.Settings, Modules: f.Modules}
	if p.Settings == nil {
		p.Settings = map[string]string{}
	}
	bundles := map[string][]directory.RolePermission{}
	for i := range f.Roles {
		r, err := f.Roles[i].role(f.Modules)
		if err != nil {
			return p, fmt.Errorf("role %s: %w", f.Roles[i].Key, err)
		}
		bundles[r.Key] = r.Permissions
		p.Roles = append(p.Roles, r)
	}
	for i := range p.Roles {
		r := &p.Roles[i]
		if from := f.Roles[i].Console; from != "" {
			for _, permission := range bundles[from] {
				if catalogue[position[permission.Key]].Module == ConsoleModule {
					r.Permissions = append(r.Permissions, permission)
				}
			}
		}
		inOrder(r.Permissions)
		r.Privileged = Privileged(*r)
		if err := CheckRole(*r); err != nil {
			return p, err
		}
	}
	for _, s := range f.Statuses {
		p.Statuses = append(p.Statuses, directory.Status{
			Key: s.Key, Name: s.Name, Icon: s.Icon, Description: s.Description, Receives: s.Receives, Active: s.Active,
			Order: s.Order, System: s.System, ManagedBy: directory.ByPreset,
		})
	}
	for _, s := range f.SeatPools {
		p.SeatPools = append(p.SeatPools, directory.SeatPool{Key: s.Key, Name: s.Name, Policy: s.Policy, Contact: s.Contact, ManagedBy: directory.ByPreset})
	}
	return p, nil
}

func (f roleFile) role(modules []directory.Module) (directory.Role, error) {
	r := directory.Role{
		Key: f.Key, Name: f.Name, Description: f.Description, Kind: f.Kind, Rank: f.Rank, Owner: f.Owner, Colour: f.Colour,
		Ceiling: f.Ceiling, Everywhere: f.Everywhere, ManagedBy: directory.ByPreset,
	}
	var err error
	if r.Permissions, err = parsePermissions(f.Permissions); err != nil {
		return r, err
	}
	for _, o := range f.Options {
		permissions, err := parsePermissions(o.Permissions)
		if err != nil {
			return r, fmt.Errorf("option %s: %w", o.Key, err)
		}
		r.Options = append(r.Options, directory.RoleOption{Key: o.Key, Name: o.Name, Permissions: permissions})
	}
	for _, m := range modules {
		if mode, ok := f.Modules[m.Key]; ok {
			r.Modules = append(r.Modules, directory.RoleModule{Key: m.Key, Mode: mode})
		}
	}
	if len(r.Modules) != len(f.Modules) {
		return r, fmt.Errorf("it has modules that the preset does not")
	}
	return r, nil
}
