package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cccp/billing"
)

// maxDeckBytes bounds a rate deck file.
const maxDeckBytes = 256 << 20

type deckFile struct {
	Name    string `path:"name" maxLength:"64"`
	RawBody []byte `contentType:"text/csv"`
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

func (s server) decks(h huma.API) {
	const at = "/v1/decks"
	huma.Register(h, operation("list-decks", http.MethodGet, at, "List rate decks"), func(context.Context, *struct{}) (*answer[[]billing.RateDeck], error) {
		return reply(s.Store.Decks())
	})
	load := operation("import-deck", http.MethodPut, at+"/{name}", "Make a CSV file the active version of a rate deck")
	load.MaxBodyBytes, load.BodyReadTimeout = maxDeckBytes, time.Minute
	huma.Register(h, load, func(ctx context.Context, in *deckFile) (*answer[billing.RateDeck], error) {
		rates, err := billing.ReadDeckCSV(bytes.NewReader(in.RawBody))
		if err != nil {
			return nil, problem(fmt.Errorf("%w: %w", billing.ErrInvalid, err))
		}
		return reply(s.Store.ImportDeck(ctx, in.Name, rates, time.Now()))
	})
	huma.Register(h, operation("list-rates", http.MethodGet, at+"/{name}/rates", "List rates of a deck"), func(_ context.Context, in *ratePage) (*answer[[]billing.Rate], error) {
		return reply(s.Store.Rates(in.Name, in.Prefix, in.Limit))
	})
	huma.Register(h, operation("remove-deck", http.MethodDelete, at+"/{name}", "Remove a rate deck"), func(ctx context.Context, in *ByName) (*struct{}, error) {
		if err := s.Store.RemoveDeck(ctx, in.Name); err != nil {
			return nil, problem(err)
		}
		return nil, nil
	})
}

func isExisting(err error) bool { return errors.Is(err, billing.ErrExists) }
