package house

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/rs/xid"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/routing"
)

// The numbers of a furnished house.
const (
	AccessNumber   = "15141115555" // dialthrough
	CallbackNumber = "15142223333"
	OwnNumber      = "15149072511" // outbound caller ID of the ANI
	DefaultNumber  = "15140000000" // shown where no other may be
)

// Deck is the price list of a furnished house: 6/6 in Canada, 60/1 with a fee in Russia.
const Deck = `prefix,name,connect_fee,rate_per_minute,first_increment_s,increment_s
1,North America,0,0.10,6,6
7,Russia,0.05,0.60,60,1
`

// Furnish provisions what every trial needs: a provider, a deck, an offering, two
// access numbers and the trunk.
func (h *House) Furnish(ctx context.Context, offering billing.Offering) error {
	offering.Name, offering.Provider, offering.Deck = "standard", "acme", "retail"
	return errors.Join(
		h.Post(ctx, "providers", billing.Provider{
			Name:            "acme",
			Country:         "CA",
			Currency:        "USD",
			DefaultCallerID: DefaultNumber,
			OwnedNumbers:    []phone.Number{OwnNumber},
		}),
		h.ImportDeck(ctx, "retail", Deck),
		h.Post(ctx, "offerings", offering),
		h.Post(ctx, "access-numbers", billing.AccessNumber{
			Number:   AccessNumber,
			Kind:     billing.Dialthrough,
			Provider: "acme",
		}),
		h.Post(ctx, "access-numbers", billing.AccessNumber{
			Number:   CallbackNumber,
			Kind:     billing.Callback,
			Provider: "acme",
		}),
		h.Post(ctx, "trunks", routing.Trunk{Name: Trunk, Endpoint: "PJSIP/{number}@" + Trunk}),
	)
}

// Card is an account with its ways in.
type Card struct {
	Account string
	Balance billing.Money
	ANI     phone.Number
	PIN     string
	// OutboundCID is what the ANI's calls show.
	OutboundCID phone.Number
}

// Sell adds a card of the standard offering and credits it.
func (h *House) Sell(ctx context.Context, c Card) error {
	problems := []error{h.Post(ctx, "accounts", billing.Account{ID: c.Account, Offering: "standard"})}
	if c.Balance > 0 {
		problems = append(problems, h.Credit(ctx, c.Account, c.Balance))
	}
	if c.ANI != "" {
		problems = append(problems, h.addCredential(ctx, billing.ANI, string(c.ANI), c))
	}
	if c.PIN != "" {
		problems = append(problems, h.addCredential(ctx, billing.PIN, c.PIN, c))
	}
	return errors.Join(problems...)
}

func (h *House) addCredential(ctx context.Context, kind billing.CredentialKind, value string, c Card) error {
	return h.Post(ctx, "credentials", map[string]any{
		"kind": kind, "value": value, "account": c.Account, "outbound_cid": c.OutboundCID,
	})
}

// Credit puts money on a card.
func (h *House) Credit(ctx context.Context, account string, amount billing.Money) error {
	return h.Post(ctx, "accounts/"+account+"/entries", map[string]any{
		"kind": "credit", "amount": amount, "reason": "sold", "ref": xid.New().String(),
	})
}

// Balance is a card's money.
func (h *House) Balance(ctx context.Context, account string) (b billing.Balance, err error) {
	return b, h.Admin.Do(ctx, http.MethodGet, "/v1/accounts/"+account+"/balance", nil, &b)
}

// CDRs are the records after a sequence number.
func (h *House) CDRs(ctx context.Context, after uint64) (list []billing.CDR, err error) {
	return list, h.Admin.Do(ctx, http.MethodGet, fmt.Sprintf("/v1/cdrs?after=%d", after), nil, &list)
}

// Verify has the ledger proven.
func (h *House) Verify(ctx context.Context) (r billing.Report, err error) {
	err = h.Admin.Do(ctx, http.MethodGet, "/v1/ledger/verify", nil, &r)
	if err == nil && len(r.Problems) > 0 {
		err = fmt.Errorf("ledger: %v", r.Problems)
	}
	return r, err
}
