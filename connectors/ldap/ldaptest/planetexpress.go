package ldaptest

import (
	"embed"
	"io/fs"
	"strings"
	"testing"

	"rollcall/directory"
)

//go:embed testdata/planetexpress/*.ldif
var planetexpress embed.FS

// Planetexpress starts a slapd with the directory of testdata/planetexpress: seven people, five of them with a photo, and
// two groups of the class Group, all in ou=people,dc=planetexpress,dc=com. Schema and overlays come from the files too.
func Planetexpress(tb testing.TB) *Server {
	tb.Helper()
	s := OpenLDAP(tb, Base("dc=planetexpress,dc=com"), Without("memberof", "refint"), func(o *slapd) { o.bare = true })
	s.Groups = s.People
	s.adjust = func(set *directory.LDAPSettings) { set.Groups.Filter = "(objectClass=Group)" }
	s.Configure(planetexpressFile(tb, "msad.ldif"))
	s.Configure(planetexpressFile(tb, "memberof.ldif"))
	names, err := fs.Glob(planetexpress, "testdata/planetexpress/[0-9]*.ldif")
	if err != nil {
		tb.Fatal(err)
	}
	for _, name := range names { // sorted: people before groups
		s.Add(planetexpressFile(tb, strings.TrimPrefix(name, "testdata/planetexpress/")))
	}
	return s
}

func planetexpressFile(tb testing.TB, name string) string {
	tb.Helper()
	text, err := planetexpress.ReadFile("testdata/planetexpress/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}
