package config

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func FuzzParseManifest(f *testing.F) {
	for _, name := range []string{"testdata/acme.yaml", "testdata/campaigns.yaml", "testdata/faulty.yaml"} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, s := range []string{
		"", "tenant: a", "\ufefftenant: a\r\n", "tenant: a\n---\ntenant: b\n", "%YAML 1.2\n---\n{}", "{tenant: a, settings: {a: {b: c}}}",
		"a: &a [*a, *a]\n<<: *a\n? b\n: !!str c\n", "mapping: {rules: [{name: a, group: '{a}{b', when: a eq}]}", "[[[[{a: [", "- - - -\n -\n", "a: |\n  b\n c",
		"tenant: !!binary 1\n", "? {a: b}\n: c", "'a': \"\\ud800\"", "a:\n\tb", "\"", "connections: [{}, ~, [], '']", "&a\n", "*", "!!map\n", "- !<", "a: !!seq\n- b",
		"tenant: a\npreset: whatsapp-team@1\nsettings: {login: {identifiers: [email, phone]}, handoff.required: true}\n",
		"tenant: a\nroles: [{key: b, permissions: [reports.view, {key: metrics.view, scope: own, mode: optional}], deny: [orders.view], options: [{key: c, permissions: [tags.manage]}]}]\n",
		"tenant: a\npreset: campaign-contact-centre\nprofiles: [{name: b, role: agent, icon: c, description: 'é', modules: [module.crm]}, {name: d, state: absent}]\n",
		"tenant: a\ncompanies: [b]\nagent_groups: [{name: c, company: B, channels: [chat], default: true}]\ncampaigns: [d]\nqueues: [e]\nstrategies: [{name: f, was: g}]\n",
		"tenant: a\nstatuses: [{key: busy, icon: ''}]\nseat_pools: [{key: b, policy: default, limit: 3, roles: [agent]}]\n",
		"tenant: a\nmapping: {tests: [{name: b, user: {emails: c, department: '\\', name: {givenName: d}}, groups: [e], expect: {agent_groups: [f]}}]}\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		spec, err := ParseManifest("m.yaml", data)
		faults := Faults(nil)
		switch {
		case err == nil && spec.Tenant == "":
			t.Error("a manifest without a tenant is no manifest")
		case err != nil && (!errors.As(err, &faults) || len(faults) == 0):
			t.Errorf("the error is %T, want Faults", err)
		}
		if err == nil {
			var b strings.Builder
			if err := WriteManifest(&b, spec); err != nil {
				t.Fatalf("it cannot be written: %v", err)
			}
			again, err := ParseManifest("m.yaml", []byte(b.String()))
			if diff := cmp.Diff(spec, again, cmpopts.EquateEmpty()); err != nil || diff != "" {
				t.Errorf("what is written is read back as something else: %v\n%s\n%s", err, diff, b.String())
			}
		}
		for _, fault := range faults {
			if fault.File != "m.yaml" || fault.Text == "" || strings.ContainsAny(fault.Error(), "\n\r\x00") {
				t.Errorf("fault %+v does not say where and what on one line", fault)
			}
		}
	})
}
