// Package deploy checks the files of a trial deployment against the program.
package deploy

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"

	"rollcall/config"
)

// trial reads docker-compose.yml as Docker does, by the compose specification's own library.
func trial(t *testing.T) *types.Project {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	project, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  root,
		ConfigFiles: types.ToConfigFiles([]string{filepath.Join(root, "docker-compose.yml")}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func TestTrialStartsGatewayAndWhatItSpeaksTo(t *testing.T) {
	t.Parallel()
	project := trial(t)
	want := []string{"gateway", "ldap", "mail", "manifest", "oidc", "postgres"}
	if got := project.ServiceNames(); !slices.Equal(got, want) {
		t.Errorf("services = %q, want %q", got, want)
	}
	for name, service := range project.Services {
		if service.Restart != "" && service.HealthCheck == nil {
			t.Errorf("service %s keeps running and has no healthcheck", name)
		}
		if service.Build == nil && !strings.Contains(service.Image, ":") {
			t.Errorf("service %s: image %s is not pinned to a version", name, service.Image)
		}
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("service %s: port %s is open beyond this machine", name, port.Published)
			}
		}
	}
}

func TestTrialSetsOnlyVariablesThatTheProgramKnows(t *testing.T) {
	t.Parallel()
	project, known := trial(t), config.Variables()
	for _, name := range []string{"gateway", "manifest"} {
		service := project.Services[name]
		var environ []string
		for variable, value := range service.Environment {
			if !slices.Contains(known, variable) {
				t.Errorf("service %s sets %s, which the program does not know", name, variable)
			}
			path, inFile := strings.CutPrefix(*value, "/run/secrets/")
			if strings.HasSuffix(variable, "_FILE") != inFile {
				t.Errorf("service %s: %s = %s: a secret comes from a file, anything else does not", name, variable, *value)
			}
			if inFile && !slices.ContainsFunc(service.Secrets, func(s types.ServiceSecretConfig) bool { return s.Source == path }) {
				t.Errorf("service %s: %s names the secret %s, which the service is not given", name, variable, path)
			}
			if !inFile {
				environ = append(environ, variable+"="+*value)
			}
		}
		if _, err := config.Load("no-such-file", false, environ); err != nil {
			t.Errorf("service %s: %v", name, err)
		}
	}
}

func TestTrialMakesEverySecret(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("../scripts/trial")
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range trial(t).Secrets {
		if filepath.Base(secret.File) != name || filepath.Base(filepath.Dir(secret.File)) != "secrets" {
			t.Errorf("secret %s stands in %s, want deploy/secrets/%s", name, secret.File, name)
		}
		if !strings.Contains(string(script), "\nsecret "+name+" ") {
			t.Errorf("scripts/trial does not make the secret %s", name)
		}
	}
}

func TestTrialMountsFilesThatExist(t *testing.T) {
	t.Parallel()
	for name, service := range trial(t).Services {
		for _, volume := range service.Volumes {
			if volume.Type != types.VolumeTypeBind {
				continue
			}
			if _, err := os.Stat(volume.Source); err != nil {
				t.Errorf("service %s: %v", name, err)
			}
		}
		if service.Build != nil {
			if _, err := os.Stat(filepath.Join(service.Build.Context, service.Build.Dockerfile)); err != nil {
				t.Errorf("service %s: %v", name, err)
			}
		}
	}
}

func TestTrialManifestIsValid(t *testing.T) {
	t.Parallel()
	spec, err := config.LoadManifest("acme.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if spec.Tenant != "acme" || len(spec.Connections) != 3 || len(spec.Rules) != 3 {
		t.Errorf("tenant %q with %d connections and %d rules, want acme with 3 and 3", spec.Tenant, len(spec.Connections), len(spec.Rules))
	}
}

// The gateway can read the trial's directory: its manifest names the service and the secret that the service is given.
func TestTrialReadsItsDirectory(t *testing.T) {
	t.Parallel()
	spec, err := config.LoadManifest("acme.yaml")
	if err != nil {
		t.Fatal(err)
	}
	services := trial(t).Services
	gateway, found := services["gateway"], 0
	for _, c := range spec.Connections {
		if c.LDAP == nil {
			continue
		}
		found++
		for _, address := range c.LDAP.URLs {
			u, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := services[u.Hostname()]; !ok {
				t.Errorf("%s: there is no service %s", c.Name, u.Hostname())
			}
			if _, ok := gateway.DependsOn[u.Hostname()]; !ok {
				t.Errorf("the gateway does not wait for the service %s, which it reads", u.Hostname())
			}
		}
		secret, ok := strings.CutPrefix(c.LDAP.BindPasswordFile, "/run/secrets/")
		if !ok || !slices.ContainsFunc(gateway.Secrets, func(s types.ServiceSecretConfig) bool { return s.Source == secret }) {
			t.Errorf("%s: the gateway is not given %s", c.Name, c.LDAP.BindPasswordFile)
		}
	}
	if found != 1 {
		t.Errorf("%d directories are read, want 1", found)
	}
}
