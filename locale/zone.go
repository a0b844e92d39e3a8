package locale

import (
	"strings"
	"time"
)

// Zone returns a time zone by its name of the IANA database, as in "America/Lima"; UTC where there is none of the name.
func Zone(name string) *time.Location {
	if name == "" || len(name) > 64 || strings.EqualFold(name, "local") {
		return time.UTC
	}
	zone, err := time.LoadLocation(name) // it refuses names that would leave the database's folder
	if err != nil {
		return time.UTC
	}
	return zone
}

// Moment writes an instant in a zone as the language does, to the minute: 22/11/2026 18:44, and in English, which readers write
// in several ways, as ISO 8601 does.
func (l Language) Moment(t time.Time, zone *time.Location) string {
	text := t.In(zone).Format(l.moments)
	if zone == time.UTC {
		text += " UTC"
	}
	return text
}
