package scim_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/store/storetest/migrated"
)

// recording is one file of testdata/recorded.
type recording struct {
	Request, Response json.RawMessage
	Method, Path      string
	StatusCode        int
	Given             []struct {
		Path, ID string
		Body     json.RawMessage
	}
	Differences map[string]string
}

func TestRecordedExchanges(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/recorded/*/*.json")
	if err != nil || len(files) != 18 {
		t.Fatalf("%d recordings, %v", len(files), err)
	}
	migrated.Each(t, func(t *testing.T, dsn string) {
		g := open(t, dsn)
		for _, file := range files {
			name := strings.TrimSuffix(strings.TrimPrefix(file, "testdata/recorded/"), ".json")
			t.Run(name, func(t *testing.T) {
				b, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				dialect := directory.Okta
				if strings.HasPrefix(name, "azuread/") {
					dialect = directory.Entra
				}
				replay(t, g.connect(dialect).in(t), string(b))
			})
		}
	})
}

func replay(t *testing.T, c *client, text string) {
	var x recording
	read := func() {
		x = recording{}
		if err := json.Unmarshal([]byte(text), &x); err != nil {
			t.Fatal(err)
		}
	}
	read()
	for i := range x.Given {
		made := c.send("POST", x.Given[i].Path, string(x.Given[i].Body)).want(201)
		text = strings.ReplaceAll(text, x.Given[i].ID, made.text("/id"))
		read()
	}
	r := c.send(x.Method, x.Path, string(x.Request))
	if _, differs := x.Differences["/status"]; !differs && r.status != x.StatusCode || r.status/100 != x.StatusCode/100 {
		t.Fatalf("status %d, recorded %d: %s", r.status, x.StatusCode, r.body)
	}
	if len(x.Response) == 0 || len(r.body) == 0 {
		return
	}
	var want any
	if err := json.Unmarshal(x.Response, &want); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{"/status": true}
	for _, d := range compare("", want, r.doc(), x.Method == "POST") {
		if _, differs := x.Differences[d.at]; !differs {
			t.Errorf("%s: recorded %v, got %v", d.at, d.want, d.got)
		}
		used[d.at] = true
	}
	for at := range x.Differences {
		if !used[at] {
			t.Errorf("%s is named as a difference, and is none", at)
		}
	}
}

type difference struct {
	at        string
	want, got any
}

// compare returns where an answer has not what was recorded. Ids that a service provider gives, dates and locations are
// their own.
func compare(at string, want, got any, created bool) (all []difference) {
	differs := []difference{{at, want, got}}
	switch want := want.(type) {
	case nil:
		if s := reflect.ValueOf(got); got != nil && (s.Kind() != reflect.Slice || s.Len() > 0) {
			return differs
		}
		return nil
	case map[string]any:
		there, ok := got.(map[string]any)
		if !ok {
			return differs
		}
		for name, value := range want {
			switch {
			case at == "" && name == "id" && created, strings.HasSuffix(at, "/meta") && (name == "created" || name == "lastModified"):
			case strings.HasSuffix(at, "/meta") && name == "location":
				kind, _, _ := strings.Cut(fmt.Sprint(value), "/")
				if location := fmt.Sprint(there[name]); !strings.Contains(location, "/scim/v2/"+kind+"/") || !created && !strings.HasSuffix(location, "/"+fmt.Sprint(value)) {
					all = append(all, difference{at + "/" + name, value, location})
				}
			default:
				all = append(all, compare(at+"/"+name, value, there[name], created)...)
			}
		}
	case []any:
		there, ok := got.([]any)
		if !ok || len(there) != len(want) {
			return differs
		}
		for i := range want {
			all = append(all, compare(fmt.Sprintf("%s/%d", at, i), want[i], there[i], created)...)
		}
	default:
		if want != got {
			return differs
		}
	}
	slices.SortFunc(all, func(a, b difference) int { return strings.Compare(a.at, b.at) })
	return all
}
