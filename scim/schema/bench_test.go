package schema

import "testing"

// oktaUser is what Okta creates a user with, its profile mapped fully.
const oktaUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
"userName":"test.user@okta.local","name":{"givenName":"Test","familyName":"User"},
"emails":[{"primary":true,"value":"test.user@okta.local","type":"work"},{"primary":false,"value":"test.user@example.com","type":"home"}],
"phoneNumbers":[{"value":"+34 600 000 000","type":"mobile","primary":true}],"displayName":"Test User","locale":"en-US","title":"Agent",
"externalId":"00ujl29u0le5T6Aj10h7","groups":[],"password":"1mz050nq","active":true,
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Support","employeeNumber":"1001","manager":{"value":"m1"}}}`

func BenchmarkDecode(b *testing.B) {
	in := []byte(oktaUser)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	doc := mustDecode(b, oktaUser)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(doc); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNormalize(b *testing.B) {
	doc := mustDecode(b, oktaUser)
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := User.Normalize(doc, AllLenient); problems != nil {
			b.Fatal(problems)
		}
	}
}

func BenchmarkFoldedDocument(b *testing.B) {
	doc, _ := User.Normalize(mustDecode(b, oktaUser), AllLenient)
	b.ReportAllocs()
	for b.Loop() {
		User.FoldedDocument(doc)
	}
}
