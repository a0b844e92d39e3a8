package locale

import (
	"net/http"
	"net/url"
	"time"
)

// The cookies by which a browser says how its reader wants to read. Neither opens anything.
const (
	LanguageCookie = "rollcall_language" // a tag, as [Language.String] writes it; it is set when somebody chooses
	ZoneCookie     = "rollcall_zone"     // a name of the IANA database; the console's script sets it
)

// Of returns the language of whoever asks: the one they chose, else the best of what their browser accepts.
func Of(r *http.Request) Language {
	return Match(cookie(r, LanguageCookie), r.Header.Get("Accept-Language"))
}

// ZoneOf returns the time zone of whoever asks; UTC where their browser has not said.
func ZoneOf(r *http.Request) *time.Location { return Zone(cookie(r, ZoneCookie)) }

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	text, err := url.QueryUnescape(c.Value)
	if err != nil {
		return ""
	}
	return text
}
