package billing

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What an open leg and a record look like in JSON, as both were written before their common
// fields became a Call. Fields of a record keep their order, which is that of columns.
const (
	legJSON = `{"leg":"v1-2b","account":"alice","provider":"fox","offering":"basic","credential":"ani:15149072508","job":"j1","beside":"v1-a","from":"15149072508","to":"78122404700","caller_id":"15140000000","tariff":{"connect_fee":"0.05","tiers":[{"rate_per_minute":"0.06","first_increment_s":6,"increment_s":6}]},"deck":"world","deck_version":7,"trunk":"carrier","buy":{"connect_fee":"0","tiers":[{"rate_per_minute":"0.01","first_increment_s":1,"increment_s":1}]},"limit_s":7200,"watched":["rule"],"attempts":3,"node":"ast1","granted_s":60,"affordable_s":600,"held":"0.06","opened":"2026-03-01T12:00:00Z","expires":"2026-03-01T13:00:00Z","answered":"2026-03-01T12:00:08Z","inbound":{"channel":"c","ani":"15149072508","access_number":"15141115555","provider":"bell","started":"2026-03-01T12:00:00Z","answered":"2026-03-01T12:00:01Z"},"bundle":"free","bundle_series":2,"bundle_since":"2026-03-01T12:00:00Z","bundle_s":30,"bundle_call":true}`
	cdrJSON = `{"seq":5,"leg":"v1-2b","visit":"v1","direction":"outbound","provider":"fox","account":"alice","credential":"ani:15149072508","job":"j1","access_number":"15141115555","from":"15149072508","to":"78122404700","caller_id":"15140000000","trunk":"carrier","attempts":3,"node":"ast1","started":"2026-03-01T12:00:00Z","answered":"2026-03-01T12:00:08Z","ended":"2026-03-01T12:01:38Z","answered_ms":90000,"billed_s":60,"granted_s":60,"overrun_ms":30000,"bundle":"free","free_s":30,"charge":"0.11","cost":"0.015","tariff":{"connect_fee":"0.05","tiers":[{"rate_per_minute":"0.06","first_increment_s":6,"increment_s":6}]},"deck":"world","deck_version":7,"result":"answered","reason":"talk_time_spent","cause":16,"estimated":true}`
)

func TestCallIsPartOfItsRecords(t *testing.T) {
	tariff, buy := flat(t, "0.05", "0.06", 6, 6), flat(t, "0", "0.01", 1, 1)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	leg := OpenLeg{
		Leg: "v1-2b",
		Call: Call{
			Account: "alice", Provider: "fox", Credential: "ani:15149072508", Job: "j1",
			From: "15149072508", To: "78122404700", CallerID: "15140000000",
		},
		Offering: "basic", Beside: "v1-a",
		Tariff: tariff, Deck: "world", Version: 7, Trunk: "carrier", Buy: &buy, LimitS: 7200, Watched: []string{"rule"},
		Attempts: 3, Node: "ast1", GrantedS: 60, AffordableS: 600, Held: 60_000,
		Opened: at, Expires: at.Add(time.Hour), Answered: at.Add(8 * time.Second),
		Inbound: InboundLeg{
			Channel: "c", ANI: "15149072508", AccessNumber: "15141115555", Provider: "bell",
			Started: at, Answered: at.Add(time.Second),
		},
		Bundled: Bundled{Bundle: "free", BundleSeries: 2, BundleSince: at, BundleS: 30, BundleCall: true},
	}
	var read OpenLeg
	if err := json.Unmarshal([]byte(legJSON), &read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(leg, read); diff != "" {
		t.Error("open leg", diff)
	}
	if diff := cmp.Diff(fieldsOf(t, []byte(legJSON)), fieldsOf(t, inJSON(t, leg))); diff != "" {
		t.Error("open leg", diff)
	}
	cdr := leg.Settle(Settlement{
		Leg: leg.Leg, Answered: leg.Answered, Ended: leg.Answered.Add(90 * time.Second),
		Outcome: Outcome{Answered, TalkTimeSpent, 16}, Estimated: true,
	})
	cdr.Seq = 5
	if diff := cmp.Diff(cdrJSON, string(inJSON(t, cdr))); diff != "" {
		t.Error("record", diff)
	}
}

func inJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func fieldsOf(t *testing.T, b []byte) (fields map[string]any) {
	t.Helper()
	if err := json.Unmarshal(b, &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}
