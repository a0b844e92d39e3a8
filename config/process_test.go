package config

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var comparePrefixes = cmpopts.EquateComparable(netip.Prefix{})

// write makes a file in a fresh folder and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// key returns a secret key of the byte, in base64.
func key(b byte) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, keySize)) }

func TestDefaultsHoldWithoutFileAndVariables(t *testing.T) {
	t.Parallel()
	got, err := Load(filepath.Join(t.TempDir(), "rollcall.yaml"), false, []string{"PATH=/bin", "ROLLCALL_SMTP=", "ROLLCALL_DATABASE_FILE="})
	want := Config{Listen: "127.0.0.1:8080", BaseURL: "http://localhost:8080", Database: "sqlite://rollcall.db", Log: "text"}
	if diff := cmp.Diff(want, got, comparePrefixes, cmpopts.EquateEmpty()); err != nil || diff != "" {
		t.Errorf("%v; configuration (-want +got):\n%s", err, diff)
	}
}

func TestEnvironmentWinsOverFileWinsOverDefault(t *testing.T) {
	t.Parallel()
	keys := write(t, "key", key('a')+",\n"+key('b')+"\n")
	path := write(t, "rollcall.yaml", `# A comment.
listen: ":80"
base_url: https://a.example.com/rollcall
database_file: `+write(t, "database", "postgres://u:p@db/a\n")+`
secret_key: [`+key('c')+`]
trusted_proxies: [10.0.0.0/8, "fd00::/8", 192.0.2.7]
tls_cert: a.crt
tls_key: a.key
metrics_token: 0123456789abcdef
metrics_listen: localhost:9090
egress: 10.1.0.0/16, 10.2.0.0/16
`)
	want := Config{
		File: path, Listen: ":80", BaseURL: "https://b.example.com", Database: "postgres://u:p@db/a", TLSCert: "a.crt", TLSKey: "a.key",
		SecretKeys:     [][]byte{bytes.Repeat([]byte("a"), 32), bytes.Repeat([]byte("b"), 32)},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8"), netip.MustParsePrefix("192.0.2.7/32")},
		Egress:         []netip.Prefix{netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("::1/128")},
		MetricsListen:  "localhost:9090", MetricsToken: "0123456789abcdef", SMTP: "smtp://u:p@mail:25", Log: "json",
		Warnings: []string{
			"ROLLCALL_SMTP: has no effect: this version sends no mail",
		},
	}
	got, err := Load(path, true, []string{
		"ROLLCALL_BASE_URL=https://b.example.com", "ROLLCALL_BASE_URL=https://c.example.com", "ROLLCALL_SECRET_KEY_FILE=" + keys,
		"ROLLCALL_EGRESS= 172.16.0.0/12 ,::1", "ROLLCALL_SMTP=smtp://u:p@mail:25", "ROLLCALL_LOG=json", "ROLLCALL_LISTEN=",
		"ROLLCALL_TEST_POSTGRES=x", "rollcall_x=y", "ROLLCALL=z",
	})
	if diff := cmp.Diff(want, got, comparePrefixes); err != nil || diff != "" {
		t.Errorf("%v; configuration (-want +got):\n%s", err, diff)
	}
}

func TestVariablesOfOthersAreLeftAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "none.yaml")
	_, err := Load(path, false, []string{
		"ROLLCALL_SERVICE_HOST=10.0.0.1", "ROLLCALL_SERVICE_PORT=80", "ROLLCALL_SERVICE_PORT_HTTP=80", "ROLLCALL_PORT=tcp://10.0.0.1:80",
		"ROLLCALL_PORT_80_TCP=tcp://10.0.0.1:80", "ROLLCALL_PORT_80_TCP_ADDR=10.0.0.1", "ROLLCALL_METRICS_SERVICE_HOST=10.0.0.1",
		"ROLLCALL_METRICS_PORT=tcp://10.0.0.1:90", "ROLLCALL_METRICS_PORT_90_TCP_PROTO=tcp",
		"ROLLCALL_URL=http://localhost:8080/scim/v2", "ROLLCALL_TOKEN=rct_x", "ROLLCALL_BENCH_USERS=1000",
	})
	if err != nil {
		t.Error(err)
	}
	_, err = Load(path, false, []string{"ROLLCALL_PORT=8080", "ROLLCALL_SERVICE=x", "ROLLCALL_LISTN=:80", "ROLLCALL_LOG_FILE=x", "ROLLCALL_TOKENS=x", "ROLLCALL_URL_FILE=x"})
	want := `ROLLCALL_LISTN: unknown variable; did you mean ROLLCALL_LISTEN?
ROLLCALL_LOG_FILE: unknown variable
ROLLCALL_PORT: unknown variable
ROLLCALL_SERVICE: unknown variable
ROLLCALL_TOKENS: unknown variable
ROLLCALL_URL_FILE: unknown variable`
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant\n%s", err, want)
	}
}

