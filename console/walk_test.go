package console_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rollcall/access"
	"rollcall/directory"
)

// walkedPresets are what a tenant of each preset has besides what every one has, and the kind and name of what its people get.
var walkedPresets = []struct{ preset, manifest, kind, right string }{
	{"", walkedRole + walkedGroups, "role", "agent"},
	{"conversations-basic", walkedRole + walkedGroups, "role", "agent"},
	{"commerce-chat", walkedGroups, "role", "conversation_agent"},
	{"whatsapp-team", walkedGroups, "role", "attendant"},
	{"call-centre", "", "role", "operator"},
	{"campaign-contact-centre", campaignWork, "profile", "Seller"},
}

// walkedManifest is what every tenant that is walked has: a rule that gives what its people get besides.
const (
	walkedManifest = `
settings: {api.rate.per_second: 1000000, api.rate.burst: 1000000}
connections: [{name: okta, kind: scim, dialect: okta}]
mapping:
  rules:
    - {name: everybody of Leads, connection: okta, group: Leads, RIGHT}
`
	walkedRole   = "roles: [{key: lead, name: Lead, permissions: [{key: users.view, scope: agents}]}]\n"
	walkedGroups = "agent_groups: [Support, Billing]\n"
)

// walkable is a tenant with something of everything: whom a directory provides and whom not, active, suspended and deleted.
func walkable(t *testing.T, preset, manifest, kind, right string) *site {
	t.Helper()
	given := map[string]string{"role": "roles: [" + right + "]", "profile": "profile: " + right}[kind]
	s := open(t, preset, strings.Replace(walkedManifest, "RIGHT", given, 1)+manifest)
	s.provided("zoe", "Zoe Ngo")
	s.person("ana", "Ana", "Prado", kind, right)
	s.signedIn(s.person("bea", "Bea", "Ruiz", kind, right), "Mozilla/5.0")
	for id, verb := range map[string]string{s.person("cy", "Cy", "Vega", kind, right): "suspend", s.person("dan", "Dan", "Sá", kind, right): "delete"} {
		r := s.client("console_owner").post("/people/"+id+"/"+verb, url.Values{"confirm": {"on"}})
		if r.status >= http.StatusInternalServerError {
			t.Fatalf("%s: status %d: %s", verb, r.status, r.body)
		}
	}
	return s
}

// Every page that a link leads to is there, in each preset and each language, and is a whole page of that language. Whoever may
// only look is led nowhere that is refused.
func TestWalkOfEveryPageInEveryLanguage(t *testing.T) {
	for _, x := range walkedPresets {
		name := x.preset
		if name == "" {
			name = "standard"
		}
		t.Run(name, func(t *testing.T) {
			s := walkable(t, x.preset, x.manifest, x.kind, x.right)
			for _, w := range [][2]string{
				{"console_owner", "en"}, {"console_owner", "es"}, {"console_owner", "pt-BR"}, {"administrator", "es"}, {"console_viewer", "pt-BR"}, {"console_help_desk", "en"},
			} {
				t.Run(w[0]+" "+w[1], func(t *testing.T) { (&walk{t: t, client: s.client(w[0]), language: w[1]}).all() })
			}
		})
	}
}

// walk goes from the start page along every link.
type walk struct {
	t        *testing.T
	client   *client
	language string
	queue    []string
	from     map[string]string // where a link to it was found
	variants map[string]int    // by path
}

// What is walked at most, and how many addresses of one path.
const walkedPages, walkedVariants = 400, 4

func (w *walk) all() {
	w.from, w.variants, w.queue = map[string]string{"/": "the start"}, map[string]int{}, []string{"/"}
	for i := 0; i < len(w.queue) && i < walkedPages; i++ {
		w.visit(w.queue[i])
	}
	if n := len(w.queue); n < 8 {
		w.t.Errorf("only %d pages are linked: %q", n, w.queue)
	} else {
		w.t.Logf("%d pages", n)
	}
}

func (w *walk) visit(address string) {
	r := w.client.get(address, "Accept-Language", w.language)
	fault := func(format string, args ...any) {
		w.t.Helper()
		w.t.Errorf("%s (linked from %s): "+format, append([]any{address, w.from[address]}, args...)...)
	}
	here, _ := url.Parse(address)
	if to := r.header.Get("Location"); r.status == http.StatusSeeOther && strings.HasPrefix(to, "/") {
		w.follow(here, to)
		return
	}
	if r.status != http.StatusOK {
		fault("status %d", r.status)
		return
	}
	if !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") {
		return // a download
	}
	page, err := readPage(r.body)
	if err != nil {
		fault("it is no tidy HTML: %v", err)
		return
	}
	if page.language != w.language {
		fault("the language is %q", page.language)
	}
	for _, text := range page.faults {
		fault("%s", text)
	}
	for _, link := range page.links {
		to := w.follow(here, link)
		if to.Fragment != "" && to.Path == here.Path && to.RawQuery == here.RawQuery && !page.ids[to.Fragment] {
			fault("the link %q leads to no place of the page", link)
		}
	}
}

