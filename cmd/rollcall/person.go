package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"rollcall/directory"
	"rollcall/provision"
)

// showPerson writes a person for people to read.
func showPerson(w io.Writer, v provision.View) error {
	linef := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) } // the writer keeps its error
	linef("%s  (%s, display id %s)", plain(v.UserName), v.ID, v.DisplayID)
	linef("name: %s", plain(v.DisplayName))
	linef("state: %s", v.State)
	if v.Pending {
		linef("pending: rights are about to be evaluated")
	}
	if len(v.Incomplete) > 0 {
		linef("incomplete: %s", strings.Join(v.Incomplete, ", "))
	}
	linef("eligible: %t", v.Eligible)
	showPresence(linef, v)
	for _, r := range v.Roles {
		linef("role %s", plain(r.Key))
		showOrigins(linef, r.Origins)
	}
	for _, g := range v.AgentGroups {
		linef("agent group %s, as %s", plain(g.Name), g.Kind)
		showOrigins(linef, g.Origins)
	}
	showWork(linef, v)
	for _, a := range v.Accounts {
		linef("account of %s: userName %s, externalId %s, active %t, changed %s",
			connectionName(a.Connection), plain(a.UserName), plain(a.ExternalID), a.Active, a.ModifiedAt.UTC().Format(time.RFC3339))
	}
	for _, h := range v.Holds {
		linef("hold %s: %s %s by %s: %s", h.ID, h.Effect, plain(h.Subject), plain(h.Actor), plain(h.Reason))
	}
	attributes, err := json.MarshalIndent(v.Attributes, "", "  ")
	if err != nil {
		return err
	}
	linef("attributes:")
	for line := range strings.Lines(string(attributes)) {
		linef("  %s", plain(strings.TrimSuffix(line, "\n")))
	}
	for _, path := range slices.Sorted(maps.Keys(v.Sources)) {
		linef("%s is from %s", plain(path), plain(v.Sources[path]))
	}
	return nil
}

func connectionName(name string) string {
	if name == "" {
		return "no connection"
	}
	return plain(name)
}

func showOrigins(linef func(string, ...any), origins []provision.OriginView) {
	for _, o := range origins {
		why := []string{strings.TrimSpace(string(o.Kind) + " " + plain(o.Rule))}
		for _, part := range [][2]string{{"by group", o.Group}, {"from", o.Connection}, {"by", o.Actor}} {
			if part[1] != "" {
				why = append(why, part[0]+" "+plain(part[1]))
			}
		}
		linef("  %s, since %s", strings.Join(why, ", "), o.At.UTC().Format(time.RFC3339))
		if o.HeldUntil != nil {
			linef("    held by the guard until %s: the group does not give it any more, and too many people would lose such rights at once", o.HeldUntil.UTC().Format(time.RFC3339))
		}
	}
}

// showPresence writes how somebody is present, and where they sit.
func showPresence(linef func(string, ...any), v provision.View) {
	if v.Status != nil {
		linef("status: %s", plain(*v.Status))
	}
	if a := v.Absence; a != nil {
		until := "until somebody ends it"
		if a.Until != nil {
			until = "until " + a.Until.UTC().Format(time.RFC3339)
		}
		linef("away: %s, since %s, %s", a.Kind, a.From.UTC().Format(time.RFC3339), until)
	}
	if v.Seat != directory.SeatExempt {
		linef("seat: %s %s", v.Seat, plain(v.SeatPool))
	}
	if v.SeatHint != "" {
		linef("  %s", plain(v.SeatHint))
	}
	if v.Extension != "" {
		linef("extension: %s", plain(v.Extension))
	}
}

// showWork writes the rights that somebody has beside roles and agent groups.
func showWork(linef func(string, ...any), v provision.View) {
	show := func(what string, r provision.RightView) {
		linef("%s %s", what, plain(r.Name))
		showOrigins(linef, r.Origins)
	}
	if v.Profile != nil {
		show("profile", v.Profile.RightView)
	}
	if v.Company != nil {
		show("company", *v.Company)
	}
	for _, list := range []struct {
		what   string
		rights []provision.RightView
	}{{"option", v.Options}, {"campaign", v.Campaigns}, {"queue", v.Queues}, {"strategy", v.Strategies}} {
		for _, r := range list.rights {
			show(list.what, r)
		}
	}
}
