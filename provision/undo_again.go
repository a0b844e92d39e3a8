package provision

import (
	"context"
	"reflect"
	"slices"

	"rollcall/directory"
	"rollcall/store"
)

// placedAgain are the holds in force that undos placed because they gave back one that the target had placed: they are the
// target's, too, so that a suspension ends when it is undone after the undo of its end.
func (x *reversal) placedAgain(ctx context.Context) (ids []string, err error) {
	for _, h := range x.past.Holds {
		if h.EndedBy != "" || x.deed.in[h.BeganBy] || ofGuard(h.Hold) {
			continue
		}
		first, err := x.firstOf(ctx, h)
		if err != nil {
			return nil, err
		}
		if x.deed.in[first.BeganBy] {
			ids = append(ids, h.ID)
		}
	}
	return ids, nil
}

// firstOf goes back from a hold that an undo placed again to the one that was placed first.
func (x *reversal) firstOf(ctx context.Context, h store.PastHold) (store.PastHold, error) {
	for {
		was := slices.DeleteFunc(slices.Clone(x.past.Holds), func(o store.PastHold) bool {
			return o.EndedBy == "" || o.EndedBy >= h.BeganBy || o.Subject != h.Subject || o.Effect != h.Effect || o.Actor != h.Actor || o.Reason != h.Reason ||
				!reflect.DeepEqual(o.Value, h.Value)
		})
		if len(was) == 0 { // as of most
			return h, nil
		}
		undoes, err := x.undoneBy(ctx, h.BeganBy)
		if err != nil || undoes == "" {
			return h, err
		}
		i := -1
		for n, o := range was {
			if target := (UndoTarget{Change: o.EndedBy}); undoes == target.name() {
				i = n
				break
			}
			ended, err := x.r.Change(ctx, o.EndedBy)
			if err != nil {
				return h, err
			}
			if target := (UndoTarget{Run: ended.Actor.Run}); ended.Actor.Run != "" && undoes == target.name() {
				i = n
				break
			}
		}
		if i < 0 {
			return h, nil
		}
		h = was[i]
	}
}

// undoneBy is the name of what a change undid, if it is an undo's.
func (x *reversal) undoneBy(ctx context.Context, change string) (string, error) {
	c, err := x.r.Change(ctx, change)
	if err != nil || c.Actor.Run == "" {
		return "", err
	}
	run, err := x.r.Run(ctx, c.Actor.Run)
	if directory.KindOf(err) == directory.NotFound {
		return "", nil
	}
	return run.Undoes, err
}
