// Package tidy holds the house rules as tests: which room may import which, who owns
// which dependency, what never appears where. There is nothing here to import.
package tidy
