package ldaptest

import (
	"encoding/hex"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"
	"github.com/jimlambrt/gldap"
)

// SyncAnswer is what a [Misbehaving] server says to a content synchronisation request (RFC 4533).
type SyncAnswer struct {
	Code    int      // the result code, such as 4096: e-syncRefreshRequired
	Cookie  string   // at the end; "" for none
	Changed []Record // as added or modified, by their entryUUID
	Deleted []string // entryUUIDs in a set of deleted ones
	Removed []string // entryUUIDs, each in an entry of the state "delete"
	Present []string // entryUUIDs in a set of those that are still there
	Phase   string   // what is sent between two phases: "", "present", "delete" or "cookie"
	Deletes bool     // refreshDeletes at the end: who left was told
}

// Sync sets what content synchronisation requests are answered; nil, as it is at first, serves them like any search.
func (m *Misbehaving) Sync(a *SyncAnswer) { m.locked(func() { m.sync = a }) }

func (a *answer) synced(s *SyncAnswer) {
	id := a.message.GetID()
	for _, r := range s.Changed {
		a.raw(stated(id, r.DN, a.attributes(r), 2, first(r.values("entryUUID"))))
	}
	for _, uuid := range s.Removed {
		a.raw(stated(id, "cn=gone", nil, 3, uuid))
	}
	switch s.Phase {
	case "present":
		a.raw(information(id, sequence(2, octets(s.Cookie))))
	case "delete":
		a.raw(information(id, sequence(1, octets(s.Cookie))))
	case "cookie":
		a.raw(information(id, ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, s.Cookie, "")))
	}
	if len(s.Present) > 0 {
		a.raw(information(id, sequence(3, boolean(false), uuids(s.Present))))
	}
	if len(s.Deleted) > 0 {
		a.raw(information(id, sequence(3, boolean(true), uuids(s.Deleted))))
	}
	if s.Code != 0 {
		a.done(s.Code, "", nil)
		return
	}
	value := ber.NewSequence("")
	if s.Cookie != "" {
		value.AppendChild(octets(s.Cookie))
	}
	value.AppendChild(boolean(s.Deletes))
	a.raw(envelope(id, result(gldap.ApplicationSearchResultDone, 0), control(goldap.ControlTypeSyncDone, value)))
}

// referral is the end of a search that somebody else has to be asked (RFC 4511 §4.1.10).
func referral(id int64, urls []string) []byte {
	done := result(gldap.ApplicationSearchResultDone, goldap.LDAPResultReferral)
	list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 3, nil, "")
	for _, u := range urls {
		list.AppendChild(octets(u))
	}
	done.AppendChild(list)
	return envelope(id, done)
}

// continuation says where the search goes on (RFC 4511 §4.5.3).
func continuation(id int64, url string) []byte {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, goldap.ApplicationSearchResultReference, nil, "")
	p.AppendChild(octets(url))
	return envelope(id, p)
}

// stated is an entry with its synchronisation state (RFC 4533 §2.3).
func stated(id int64, dn string, attributes map[string][]string, state int64, uuid string) []byte {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, goldap.ApplicationSearchResultEntry, nil, "")
	p.AppendChild(octets(dn))
	list := ber.NewSequence("")
	for name, values := range attributes {
		one, set := ber.NewSequence(""), ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range values {
			set.AppendChild(octets(v))
		}
		one.AppendChild(octets(name))
		one.AppendChild(set)
		list.AppendChild(one)
	}
	p.AppendChild(list)
	value := ber.NewSequence("")
	value.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, state, ""))
	value.AppendChild(octets(uuidBytes(uuid)))
	return envelope(id, p, control(goldap.ControlTypeSyncState, value))
}

// information is a message in the middle of a synchronisation (RFC 4533 §2.5).
func information(id int64, value *ber.Packet) []byte {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, goldap.ApplicationIntermediateResponse, nil, "")
	p.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, goldap.ControlTypeSyncInfo, ""))
	p.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 1, string(value.Bytes()), ""))
	return envelope(id, p)
}

func envelope(id int64, operation *ber.Packet, controls ...*ber.Packet) []byte {
	p := ber.NewSequence("")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	p.AppendChild(operation)
	if len(controls) > 0 {
		p.AppendChild(sequence(0, controls...))
	}
	return p.Bytes()
}

func result(application ber.Tag, code int64) *ber.Packet {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, application, nil, "")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""))
	p.AppendChild(octets(""))
	p.AppendChild(octets(""))
	return p
}

func control(oid string, value *ber.Packet) *ber.Packet {
	p := ber.NewSequence("")
	p.AppendChild(octets(oid))
	p.AppendChild(octets(string(value.Bytes())))
	return p
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

func boolean(b bool) *ber.Packet {
	return ber.NewLDAPBoolean(ber.ClassUniversal, ber.TypePrimitive, ber.TagBoolean, b, "")
}

// sequence is one with a tag of its context.
func sequence(tag ber.Tag, parts ...*ber.Packet) *ber.Packet {
	p := ber.Encode(ber.ClassContext, ber.TypeConstructed, tag, nil, "")
	for _, part := range parts {
		p.AppendChild(part)
	}
	return p
}

func uuids(ids []string) *ber.Packet {
	set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
	for _, id := range ids {
		set.AppendChild(octets(uuidBytes(id)))
	}
	return set
}

// uuidBytes returns the sixteen bytes of a UUID's text. What is none becomes what it can: a server may say anything.
func uuidBytes(text string) string {
	b, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil {
		return text
	}
	return string(b)
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
