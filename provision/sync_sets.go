package provision

import "rollcall/directory"

// bits are a growing set of small numbers.
type bits []uint64

func (b *bits) set(i int64) {
	for int64(len(*b)) <= i/64 {
		*b = append(*b, 0)
	}
	(*b)[i/64] |= 1 << (i % 64)
}

func (b bits) has(i int64) bool { return i/64 < int64(len(b)) && b[i/64]&(1<<(i%64)) != 0 }

// firstUnset is the first number from i on that is not in the set.
func (b bits) firstUnset(i int64) int64 {
	for b.has(i) {
		if i%64 == 0 && b[i/64] == ^uint64(0) {
			i += 64
			continue
		}
		i++
	}
	return i
}

// problems keeps the first of very many.
type problems struct {
	list []directory.Problem
	more int
}

const problemsKept = 200

// failure is what ended a run before its end, as far as it may be shown.
func failure(err error, fix string) directory.Problem {
	said := directory.Say("the server's log has the particulars")
	if directory.KindOf(err) != "" {
		said = directory.MessageOf(err)
	}
	return directory.Problem{Kind: "failed", Message: said, Fix: fix}
}

func (p *problems) add(x directory.Problem) {
	if len(p.list) < problemsKept {
		p.list = append(p.list, x)
		return
	}
	p.more++
}
