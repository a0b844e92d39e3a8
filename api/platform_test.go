package api_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/access"
	"rollcall/admin"
	"rollcall/config"
	"rollcall/provision"
	"rollcall/scim"
	"rollcall/store/storetest/migrated"
)

// platform is a tenant that a manifest with a preset made, as whoever runs the platform has it: the key of an administrator,
// and a directory that provides people over SCIM.
type platform struct {
	*client

	scim  string // the address of the SCIM service
	token string // of the connection "hr"
}

// platforms is a gateway with the SCIM service beside it.
type platforms struct {
	*gateway

	scim string // the address of the SCIM service
}

func openPlatforms(t *testing.T, dsn string) platforms {
	t.Helper()
	g := open(t, dsn)
	provider := scim.New(g.db, g.engine, scim.Options{BaseURL: "https://rollcall.example.com", Log: slog.New(slog.DiscardHandler)})
	server := httptest.NewServer(provider.Before(http.NotFoundHandler()))
	t.Cleanup(func() {
		server.Close()
		if err := provider.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return platforms{g, server.URL + scim.Root}
}

// platform makes a tenant of a preset, with what the manifest has beside it; as is the role of the key.
func (g platforms) platform(t testing.TB, preset, as, manifest string) *platform {
	t.Helper()
	x := g.applied(t, preset, manifest)
	issued, err := g.admin.CreateToken(t.Context(), operator, x.name, "hr", nil)
	if err != nil {
		t.Fatal(err)
	}
	return &platform{x.key(as), g.scim, issued.Token}
}

// onPlatform runs cases as subtests on both databases, each in a tenant of its own.
func onPlatform(t *testing.T, preset, as, manifest string, cases map[string]func(*testing.T, *platform)) {
	t.Helper()
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := openPlatforms(t, dsn)
		for name, f := range cases {
			t.Run(name, func(t *testing.T) { f(t, g.platform(t, preset, as, manifest)) })
		}
	})
}

