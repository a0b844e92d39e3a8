package access

import (
	"slices"
	"strings"

	"rollcall/directory"
)

// Standing is what decides, beside their rights, whether somebody may receive something new.
type Standing struct {
	Holder
	Seat        directory.SeatState
	Status      directory.Status
	StatusKnown bool     // false: what the person's status refers to is not in the catalogue
	Absent      bool     // an absence is current
	Incomplete  []string // what the tenant requires of people and this one has not
	Extension   bool     // they have one, which calls need
}

// Reason is one false term of the formula of eligibility.
type Reason struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// The codes of reasons.
const (
	ReasonState          = "state"           // not active
	ReasonSeat           = "seat"            // no seat
	ReasonStatus         = "status"          // a status that receives nothing, or none that is known
	ReasonStatusInactive = "status_inactive" // a status that is switched off
	ReasonAbsence        = "absence"         // away
	ReasonIncomplete     = "incomplete"      // something that the tenant requires is missing
	ReasonMembership     = "membership"      // not a member as user
	ReasonDistribution   = "distribution"    // the group distributes nothing, or not over this channel
	ReasonPermission     = "permission"      // nothing allows it
	ReasonExtension      = "extension"       // calls need one
	ReasonArchived       = "archived"        // the group is archived
)

// VoiceChannel is the channel that needs an extension (003-12).
const VoiceChannel = "voice"

// What makes somebody a target of distribution, and of a strategy.
const (
	distributionPermission = "conversations.auto_distribution"
	strategyPermission     = "strategies.work"
)

// Eligible says why somebody does not receive what is new in a group of work over a channel; nothing means that they do. ""
// asks for any channel. Each false term of the formula is one reason, so that whoever lifts one sees the others:
//
//	state = active ∧ seat ∈ {held, exempt} ∧ status known, receives and active ∧ no absence ∧ nothing incomplete
//	∧ member as user or both ∧ the group distributes over the channel and is not archived
//	∧ conversations.auto_distribution in the group ∧ (channel = voice ⇒ an extension)
//
// Campaigns, queues and strategies have no kinds of membership and no switch: who is assigned is in. Strategies ask for the
// permission to work on them.
func (m *Model) Eligible(s Standing, g directory.WorkGroup, channel string) []Reason {
	var out []Reason
	miss := func(when bool, code, text string) {
		if when {
			out = append(out, Reason{Code: code, Text: text})
		}
	}
	if s.State != directory.Active {
		miss(true, ReasonState, stateStep(s.State).Text)
	}
	miss(s.Seat != directory.SeatHeld && s.Seat != directory.SeatExempt, ReasonSeat, seatText(s.Seat))
	switch {
	case !s.StatusKnown:
		miss(true, ReasonStatus, "their status is not in the catalogue")
	default:
		miss(!s.Status.Receives, ReasonStatus, "the status "+quote(s.Status.Name)+" receives nothing new")
		miss(!s.Status.Active, ReasonStatusInactive, "the status "+quote(s.Status.Name)+" is switched off")
	}
	miss(s.Absent, ReasonAbsence, "they are away")
	miss(len(s.Incomplete) > 0, ReasonIncomplete, "missing: "+strings.Join(s.Incomplete, ", "))
	if text := notMember(s.Holder, g); text != "" {
		miss(true, ReasonMembership, text)
	}
	miss(g.Archived, ReasonArchived, quote(g.Name)+" is archived")
	miss(g.Kind == directory.AgentGroupWork && !g.Distribution, ReasonDistribution, "automatic distribution is off in "+quote(g.Name))
	miss(channel != "" && len(g.Channels) > 0 && !slices.Contains(g.Channels, channel), ReasonDistribution, quote(g.Name)+" takes nothing over "+channel)
	if text := m.notAllowed(s.Holder, g); text != "" {
		miss(true, ReasonPermission, text)
	}
	miss(channel == VoiceChannel && !s.Extension, ReasonExtension, "calls need an extension, and they have none")
	return out
}

func seatText(s directory.SeatState) string {
	if s == directory.SeatBlocked {
		return "they need a seat, and there is none"
	}
	return "they have no seat"
}

// notMember says why the person is not in the group as somebody who receives, or "".
func notMember(h Holder, g directory.WorkGroup) string {
	if g.Kind != directory.AgentGroupWork {
		if !slices.Contains(h.Work, g.ID) {
			return "they are not assigned to " + quote(g.Name)
		}
		return ""
	}
	var kind directory.MembershipKind
	for _, x := range h.Memberships {
		if x.Group == g.ID {
			kind = kind.Join(x.Kind)
		}
	}
	switch kind {
	case directory.AsUser, directory.AsBoth:
		return ""
	case "":
		return "they do not belong to " + quote(g.Name)
	default:
		return "they belong to " + quote(g.Name) + " as " + string(kind) + ", which takes no part in distribution"
	}
}

// notAllowed says why nothing makes them a target in the group, or "". It asks as if they were active: that they are not is
// a reason of its own.
func (m *Model) notAllowed(h Holder, g directory.WorkGroup) string {
	h.State = directory.Active
	permission, r := distributionPermission, Resource{Campaign: g.ID}
	switch g.Kind {
	case directory.AgentGroupWork:
		r = Resource{AgentGroup: g.ID}
	case directory.StrategyWork:
		permission = strategyPermission
	default:
	}
	d := m.Decide(h, permission, r)
	if d.Allowed {
		return ""
	}
	return permission + ": " + d.Chain[0].Text
}
