package directory_test

import (
	"regexp"
	"strings"
	"testing"

	"rollcall/directory"
)

func TestBearerIsReadBackAndMatchesOnlyItsOwnHash(t *testing.T) {
	t.Parallel()
	a := directory.NewBearer(directory.SCIMToken, "tenant", "id")
	b := directory.NewBearer(directory.SCIMToken, "tenant", "id")
	read, err := directory.ParseBearer(directory.SCIMToken, a.String())
	if err != nil || read != a {
		t.Fatalf("read back %+v (%v), want %+v", read, err, a)
	}
	if !read.Matches(a.Hash()) || read.Matches(b.Hash()) || read.Matches(nil) {
		t.Error("a token must match its own hash and no other")
	}
	if !regexp.MustCompile(`^rct_tenant_id_[0-9A-Za-z]{49}$`).MatchString(a.String()) {
		t.Errorf("a secret scanner would not recognise the form of %d characters", len(a.String()))
	}
}

func TestBearerThatIsNotWholeIsRefusedWithoutBeingRepeated(t *testing.T) {
	t.Parallel()
	good := directory.NewBearer(directory.SCIMToken, "tenant", "id").String()
	last := "0"
	if strings.HasSuffix(good, last) {
		last = "1"
	}
	for name, text := range map[string]string{
		"empty": "", "cut": good[:len(good)-1], "another prefix": "rck" + good[3:], "altered": good[:len(good)-1] + last,
		"longer": good + "0", "no parts": strings.ReplaceAll(good, "_", ""), "huge": strings.Repeat("x", 100_000), "no tenant": "rct__id_" + good[14:],
	} {
		_, err := directory.ParseBearer(directory.SCIMToken, text)
		if err == nil {
			t.Errorf("%s: taken", name)
		} else if len(text) > 20 && strings.Contains(err.Error(), text[10:20]) {
			t.Errorf("%s: the error repeats the token", name)
		}
	}
}
