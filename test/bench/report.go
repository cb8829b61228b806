package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// report is what the JSON file holds.
type report struct {
	At      time.Time `json:"at"`
	Go      string    `json:"go"`
	CPUs    int       `json:"cpus"`
	Quick   bool      `json:"quick"`
	Results []result  `json:"results"`
}

// result is what one benchmark found.
type result struct {
	Key     string  `json:"key"`
	Title   string  `json:"title"`
	Seconds float64 `json:"took_s"`
	Tables  []table `json:"tables"`
	Aims    []aim   `json:"aims"`
	// Proofs say what was verified about the calls measured.
	Proofs []string `json:"proofs"`
	Notes  []string `json:"notes,omitempty"`
	Failed string   `json:"failed,omitempty"`
}

// table is figures in rows; the first column names the row.
type table struct {
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"`
}

// aim is a figure that ought to be at least or at most something.
type aim struct {
	What string  `json:"what"`
	Got  float64 `json:"got"`
	Unit string  `json:"unit"`
	// Want is the bound, AtMost its direction.
	Want   float64 `json:"want"`
	AtMost bool    `json:"at_most"`
	Met    bool    `json:"met"`
}

func atMost(what string, got, want float64, unit string) aim {
	return aim{What: what, Got: got, Want: want, Unit: unit, AtMost: true, Met: got <= want}
}

func atLeast(what string, got, want float64, unit string) aim {
	return aim{What: what, Got: got, Want: want, Unit: unit, Met: got >= want}
}

func (a aim) String() string {
	verdict, bound := "met", "at least"
	if !a.Met {
		verdict = "MISSED"
	}
	if a.AtMost {
		bound = "at most"
	}
	return fmt.Sprintf(
		"%-6s  %s: %s %s (aim: %s %s %s)",
		verdict, a.What, figure(a.Got), a.Unit, bound, figure(a.Want), a.Unit,
	)
}

// print writes a benchmark's result for people.
func (r result) print(to io.Writer) {
	fmt.Fprintf(to, "\n== %s  %s  (%.0f s)\n", r.Key, r.Title, r.Seconds)
	for _, t := range r.Tables {
		fmt.Fprintln(to)
		t.print(to)
	}
	fmt.Fprintln(to)
	for _, a := range r.Aims {
		fmt.Fprintf(to, "  %s\n", a)
	}
	for _, p := range r.Proofs {
		fmt.Fprintf(to, "  proven  %s\n", p)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(to, "  note    %s\n", n)
	}
	if r.Failed != "" {
		fmt.Fprintf(to, "  FAILED  %s\n", r.Failed)
	}
}

func (t table) print(to io.Writer) {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, c := range t.Columns {
		fmt.Fprintf(w, "%s\t", c)
	}
	fmt.Fprintln(w)
	for _, row := range t.Rows {
		for _, cell := range row {
			fmt.Fprintf(w, "%s\t", figure(cell))
		}
		fmt.Fprintln(w)
	}
	w.Flush()
}

// figure writes three significant digits, and whole numbers from a hundred on.
func figure(v any) string {
	f, isFloat := v.(float64)
	switch {
	case !isFloat:
		return fmt.Sprint(v)
	case f >= 100 || f <= -100:
		return fmt.Sprintf("%.0f", f)
	default:
		return fmt.Sprintf("%.3g", f)
	}
}
