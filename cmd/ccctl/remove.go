package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// removeOptions are the flags of every remove.
type removeOptions struct{ yes bool }

func (o *removeOptions) addFlags(c *cobra.Command) {
	c.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask, even on a terminal")
}

// removal is something about to be removed.
type removal struct{ what, path string }

func (o removeOptions) run(cmd *cobra.Command, a *app, r removal) error {
	if err := o.confirm(cmd, "Remove "+r.what); err != nil {
		return err
	}
	if err := a.do(cmd.Context(), http.MethodDelete, r.path, nil, nil); err != nil {
		return err
	}
	a.say(cmd, "removed %s", r.what)
	return nil
}

// errKept is the answer to a question that was not answered with yes.
var errKept = errors.New("not confirmed: nothing was changed")

// confirm asks, if somebody is there to be asked.
func (o removeOptions) confirm(cmd *cobra.Command, question string) error {
	in, ok := cmd.InOrStdin().(*os.File)
	if o.yes || !ok || !term.IsTerminal(int(in.Fd())) {
		return nil
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s? [y/N] ", question)
	answer, err := bufio.NewReader(in).ReadString('\n')
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	if err != nil {
		fmt.Fprintln(cmd.ErrOrStderr())
	}
	return errKept
}