func TestConfigurationFaultsAreReportedAtOnceAndHideSecrets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := write(t, "rollcall.yaml", `listen: localhost
base_url: https://user:SECRET@example.com/
databse: x
database: mysql://root:SECRET@db
database_file: `+dir+`/none
secret_key: [SECRET!, 1234567890, c2hvcnQ=]
smtp: smtp://user:SECRET@mail
messages_url: [SECRET]
metrics_token: SECRET with spaces
tls_cert: a.crt
trusted_proxies: [10.0.0.1/8, 10.0.0.0/33, {}, ""]
log: xml
listen: ":80"
`)
	_, err := Load(path, false, []string{
		"ROLLCALL_SECRET_KEY_FILE=" + dir + "/key", "ROLLCALL_METRICS_TOKEN=SECRET", "ROLLCALL_METRICS_TOKEN_FILE=" + dir,
		"ROLLCALL_EGRESS=localhost", "ROLLCALL_BASE_URL=ftp://x", "ROLLCALL_SMTP_FILE=" + dir, "ROLLCALL_LOG=\xff",
	})
	want := fmt.Sprintf(`%[1]s:1:9: listen: "localhost" is not host:port, as in 127.0.0.1:8080 or :8080
%[1]s:2:11: base_url: must not have a user or a password
%[1]s:3:1: databse: unknown key; did you mean "database"?
%[1]s:5:16: database_file: database is given too; keep one of the two
%[1]s:6:14: secret_key[0]: is not base64; make a key with: openssl rand -base64 32
%[1]s:6:23: secret_key[1]: must be text, not a number; put it in quotes
%[1]s:6:35: secret_key[2]: has 5 bytes, not 32; make a key with: openssl rand -base64 32
%[1]s:7:7: smtp: is not smtp://[user:password@]host:port; write signs in the password as %%XX
%[1]s:8:15: messages_url: must be text, not a list
%[1]s:9:16: metrics_token: must be at least 16 letters, digits and . _ ~ + / -; make one with: openssl rand -hex 32
%[1]s:10:11: tls_cert: needs tls_key too; TLS takes both
%[1]s:11:19: trusted_proxies[0]: "10.0.0.1/8" has bits beyond its length; write 10.0.0.0/8
%[1]s:11:31: trusted_proxies[1]: "10.0.0.0/33" is not a network, as in 10.0.0.0/8, or an address
%[1]s:11:44: trusted_proxies[2]: must be text, not a mapping; put a text that begins with { in quotes
%[1]s:12:6: log: "xml" is not one of text, json
%[1]s:13:1: listen: the key is already on line 1
ROLLCALL_BASE_URL: is not an http:// or https:// URL, as in https://rollcall.example.com
ROLLCALL_EGRESS: "localhost" is not a network, as in 10.0.0.0/8, or an address
ROLLCALL_LOG: is not valid UTF-8
ROLLCALL_METRICS_TOKEN_FILE: ROLLCALL_METRICS_TOKEN is set too; keep one of the two
ROLLCALL_SECRET_KEY_FILE: the file "%[2]s/key" cannot be read: no such file or directory
ROLLCALL_SMTP_FILE: the file "%[2]s" cannot be read: is a directory`, path, dir)
	if err == nil {
		t.Fatal("no fault was found")
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if strings.Contains(err.Error(), "SECRET ") || strings.Contains(err.Error(), "SECRET@") || strings.Contains(err.Error(), "1234567890") {
		t.Error("a fault repeats a secret")
	}
}

func TestConfigurationFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, c := range []struct {
		path     string
		explicit bool
		want     string
	}{
		{dir + "/none.yaml", true, dir + "/none.yaml: cannot be read: no such file or directory"},
		{dir, false, dir + ": cannot be read: is a directory"},
		{write(t, "list.yaml", "- a"), false, "list.yaml:1:1: must be a mapping of keys to values, not a list"},
		{write(t, "tls.yaml", "tls_cert: a\ntls_key: |\n  -----BEGIN\n"), false, "tls.yaml:2:10: tls_key: must be the path of a PEM file, not what stands in it"},
		{write(t, "metrics.yaml", "metrics_listen: 127.0.0.1:8080"), false, "metrics.yaml:1:17: metrics_listen: must not be the address of listen; leave it out to serve /metrics there"},
		{write(t, "key.yaml", "secret_key_file: "+write(t, "empty", "\n")), false, `/empty" is empty`},
		{write(t, "big.yaml", "secret_key_file: "+write(t, "big", strings.Repeat("a", maxSecret+1))), false, `/big" cannot be read: it is larger than a secret`},
		{write(t, "null.yaml", "listen:\nlog: ~\nsecret_key: []\nsmtp: ''\n"), false, ""},
	} {
		_, err := Load(c.path, c.explicit, nil)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("Load: %v, want one fault: %s", err, c.want)
		}
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	c, err := Load(filepath.Join(t.TempDir(), "none.yaml"), false, []string{
		"ROLLCALL_DATABASE=postgres://user:SECRET@db:5432/rollcall?password=SECRET&sslmode=disable", "ROLLCALL_METRICS_TOKEN=SECRET-0123456789",
		"ROLLCALL_SMTP=smtp://user:SECRET@mail:25", "ROLLCALL_MESSAGES_URL=https://example.com/hook/SECRET?k=SECRET", "ROLLCALL_SECRET_KEY=" + key('S'),
	})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).InfoContext(t.Context(), "x", "config", c)
	slog.New(slog.NewJSONHandler(&log, nil)).InfoContext(t.Context(), "x", "config", c)
	redacted, err := json.Marshal(c.Redacted())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{log.String(), fmt.Sprint(c), fmt.Sprintf("%v %+v %#v %s %q %d %x", c, c, &c, c, c, c, c), string(redacted)} {
		if strings.Contains(text, "SECRET") || strings.Contains(text, "SSSS") || strings.Contains(text, "[83 83") || strings.Contains(text, key('S')) {
			t.Errorf("a secret is printed: %s", text)
		}
		if !strings.Contains(text, "postgres://user@db:5432/rollcall") {
			t.Errorf("the database is not named: %s", text)
		}
	}
}

// The example shows every key, with values that hold.
func TestTheExampleIsCompleteAndLoads(t *testing.T) {
	t.Parallel()
	const path = "../rollcall.example.yaml"
	defaults, err := Load("none.yaml", false, nil)
	if err != nil {
		t.Fatal(err)
	}
	example, err := Load(path, true, nil)
	defaults.File = path
	if diff := cmp.Diff(defaults, example, comparePrefixes); err != nil || diff != "" {
		t.Errorf("%v; the example is not the defaults (-want +got):\n%s", err, diff)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	shown := make(map[string]bool)
	for _, m := range regexp.MustCompile(`(?m)^#?([a-z_]+): `).FindAllStringSubmatch(string(data), -1) {
		shown[m[1]] = true
		if !strings.HasSuffix(m[1], "_file") {
			text := strings.TrimPrefix(regexp.MustCompile(`(?m)^#?`+m[1]+`: .*$`).FindString(string(data)), "#")
			text = strings.NewReplacer("NEW", key('n'), "OLD", key('o'), "TOKEN", "0123456789abcdef").Replace(text)
			if strings.HasPrefix(m[1], "tls_") {
				text = "tls_cert: a\ntls_key: b"
			}
			if _, err := Load(write(t, "rollcall.yaml", text), true, nil); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
	for _, v := range variables {
		if !shown[v.key] {
			t.Errorf("the example does not show %s", v.key)
		}
	}
}
