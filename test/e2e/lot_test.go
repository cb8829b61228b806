package e2e

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"cccp/billing"
	"cccp/jobs"
	"cccp/prompts"
	"cccp/test/house"
)

// bulk orders a bulk job.
func (c *caller) bulk(path string, in any) (j jobs.Bulk) {
	c.t.Helper()
	must(c.t, c.stage.Admin.Do(c.ctx, http.MethodPost, "/v1/"+path, in, &j))
	return j
}

// done waits until a bulk job is done.
func (c *caller) done(j jobs.Bulk) jobs.Bulk {
	c.t.Helper()
	for j.State.Live() {
		c.pause()
		must(c.t, c.stage.Admin.Do(c.ctx, http.MethodGet, "/v1/jobs/"+j.ID, nil, &j))
	}
	if j.State != jobs.Done || j.Rejected > 0 {
		c.t.Fatalf("%+v", j)
	}
	return j
}

// TestLot is about a card from its generation to its calls: printed from the exported
// file, uploaded, activated, and used by its PIN, whose key is changed during a call.
func TestLot(t *testing.T) {
	t.Parallel()
	s := standing(t)
	c := s.stranger(t)
	c.card = house.Card{Account: "20000007", Balance: 5_000_000}
	c.done(c.bulk("lots", map[string]any{"name": "spring", "offering": "standard", "count": 20, "first": "20000001", "balance": "5.00"}))
	exported := c.done(c.bulk("jobs/export?object=lots&lot=spring&with_pins=true", nil))
	var file strings.Builder
	must(t, s.Admin.Do(c.ctx, http.MethodGet, "/v1/jobs/"+exported.ID+"/output", nil, &file))
	rows, err := csv.NewReader(strings.NewReader(file.String())).ReadAll()
	must(t, err)
	number, pin := rows[7][0], rows[7][1]
	if len(rows) != 21 || number != c.card.Account || len(pin) != billing.DefaultLotPINDigits {
		t.Fatalf("%d rows, the seventh %q", len(rows), rows[7])
	}

	c.arrives()
	c.presses(pin + "#")
	_, err = c.call.WaitEnded(c.ctx)
	must(t, err)
	c.heardAtLast(prompts.AccountNotActivated)
	if calls := s.Callee.Calls("15149074731"); len(calls) > 0 {
		t.Error("a card that is not activated called")
	}

	c.done(c.bulk("lots/spring/status", map[string]any{"status": "uploaded"}))
	c.done(c.bulk("lots/spring/status", map[string]any{"status": "activated", "from": number, "to": number}))
	c.arrives()
	c.presses(pin + "#5149074731#")
	callee := c.reaches("15149074731", 1)
	c.talksTo(callee, time.Second)
	rotated := c.bulk("pin-key/rotate", nil)
	c.talks(time.Second)
	c.hangsUp()
	c.ends(callee)
	c.owes(c.settled(), 10_000)
	if j := c.done(rotated); j.Added != 20 {
		t.Errorf("%+v", j)
	}

	c.arrives()
	c.presses(pin + "#*0") // redials, by the new key
	callee = c.reaches("15149074731", 2)
	c.talksTo(callee, time.Second)
	c.hangsUp()
	c.ends(callee)
}
