package ldap

import (
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"rollcall/directory"
)

// conn is a bound connection. It belongs to one goroutine, but for closing.
type conn struct {
	*goldap.Conn
	url     string
	timeout time.Duration // of the server's silence
	page    int           // entries in a page
}

func check(directory.LDAPSettings) error { return nil }
