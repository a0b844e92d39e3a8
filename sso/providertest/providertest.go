// Package providertest gives tests a real, certified OpenID provider of their own: oidc-provider, which scripts/setup installs
// with npm and Node.js runs (tools/node/provider.mjs). It listens on the loopback alone, knows the accounts and clients that the
// test names, requires PKCE, and has RP-Initiated Logout and Back-Channel Logout switched on. It is gone when the test ends.
//
// It keeps to the standards by what others have tested of it. What only a provider does that breaks them belongs to tests with
// one that can be made to.
//
// Where it is not installed the test is skipped, and where CI is set it fails.
package providertest

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"rollcall/console/browsertest"
)

// Account is somebody who can sign in at the provider.
type Account struct {
	Login    string         `json:"login"`
	Password string         `json:"password"`
	Claims   map[string]any `json:"claims"` // "sub" is required; of the others UserInfo tells those that the scopes ask for
	ACR      string         `json:"acr,omitempty"`
	AMR      []string       `json:"amr,omitempty"`
}

// Client is an application at which people sign in by the provider, as it would be registered (OpenID Connect Dynamic Client
// Registration 1.0 §2).
type Client struct {
	ID                     string   `json:"client_id"`
	Secret                 string   `json:"client_secret"`
	RedirectURIs           []string `json:"redirect_uris"`
	PostLogoutURIs         []string `json:"post_logout_redirect_uris,omitempty"`
	BackChannelLogoutURI   string   `json:"backchannel_logout_uri,omitempty"`
	BackChannelWithSession bool     `json:"backchannel_logout_session_required"` // a logout token names one session, and not all of a person's
}

// What the provider's pages show, for browsers.
const (
	SignInTitle   = "Sign in at the provider"  // has the fields Login and Password, and the buttons Sign in and Cancel
	SignOutTitle  = "Sign out at the provider" // has the button [SignOutButton]
	SignOutButton = "Sign out here too"
)

// The authentication contexts that the provider supports.
const (
	PasswordACR   = "urn:example:password"
	TwoFactorsACR = "urn:example:two-factors"
)

// Provider is a running provider.
type Provider struct {
	Issuer string

	tb    testing.TB
	input io.WriteCloser
	acks  chan string

	mu   sync.Mutex
	said []string // by the process
}

// Start starts a provider without accounts and clients, and returns when it answers.
func Start(tb testing.TB) *Provider {
	tb.Helper()
	script := filepath.Join(filepath.Dir(browsertest.Modules(tb, "oidc-provider")), "provider.mjs")
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			tb.Fatal("Node.js is not installed, and tests with the certified provider have to run in CI; scripts/setup installs it")
		}
		tb.Skip("Node.js is not installed; scripts/setup installs it")
	}
	p := &Provider{tb: tb, acks: make(chan string, 1)}
	cmd := exec.CommandContext(tb.Context(), node, script)
	cmd.Cancel = func() error { return nil } // it ends with its input, which ends with us
	if p.input, err = cmd.StdinPipe(); err != nil {
		tb.Fatal(err)
	}
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	heard := make(chan struct{})
	go func() { p.hear(out); close(heard) }()
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // what it said has the reason
		_ = in.Close()
		close(ended)
	}()
	tb.Cleanup(func() {
		_ = p.input.Close() // may be gone
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			tb.Error("the provider had to be killed")
			_ = cmd.Process.Kill() // may have ended now
			<-ended
		}
		<-heard
		if tb.Failed() {
			tb.Logf("the provider said:\n%s", p.output())
		}
	})
	p.tell(map[string]any{})
	if _, err := oidc.NewProvider(tb.Context(), p.Issuer); err != nil {
		tb.Fatalf("the provider does not tell about itself: %v", err)
	}
	return p
}

// Accounts says who can sign in, in place of those before. Whoever is signed in there stays, and has the new claims.
func (p *Provider) Accounts(accounts ...Account) {
	p.tb.Helper()
	p.tell(map[string]any{"accounts": append([]Account{}, accounts...)})
}

// Clients says for whom the provider signs people in, in place of those before.
func (p *Provider) Clients(clients ...Client) {
	p.tb.Helper()
	p.tell(map[string]any{"clients": append([]Client{}, clients...)})
}

// Rotate has another key sign from now on; the one before is not published any more.
func (p *Provider) Rotate() {
	p.tb.Helper()
	p.tell(map[string]any{"rotate": true})
}

// EndSession is the address at which one signs out at the provider, without any application.
func (p *Provider) EndSession() string { return p.Issuer + "/session/end" }

// tell writes a line of settings and waits until it holds.
func (p *Provider) tell(settings map[string]any) {
	p.tb.Helper()
	line, err := json.Marshal(settings)
	if err == nil {
		_, err = p.input.Write(append(line, '\n'))
	}
	if err != nil {
		p.tb.Fatalf("the provider does not listen: %v:\n%s", err, p.output())
	}
	select {
	case issuer, ok := <-p.acks:
		if !ok {
			p.tb.Fatalf("the provider ended:\n%s", p.output())
		}
		p.Issuer = issuer
	case <-time.After(time.Minute):
		p.tb.Fatalf("the provider does not answer:\n%s", p.output())
	}
}

// hear takes what the process says: answers, and what else it has to tell.
func (p *Provider) hear(out io.Reader) {
	defer close(p.acks)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if issuer, ok := strings.CutPrefix(lines.Text(), "ok "); ok {
			p.acks <- issuer
			continue
		}
		p.mu.Lock()
		p.said = append(p.said, lines.Text())
		p.mu.Unlock()
	}
	_, _ = io.Copy(io.Discard, out) // a line that is too long must not hold it up
}

func (p *Provider) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.said, "\n")
}
