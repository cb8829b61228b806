package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"cccp/billing"
	"cccp/test/house"
)

const (
	// settledWithin is how long after its end a call may be without its records.
	settledWithin = 15 * time.Second
	// lookEvery is how often what cannot be waited for is looked at.
	lookEvery = 100 * time.Millisecond
	// cdrsPerCall are the caller's leg and the B leg's.
	cdrsPerCall = 2
	// blockPrice is what each begun block of a call costs, and blockMS how long it is.
	blockPrice = billing.Money(10_000)
	blockMS    = 6000
)

// lastCDR is the sequence number of the newest record.
func lastCDR(ctx context.Context, h *house.House) (uint64, error) {
	var newest []billing.CDR
	err := h.Admin.Do(ctx, http.MethodGet, "/v1/cdrs?newest=true&limit=1", nil, &newest)
	if err != nil || len(newest) == 0 {
		return 0, err
	}
	return newest[0].Seq, nil
}

// proof is what calls made after a record must have left.
type proof struct {
	after uint64
	// calls went well: two records each, the B leg's charged exactly.
	calls int
	// abandoned never came to a B leg: one record each, and no charge.
	abandoned int
	// long calls may have taken more than one block.
	long bool
}

// prove waits until the calls are settled, and fails unless they left what they must
// and nothing else.
func (p proof) prove(ctx context.Context, h *house.House) error {
	want := p.after + uint64(p.calls*cdrsPerCall+p.abandoned)
	last, err := awaitRecords(ctx, h, want)
	if err != nil {
		return err
	}
	if last != want {
		return fmt.Errorf("%d calls and %d abandoned ones left %d records", p.calls, p.abandoned, last-p.after)
	}
	records, err := readRecords(ctx, h, p.after, want)
	if err != nil {
		return err
	}
	abandoned := 0
	for _, c := range records {
		if c.Direction == billing.Inbound && c.Result != billing.Answered && abandoned < p.abandoned {
			abandoned++
			continue
		}
		if err := p.proveRecord(c); err != nil {
			return err
		}
	}
	return nil
}

// awaitRecords waits until the newest record is at least the one wanted.
func awaitRecords(ctx context.Context, h *house.House, want uint64) (last uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, settledWithin)
	defer cancel()
	for {
		if last, err = lastCDR(ctx, h); err != nil || last >= want {
			return last, err
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
			return last, fmt.Errorf("%d records are missing after %s", want-last, settledWithin)
		}
	}
}

// readRecords are the records after one, up to another.
func readRecords(ctx context.Context, h *house.House, after, last uint64) (list []billing.CDR, err error) {
	for after < last {
		page, err := h.CDRs(ctx, after)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			return nil, errors.New("the records came to an end too early")
		}
		for _, c := range page {
			if after++; c.Seq != after {
				return nil, fmt.Errorf("record %d stands in place %d", c.Seq, after)
			}
		}
		list = append(list, page...)
	}
	return list, nil
}

// proveRecord says whether a record is one of a call that went well.
func (p proof) proveRecord(c billing.CDR) error {
	if c.Result != billing.Answered || c.Reason != billing.CallerHungUp || c.Estimated {
		return fmt.Errorf(
			"leg %s to %s: %s, %s, cause %d after %d ms, estimated %t",
			c.Leg, c.To, c.Result, c.Reason, c.Cause, c.AnsweredMS, c.Estimated,
		)
	}
	blocks := max(1, (c.AnsweredMS+blockMS-1)/blockMS)
	wrong := c.Charge != billing.Money(blocks)*blockPrice || blocks > 1 && !p.long
	if c.Direction == billing.Outbound && wrong {
		return fmt.Errorf("leg %s of %d ms was charged %s", c.Leg, c.AnsweredMS, c.Charge)
	}
	return nil
}
