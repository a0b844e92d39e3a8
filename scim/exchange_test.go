package scim_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rollcall/directory"
	"rollcall/store/storetest/migrated"
)

// exchange is one file of testdata: what a client does, as requests and what their answers must have. See
// testdata/README.md for its form.
type exchange struct {
	dialect directory.Dialect
	steps   []step
}

type step struct {
	line         int
	method, path string
	headers      []string
	body         strings.Builder
	status       int
	answered     []string // headers of the answer
	checks       []string
	answersSeen  bool
}

func parseExchange(t *testing.T, text string) exchange {
	t.Helper()
	x := exchange{dialect: directory.RFC}
	var s *step
	for n, line := range strings.Split(text, "\n") {
		switch {
		case s == nil && strings.HasPrefix(line, "dialect: "):
			x.dialect = directory.Dialect(strings.TrimPrefix(line, "dialect: "))
		case strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "":
		case strings.HasPrefix(line, "> ") && (s == nil || s.answersSeen):
			method, path, _ := strings.Cut(line[2:], " ")
			x.steps = append(x.steps, step{line: n + 1, method: method, path: strings.NewReplacer(" ", "%20", `"`, "%22").Replace(path)})
			s = &x.steps[len(x.steps)-1]
		case strings.HasPrefix(line, "> "):
			s.headers = append(s.headers, line[2:])
		case strings.HasPrefix(line, "< ") && !s.answersSeen:
			var err error
			if s.status, err = strconv.Atoi(line[2:]); err != nil {
				t.Fatalf("line %d: %v", n+1, err)
			}
			s.answersSeen = true
		case strings.HasPrefix(line, "< "):
			s.answered = append(s.answered, line[2:])
		case s.answersSeen:
			s.checks = append(s.checks, line)
		default:
			s.body.WriteString(line + "\n")
		}
	}
	return x
}

func TestWhatClientsDo(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*/*.exchange")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d exchanges, %v", len(files), err)
	}
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		for _, file := range files {
			t.Run(strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), ".exchange"), func(t *testing.T) {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				x := parseExchange(t, string(text))
				if len(x.steps) == 0 {
					t.Fatal("no steps")
				}
				play(t, g.connect(x.dialect).in(t), x)
			})
		}
	})
}

var variable = regexp.MustCompile(`\$\{\w+\}`)

func play(t *testing.T, c *client, x exchange) {
	names := map[string]string{}
	filled := func(s string) string {
		return variable.ReplaceAllStringFunc(s, func(name string) string {
			if _, ok := names[name[2:len(name)-1]]; !ok {
				t.Fatalf("%s has no value", name)
			}
			return names[name[2:len(name)-1]]
		})
	}
	for i := range x.steps {
		s := &x.steps[i]
		r := c.send(s.method, filled(s.path), filled(s.body.String()), s.headers...)
		if r.status != s.status {
			t.Fatalf("line %d: status %d, want %d: %s\n%s", s.line, r.status, s.status, r.body, c.log)
		}
		for _, h := range s.answered {
			name, want, _ := strings.Cut(filled(h), ":")
			if got := r.header.Get(name); got != strings.TrimSpace(want) {
				t.Errorf("line %d: %s is %q, want %q", s.line, name, got, strings.TrimSpace(want))
			}
		}
		for _, check := range s.checks {
			if text, ok := strings.CutPrefix(check, "log "); ok {
				c.logged(text)
				continue
			}
			fields := strings.SplitN(filled(check), " ", 3)
			got := r.at(fields[0])
			switch {
			case len(fields) == 2 && fields[1] == "!":
				if got != nil {
					t.Errorf("line %d: %s is there: %v", s.line, fields[0], got)
				}
			case len(fields) == 2 && fields[1] == "?":
				if got == nil {
					t.Errorf("line %d: %s is not there: %s", s.line, fields[0], r.body)
				}
			case len(fields) == 3 && fields[1] == "->":
				names[fields[2]] = r.text(fields[0])
			case len(fields) == 3 && fields[1] == "=":
				var want any
				if err := json.Unmarshal([]byte(fields[2]), &want); err != nil {
					t.Fatalf("line %d: %q: %v", s.line, check, err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("line %d: %s (-want +got): %s", s.line, fields[0], diff)
				}
			default:
				t.Fatalf("line %d: not a check: %q", s.line, check)
			}
		}
	}
}
