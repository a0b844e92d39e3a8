package config

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func FuzzParseManifest(f *testing.F) {
	for _, name := range []string{"testdata/acme.yaml", "testdata/faulty.yaml"} {
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
		for _, fault := range faults {
			if fault.File != "m.yaml" || fault.Text == "" || strings.ContainsAny(fault.Error(), "\n\r\x00") {
				t.Errorf("fault %+v does not say where and what on one line", fault)
			}
		}
	})
}
