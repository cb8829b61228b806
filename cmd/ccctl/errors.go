package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"cccp/wire"
)

// usageError is a mistake on the command line.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// failure is an error of a command that did run. What cobra answers by itself is not
// one: then the command line was wrong.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

// markFailures tells the errors of commands from those of cobra.
func markFailures(c *cobra.Command) {
	if inner := c.RunE; inner != nil {
		c.RunE = func(cmd *cobra.Command, args []string) error {
			if err := inner(cmd, args); err != nil {
				return failure{err}
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		markFailures(sub)
	}
}

// hinted is an error with what to type next.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

func hint(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return hinted{err, fmt.Sprintf(format, args...)}
}

// report says what went wrong and what to type next, and answers the exit code.
func report(w io.Writer, cmd *cobra.Command, err error) int {
	if err == nil {
		return wire.ExitDone
	}
	code := exitCode(err)
	fmt.Fprintf(w, "ccctl: %s\n", strings.TrimRight(err.Error(), "\n"))
	var h hinted
	switch {
	case errors.As(err, &h):
		fmt.Fprintf(w, "hint: %s\n", h.hint)
	case code == wire.ExitUsage:
		fmt.Fprintf(w, "hint: %s --help\n", cmd.CommandPath())
	}
	return code
}

func exitCode(err error) int {
	var ran failure
	var usage usageError
	if !errors.As(err, &ran) || errors.As(err, &usage) {
		return wire.ExitUsage
	}
	return wire.MeaningOf(err).Exit
}

// flagError is the answer to a flag that cannot be read. A group is asked only when
// the word after it is none of its commands: that word is the mistake, not the flag.
func flagError(cmd *cobra.Command, err error) error {
	if cmd.HasSubCommands() && cmd.Flags().NArg() > 0 {
		return unknownCommand(cmd, cmd.Flags().Args())
	}
	return usageError{err.Error()}
}