// applied makes a tenant of a manifest.
func (g *gateway) applied(t testing.TB, preset, manifest string) *tenant {
	t.Helper()
	key := fmt.Sprintf("acme%d", g.tenants.Add(1))
	text := "tenant: " + key + "\nname: Acme\npreset: " + preset + "\nconnections:\n  - {name: hr, kind: scim, dialect: rfc}\n" + manifest
	spec, err := config.ParseManifest("acme.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := g.admin.Apply(t.Context(), operator, spec, admin.Options{})
	if err != nil || r.Status != admin.Applied {
		t.Fatalf("apply: %s %v", r.Status, err)
	}
	found, err := g.db.Ops().Tenant(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tenant{g, t, found.ID, key}
}

// as asks with a key of another role.
func (p *platform) as(role string) *platform {
	p.t.Helper()
	return &platform{p.key(role), p.scim, p.token}
}

// directory sends a request of the connection "hr".
func (p *platform) directory(method, path string, body any) reply {
	p.t.Helper()
	return send(p.t, p.scim+path, method, body, "Authorization", "Bearer "+p.token, "Content-Type", "application/scim+json")
}

// provisioned is somebody whom the directory creates; more are SCIM attributes.
func (p *platform) provisioned(userName string, more object) provision.View {
	p.t.Helper()
	body := object{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": userName, "active": true}
	maps.Copy(body, more)
	r := p.directory("POST", "/Users", body)
	if r.Status != http.StatusCreated {
		p.t.Fatalf("SCIM create: %d %s", r.Status, r.Body)
	}
	return p.see(r.text("id"))
}

// hire creates somebody by hand.
func (p *platform) hire(body object) provision.View {
	p.t.Helper()
	return p.do("POST", "/users", body).want(201).person()
}

// person reads the answer as a person.
func (r reply) person() provision.View {
	r.t.Helper()
	var v provision.View
	r.into(&v)
	return v
}

// see reads somebody.
func (p *platform) see(id string) provision.View {
	p.t.Helper()
	return p.do("GET", "/users/"+id, nil).want(200).person()
}

// listed are the userNames of a list of people.
func (p *platform) listed(query string) []string {
	p.t.Helper()
	var page struct{ Items []provision.View }
	p.do("GET", "/users"+query, nil).want(200).into(&page)
	out := []string{}
	for _, v := range page.Items {
		out = append(out, v.UserName)
	}
	return out
}

// rights gives and takes rights by hand.
func (p *platform) rights(id string, add, remove object) reply {
	p.t.Helper()
	body := object{}
	if add != nil {
		body["add"] = add
	}
	if remove != nil {
		body["remove"] = remove
	}
	return p.do("POST", "/users/"+id+"/rights", body)
}

// rolesOf are the keys of somebody's roles.
func rolesOf(v provision.View) []string {
	out := []string{}
	for _, r := range v.Roles {
		out = append(out, r.Key)
	}
	return out
}

func (p *platform) holds(v provision.View, want ...string) {
	p.t.Helper()
	if got := rolesOf(v); !slices.Equal(got, want) {
		p.t.Errorf("%s has the roles %q, want %q", v.UserName, got, want)
	}
}

// groupsOf are the names of somebody's agent groups, with the kinds of membership.
func groupsOf(v provision.View) string {
	var out []string
	for _, g := range v.AgentGroups {
		out = append(out, g.Name+" "+string(g.Kind))
	}
	return strings.Join(out, ", ")
}

// where is what somebody acts upon.
type where struct{ Owner, AgentGroup, Campaign, Upon string }

// may asks whether somebody may do something; want is the answer, at most a second after whatever changed.
func (p *platform) may(person, permission string, to where, want bool) {
	p.t.Helper()
	ask := object{"person": person, "permission": permission, "owner": to.Owner, "agent_group": to.AgentGroup, "campaign": to.Campaign, "upon": to.Upon}
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) { // between looks at a condition
		r := p.do("POST", "/authorize", ask).want(200)
		if r.at("allowed") == want {
			return
		}
		if time.Now().After(deadline) {
			p.t.Errorf("%s over %+v, want %t: %s", permission, to, want, r.Body)
			return
		}
	}
}

// eligible are the codes of why somebody does not receive what is new in a group of work; "" where they do.
func (p *platform) eligible(person, group string) string {
	p.t.Helper()
	return p.eligibleBy(person, group, "")
}

// eligibleBy is [platform.eligible] over one channel.
func (p *platform) eligibleBy(person, group, channel string) string {
	p.t.Helper()
	for _, x := range p.distribution(group, channel) {
		if x.Person == person {
			return codes(x.Reasons)
		}
	}
	return access.ReasonMembership
}

func codes(reasons []access.Reason) string {
	out := []string{}
	for _, r := range reasons {
		out = append(out, r.Code)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// distribution is everybody in a group of work, with whether they receive what is new.
func (p *platform) distribution(group, channel string) []provision.MemberEligibility {
	p.t.Helper()
	var page provision.GroupPage
	p.do("GET", "/agent-groups/"+group+"/eligibility?channel="+channel, nil).want(200).into(&page)
	return page.People
}

// distributed are the userNames of those who receive what is new in a group.
func (p *platform) distributed(group string) []string {
	p.t.Helper()
	out := []string{}
	for _, x := range p.distribution(group, "") {
		if x.Eligible {
			out = append(out, x.UserName)
		}
	}
	slices.Sort(out)
	return out
}

// setStatus puts somebody into a presence status.
func (p *platform) setStatus(id, status string) reply {
	p.t.Helper()
	return p.do("PUT", "/users/"+id+"/status", object{"status": status})
}

// absent enters an absence.
func (p *platform) absent(id string, body object) reply {
	p.t.Helper()
	return p.do("POST", "/users/"+id+"/absences", body)
}

// created makes a configuration object and returns its id or key.
func (p *platform) created(path string, body object) string {
	p.t.Helper()
	r := p.do("POST", path, body).want(201)
	o, _ := r.at("object").(object)
	for _, name := range []string{"id", "key"} {
		if s, _ := o[name].(string); s != "" {
			return s
		}
	}
	p.t.Fatalf("no object in %s", r.Body)
	return ""
}

// names are one property of everything in a list.
func (p *platform) names(path, property string, fits func(object) bool) []string {
	p.t.Helper()
	var page struct{ Items []object }
	p.do("GET", path+"?limit=500", nil).want(200).into(&page)
	out := []string{}
	for _, x := range page.Items {
		if s, _ := x[property].(string); fits == nil || fits(x) {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

func sameNames(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}
