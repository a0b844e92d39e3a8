package directory

// SeatState is whether somebody has the seat that they need.
type SeatState string

// The states of a seat.
const (
	SeatExempt  SeatState = "exempt"          // the tenant counts no seats
	SeatNone    SeatState = "none"            // the person needs none: they are not pending or active
	SeatHeld    SeatState = "held"            // they have one
	SeatBlocked SeatState = "blocked_no_seat" // they need one and there is none: they exist and receive nothing
)

// SeatPolicy is what happens at a pool's limit.
type SeatPolicy string

// The policies.
const (
	HardCap      SeatPolicy = "hard_cap"       // nobody beyond the limit
	Metered      SeatPolicy = "metered"        // everybody gets one, and each is counted
	CapWithGrace SeatPolicy = "cap_with_grace" // some more than the limit, and then nobody
)

// SeatPool is a number of seats of one kind.
type SeatPool struct {
	Key       string // unique in the tenant
	Name      string
	Policy    SeatPolicy
	Limit     int      // 0: none was agreed, and a cap caps nothing
	Grace     int      // seats beyond the limit, of cap_with_grace
	Roles     []string // whose holders sit here unless a rule says otherwise; the first pool without roles takes everybody else
	Contact   string   // whom to ask for more seats
	ManagedBy ManagedBy
}

// Most is how many may sit in the pool, and false where there is no bound.
func (p SeatPool) Most() (int, bool) {
	switch {
	case p.Policy == Metered || p.Limit == 0:
		return 0, false
	case p.Policy == CapWithGrace:
		return p.Limit + p.Grace, true
	default:
		return p.Limit, true
	}
}
