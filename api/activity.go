package api

import (
	"context"
	"net/http"
	"time"

	"rollcall/store"
)

// activity is how much was done on a day.
type activity struct {
	Date   string `json:"date" doc:"The day, in UTC." format:"date" example:"2026-01-15"`
	Action string `json:"action" example:"user.suspended"`
	Count  int64  `json:"count" example:"12"`
}

// activityList is what was done, day by day.
type activityList struct {
	Items []activity `json:"items" doc:"By day and action; days and actions without a change are left out."`
}

func registerActivity(h *Handler) {
	register(h, operation{
		id: "list-activity", method: http.MethodGet, path: "/activity", tag: "audit", summary: "How much was done, day by day", permission: "console.users.read",
		doc: "The numbers of changes by action, today's too. A change is counted within moments.",
	}, func(ctx context.Context, c *call, in *struct {
		Days int `query:"days" minimum:"1" maximum:"400" default:"30" doc:"How many days, today among them." example:"30"`
	},
	) (*tagged[activityList], error) {
		list, err := c.reader.Activity(ctx, c.h.now().Add(-time.Duration(in.Days-1)*24*time.Hour))
		if err != nil {
			return nil, err
		}
		return answered(activityList{all(list, func(x store.Activity) activity {
			return activity{x.Day.Format(time.DateOnly), x.Action, x.Count}
		})})
	})
}
