package billing

import "strconv"

// Quote is the cost of a call of so many seconds.
type Quote struct {
	Seconds       int64  `json:"seconds"`
	BilledSeconds int64  `json:"billed_seconds"`
	Cost          Money  `json:"cost"`
	Prefix        string `json:"prefix"`
	// MaxSeconds is the longest call some balance pays for, where one was asked about.
	MaxSeconds *TalkTime `json:"max_seconds,omitempty"`
}

// TalkTime is what Tariff.MaxSeconds answers: seconds, or Unbounded.
type TalkTime int64

// MarshalJSON writes a number, or null for a call nothing is too long for.
func (t TalkTime) MarshalJSON() ([]byte, error) {
	if t == Unbounded {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, int64(t), 10), nil
}

// MarshalText writes what tables and CSV show.
func (t TalkTime) MarshalText() ([]byte, error) {
	if t == Unbounded {
		return []byte("unbounded"), nil
	}
	return strconv.AppendInt(nil, int64(t), 10), nil
}

// Quotes are the costs of calls of such durations, and where there is a balance the longest
// call it pays for.
func (t Tariff) Quotes(seconds []int64, balance *Money) []Quote {
	quotes := make([]Quote, len(seconds))
	for i, s := range seconds {
		quotes[i] = Quote{Seconds: s, BilledSeconds: t.BilledSeconds(s), Cost: t.Cost(s), Prefix: t.Prefix}
		if balance != nil {
			most := TalkTime(t.MaxSeconds(*balance))
			quotes[i].MaxSeconds = &most
		}
	}
	return quotes
}
