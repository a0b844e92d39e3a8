package ldaptest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseLDIF(t *testing.T) {
	got, err := parseLDIF(strings.NewReader("version: 1\r\n\r\n# a comment\n that goes on\ndn: cn=a,\n dc=b\nchangetype: modify\nadd: cn\n" +
		"cn:: Wm/Dqw==\n-\ndelete: sn\n\ndn:: Y249Yg==\nempty:\nfolded: one\n  two"))
	if err != nil {
		t.Fatal(err)
	}
	want := []record{
		{dn: "cn=a,dc=b", kind: "modify", lines: []line{{"add", "cn"}, {"cn", "Zoë"}, {"-", ""}, {"delete", "sn"}}},
		{dn: "cn=b", lines: []line{{"empty", ""}, {"folded", "one two"}}},
	}
	if difference := cmp.Diff(want, got, cmp.AllowUnexported(record{}, line{})); difference != "" {
		t.Error(difference)
	}
	request, err := got[0].modifyRequest()
	if err != nil || len(request.Changes) != 2 {
		t.Errorf("changes = %v, %v", request, err)
	}
}

func TestParseLDIFRefusesWhatItDoesNotRead(t *testing.T) {
	for _, text := range []string{"cn: without a dn", "dn: a=b\nno colon", "dn: a=b\ncn:: !", "dn: a=b\njpegPhoto:< file:///x"} {
		if records, err := parseLDIF(strings.NewReader(text)); err == nil {
			t.Errorf("%q was read: %v", text, records)
		}
	}
	for _, text := range []string{"", "increment: n\nn: 1", "add: cn\nsn: x"} {
		records, err := parseLDIF(strings.NewReader("dn: a=b\n" + text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := records[0].modifyRequest(); err == nil {
			t.Errorf("%q is no change", text)
		}
	}
}
