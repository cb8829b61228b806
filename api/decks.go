package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"cccp/billing"
	"cccp/staff"
)

// maxDeckBytes bounds a rate deck file.
const maxDeckBytes = 256 << 20

type deckFile struct {
	Name     string `path:"name" maxLength:"64"`
	Currency string `query:"currency" maxLength:"3" doc:"ISO 4217 currency of the prices; as before if not given"`
	RawBody  []byte `contentType:"text/csv"`
}

// ByName names one deck.
type ByName struct {
	Name string `path:"name" maxLength:"64"`
}

type ratePage struct {
	ByName
	Prefix string `query:"prefix" pattern:"^[0-9]*$" maxLength:"15" doc:"only prefixes that begin with these digits"`
	Limit  int    `query:"limit" default:"1000" minimum:"1" maximum:"10000"`
}

func (s server) decks(d *Door) {
	const at = "/v1/decks"
	Answer(d, Endpoint{
		ID: "list-decks", Method: http.MethodGet, Path: at,
		Summary: "List rate decks", May: Open,
	}, func(context.Context, *struct{}) ([]billing.RateDeck, error) {
		return s.Store.Decks()
	})
	Answer(d, Endpoint{
		ID: "import-deck", Method: http.MethodPut, Path: at + "/{name}",
		Summary: "Make a CSV file the active version of a rate deck", May: staff.Rates,
		Body: Body{MaxBytes: maxDeckBytes, Within: time.Minute},
	}, func(ctx context.Context, in *deckFile) (billing.RateDeck, error) {
		rates, err := billing.ReadDeckCSV(bytes.NewReader(in.RawBody))
		if err != nil {
			return billing.RateDeck{}, fmt.Errorf("%w: %w", billing.ErrInvalid, err)
		}
		return s.Store.ImportDeckIn(ctx, in.Name, in.Currency, rates, time.Now())
	})
	Answer(d, Endpoint{
		ID: "list-rates", Method: http.MethodGet, Path: at + "/{name}/rates",
		Summary: "List rates of a deck", May: Open,
	}, func(_ context.Context, in *ratePage) ([]billing.Rate, error) {
		return s.Store.Rates(in.Name, in.Prefix, in.Limit)
	})
	Act(d, Endpoint{
		ID: "remove-deck", Method: http.MethodDelete, Path: at + "/{name}",
		Summary: "Remove a rate deck", May: staff.Rates,
	}, func(ctx context.Context, in *ByName) error {
		return s.Store.RemoveDeck(ctx, in.Name)
	})
}

func isExisting(err error) bool { return errors.Is(err, billing.ErrExists) }
