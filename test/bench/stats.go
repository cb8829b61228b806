package main

import (
	"math"
	"slices"
	"time"
)

// median of some figures; 0 of none.
func median(values []float64) float64 { return quantile(values, 0.5) }

// quantile is the smallest value that at least the share q of all do not exceed.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	at := int(math.Ceil(q*float64(len(sorted)))) - 1
	return sorted[max(0, at)]
}

func inMilliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