// follow adds where a link leads to the queue, unless that is elsewhere or known, and returns it.
func (w *walk) follow(here *url.URL, link string) url.URL {
	w.t.Helper()
	to, err := here.Parse(link)
	if err != nil {
		w.t.Fatalf("%s has the link %q: %v", here, link, err)
	}
	whole := *to
	w.add(to, here.String())
	return whole
}

func (w *walk) add(to *url.URL, from string) {
	if to.Host != "" || to.Scheme != "" {
		return
	}
	to.Fragment = ""
	next := to.String()
	if _, known := w.from[next]; known || w.variants[to.Path] >= walkedVariants {
		return
	}
	w.from[next] = from
	w.variants[to.Path]++
	w.queue = append(w.queue, next)
}

// page is what a walk looks at.
type page struct {
	language string
	ids      map[string]bool
	links    []string
	faults   []string
}

// readPage reads a page and finds what is wrong about it.
func readPage(text string) (*page, error) {
	p := &page{ids: map[string]bool{}}
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var within []xml.StartElement
	labelled, controls, headings := map[string]bool{}, map[string]string{}, 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		switch x := token.(type) {
		case xml.StartElement:
			x = x.Copy()
			p.element(x)
			switch x.Name.Local {
			case "h1":
				headings++
			case "label":
				labelled[attribute(x, "for")] = true
			case "input", "select", "textarea":
				if !inside(within, "label") && !named(x) && !slices.Contains([]string{"hidden", "submit"}, attribute(x, "type")) {
					controls[attribute(x, "id")] = attribute(x, "name")
				}
			}
			within = append(within, x)
		case xml.EndElement:
			within = within[:len(within)-1]
		case xml.CharData:
			p.text(string(x), within)
		}
	}
	for id, name := range controls {
		if id == "" || !labelled[id] {
			p.faults = append(p.faults, "the control "+name+" has no label")
		}
	}
	if headings != 1 {
		p.faults = append(p.faults, "it has no h1, or several")
	}
	return p, nil
}

func (p *page) element(x xml.StartElement) {
	for _, a := range x.Attr {
		if key := a.Name.Local; key == "style" || strings.HasPrefix(key, "on") {
			p.faults = append(p.faults, "the attribute "+key+" is forbidden by the policy")
		}
		if slices.Contains([]string{"title", "aria-label", "placeholder", "alt"}, a.Name.Local) {
			p.words(a.Value)
		}
	}
	if id := attribute(x, "id"); id != "" {
		if p.ids[id] {
			p.faults = append(p.faults, "two things have the id "+id)
		}
		p.ids[id] = true
	}
	switch x.Name.Local {
	case "html":
		p.language = attribute(x, "lang")
	case "a":
		p.links = append(p.links, attribute(x, "href"))
	case "img", "svg":
		if !named(x) && attribute(x, "alt") == "" && attribute(x, "aria-hidden") == "" {
			p.faults = append(p.faults, "a picture says nothing to whoever does not see it")
		}
	}
}

// text looks at what stands in the page, save where it is quoted: code, and what one has typed.
func (p *page) text(text string, within []xml.StartElement) {
	for _, x := range within {
		if slices.Contains([]string{"code", "pre", "textarea", "script"}, x.Name.Local) {
			return
		}
	}
	p.words(text)
}

// nothing is what a text is that was put together wrongly.
var nothing = regexp.MustCompile(`\{\{|%!|<nil>|<no value>|\bmap\[|\[object`)

func (p *page) words(text string) {
	if nothing.MatchString(text) {
		p.faults = append(p.faults, "it says "+strings.TrimSpace(text))
	}
	for _, key := range keyShape.FindAllString(text, -1) {
		area, _, _ := strings.Cut(key, ".")
		if areas()[area] && !meant(key) {
			p.faults = append(p.faults, "it shows the key "+key)
		}
	}
}

// keyShape is what a key of the catalogue looks like.
var keyShape = regexp.MustCompile(`\b[a-z_]+\.[a-z_]+\b`)

// meant reports whether something that looks like a key is one that people write: of a setting or a permission.
func meant(key string) bool {
	_, setting := directory.SettingNamed(key)
	return setting || slices.ContainsFunc(access.Permissions(), func(p access.Permission) bool { return p.Key == key || strings.HasPrefix(p.Key, key+".") })
}

// areas are the first parts of the catalogue's keys.
func areas() map[string]bool {
	if len(allAreas) > 0 {
		return allAreas
	}
	files, err := filepath.Glob("../locale/text/*.en.json")
	if err != nil || len(files) == 0 {
		panic("there are no texts")
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		var texts map[string]any
		if err := json.Unmarshal(raw, &texts); err != nil {
			panic(err)
		}
		for key := range maps.Keys(texts) {
			area, _, _ := strings.Cut(key, ".")
			allAreas[area] = true
		}
	}
	return allAreas
}

var allAreas = map[string]bool{}

func attribute(x xml.StartElement, name string) string {
	for _, a := range x.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// named reports whether an element has a name of its own.
func named(x xml.StartElement) bool {
	return attribute(x, "aria-label") != "" || attribute(x, "aria-labelledby") != ""
}

func inside(within []xml.StartElement, name string) bool {
	return slices.ContainsFunc(within, func(x xml.StartElement) bool { return x.Name.Local == name })
}
