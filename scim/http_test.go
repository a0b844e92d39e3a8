package scim_test

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"rollcall/directory"
	"rollcall/store/storetest/migrated"
)

func textLog(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

func TestPathsThatClientsMake(t *testing.T) {
	t.Parallel()
	c := open(t, migrated.SQLite(t)).connect(directory.Entra)
	id := c.user("a@x", "").text("/id")
	for _, path := range []string{
		"/Users/" + id, "//Users/" + id, "/Users//" + id, "/Users/" + id + "/", "/Users/" + id + "?aadOptscim062020", "//Users/" + id + "/?x=1&y",
		"/%55sers/" + id,
	} {
		c.send("GET", path, "").want(200).has("/id", id)
	}
	c.sendTo(c.server.URL+"//scim/v2/Users/"+id, "GET", "").want(200)
	c.send("POST", "//Users?aadOptscim062020", `{"userName":"b@x"}`).want(201)
	for _, path := range []string{"/users", "/Nope", "/Users/a/b", "/Users/.search/x", "/Schemas/nope", "/ResourceTypes/Nope", "/Users/" + strings.Repeat("x", 500), "/Users/%00", "/Users/%ff", "/Bulk/x"} {
		c.send("GET", path, "").refused(404, "")
	}
	if got := c.send("GET", "/users", "").text("/detail"); !strings.Contains(got, "/Users") {
		t.Errorf("detail %q", got)
	}
}

func TestMethodsThatARouteDoesNotHave(t *testing.T) {
	t.Parallel()
	c := open(t, migrated.SQLite(t)).connect(directory.RFC)
	for path, allow := range map[string]string{
		"/": "GET, HEAD", "/.search": "POST", "/Users": "GET, HEAD, POST", "/Users/x": "DELETE, GET, HEAD, PATCH, PUT", "/Users/.search": "POST",
		"/Groups": "GET, HEAD, POST", "/Groups/x": "DELETE, GET, HEAD, PATCH, PUT", "/Groups/.search": "POST", "/Bulk": "POST",
		"/ServiceProviderConfig": "GET, HEAD", "/ResourceTypes": "GET, HEAD", "/ResourceTypes/User": "GET, HEAD", "/Schemas": "GET, HEAD", "/Schemas/x": "GET, HEAD",
	} {
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"} {
			if strings.Contains(allow, method) {
				continue
			}
			r := c.send(method, path, "")
			r.refused(405, "")
			if got := r.header.Get("Allow"); got != allow {
				t.Errorf("%s %s: Allow %q, want %q", method, path, got, allow)
			}
		}
	}
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		c.send(method, "/Me", "").refused(501, "")
	}
}

func TestContentTypes(t *testing.T) {
	t.Parallel()
	c := open(t, migrated.SQLite(t)).connect(directory.RFC)
	for header, status := range map[string]int{
		"Content-Type: application/scim+json": 201, "Content-Type: application/scim+json; charset=utf-8": 201, "Content-Type: application/json": 201,
		"Content-Type: Application/JSON;charset=UTF-8": 201, "Content-Type:": 201, "Content-Type: text/plain": 415, "Content-Type: application/xml": 415,
		"Content-Type: application/json; charset=iso-8859-1": 415, "Content-Type: ;;;": 415, "Content-Encoding: gzip": 415,
		"Accept: text/html": 201, "Accept: application/scim+json; charset=utf-8": 201,
	} {
		c.send("POST", "/Users", `{`+userSchemas+`,"userName":"`+strings.ReplaceAll(header, `"`, "")+`"}`, header).want(status)
	}
}

func TestRequestIDIsEchoedOrMade(t *testing.T) {
	t.Parallel()
	c := open(t, migrated.SQLite(t)).connect(directory.RFC)
	if got := c.send("GET", "/Users", "", "X-Request-Id: abc-1.2_3").header.Get("X-Request-Id"); got != "abc-1.2_3" {
		t.Errorf("X-Request-Id %q", got)
	}
	for _, bad := range []string{"", "a b", "<script>", strings.Repeat("x", 200)} {
		if got := c.send("GET", "/Users", "", "X-Request-Id: "+bad).header.Get("X-Request-Id"); got == bad || len(got) < 10 {
			t.Errorf("X-Request-Id %q", got)
		}
	}
}

func TestClientThatVanishesLeavesNothing(t *testing.T) {
	t.Parallel()
	migrated.Each(t, func(t *testing.T, dsn string) {
		c := open(t, dsn).connect(directory.RFC)
		address := strings.TrimPrefix(c.server.URL, "http://")
		for _, body := range []string{"", `{"userName":"half`} {
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			request := "POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\nAuthorization: Bearer " + c.token + "\r\n\r\n" + body
			if _, err := io.WriteString(conn, request); err != nil {
				t.Fatal(err)
			}
			if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			r, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			_ = r.Body.Close()
			_ = conn.Close()
			if r.StatusCode != 400 && r.StatusCode != 503 {
				t.Errorf("status %d", r.StatusCode)
			}
		}
		c.send("GET", "/Users", "").want(200).has("/totalResults", 0.0)
	})
}
