package console

// chart is a chart of stacked columns.
type chart struct {
	Series  []string // keys of the catalogue
	Columns []column
}

type column struct {
	Label  string
	Values []int // one of each series
}

// The measures of a chart, in its own units.
const (
	chartWidth  = 720
	chartHeight = 180
	chartLeft   = 48 // for the numbers
	chartBottom = 24 // for the days
)

// bar is one part of a column.
type bar struct {
	X, Y, Width, Height int
	Class               string
}

func (c chart) empty() bool { return c.most() == 0 }

// most is the highest column, and total all of them.
func (c chart) most() (most int) {
	for _, x := range c.Columns {
		most = max(most, x.total())
	}
	return most
}

func (x column) total() (sum int) {
	for _, n := range x.Values {
		sum += n
	}
	return sum
}

// top is a round number that no column exceeds.
func (c chart) top() int {
	for step := 1; ; step *= 10 {
		for _, n := range []int{1, 2, 5} {
			if n*step >= c.most() {
				return n * step
			}
		}
	}
}

var seriesClasses = []string{"one", "two", "three"}

// bars are the columns as rectangles, from the bottom up.
func (c chart) bars() (out []bar) {
	if len(c.Columns) == 0 {
		return nil
	}
	width := (chartWidth - chartLeft) / len(c.Columns)
	top := c.top()
	for i, x := range c.Columns {
		bottom, sum := chartHeight-chartBottom, 0
		for s, n := range x.Values {
			if n == 0 {
				continue
			}
			sum += n
			y := (chartHeight - chartBottom) - scaled(sum, top)
			out = append(out, bar{X: chartLeft + i*width + 1, Y: y, Width: max(width-2, 1), Height: max(bottom-y, 1), Class: seriesClasses[s%len(seriesClasses)]})
			bottom = y
		}
	}
	return out
}

// scaled is the height of a number.
func scaled(n, top int) int { return n * (chartHeight - chartBottom - 8) / top }

// totals are the sums of the series.
func (c chart) totals() []int {
	out := make([]int, len(c.Series))
	for _, x := range c.Columns {
		for i, n := range x.Values {
			out[i] += n
		}
	}
	return out
}

// middle is where the label of a column stands.
func (c chart) middle(i int) int {
	width := (chartWidth - chartLeft) / len(c.Columns)
	return chartLeft + i*width + width/2
}
