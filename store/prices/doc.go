// Package prices keeps what calls are priced by: rate decks, named rates, the plans made
// of them, and the calling services that sell plans. Calls ask what is in memory, compiled;
// it is brought up to date when a change is on disk. A call in progress keeps its tariff.
//
// A deck is imported as a new version in chunks, so that calls settle in between; one small
// transaction makes it the active one. A change of a named rate compiles, in the same
// transaction, every plan it is part of: what cannot be compiled is not kept.
package prices
