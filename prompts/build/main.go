// Build renders the recordings of package prompts with a speech synthesiser:
//
//	go run ./prompts/build -out DIR [-espeak PATH] [-sox PATH]
//
// It needs espeak-ng, which speaks, and sox, which fits what was spoken to the
// telephone. Only what changed since the last run is rendered; what was made is
// remembered in DIR/rendered.json, and removed when the catalogue has it no more. A file
// that this program did not make is an operator's own recording and is left alone.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"cccp/prompts"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "prompts:", err)
		os.Exit(1)
	}
}

// run renders all recordings into the folder the arguments name.
func run(ctx context.Context, args []string, report io.Writer) error {
	out, r, err := options(args, report)
	if err != nil {
		return err
	}
	return render(ctx, r, out, prompts.Recordings(), report)
}

// render renders what has to be of a catalogue, and reports in one line for each thing
// an operator would want to know.
func render(ctx context.Context, r renderer, out string, catalogue []prompts.Recording, report io.Writer) error {
	known, err := readManifest(out)
	if err != nil {
		return err
	}
	rendered, err := r.renderAll(ctx, stale(out, known, catalogue))
	if err != nil {
		return err
	}
	kept, err := install(out, known, rendered)
	if err != nil {
		return err
	}
	if err := removeFormer(out, known, catalogue); err != nil {
		return err
	}
	for _, file := range kept {
		fmt.Fprintf(report, "prompts: kept %s, which was not rendered here; delete it to have it rendered\n", file)
	}
	fmt.Fprintf(report, "prompts: %d recordings in %s, %d rendered now\n", len(catalogue), out, len(rendered)-len(kept))
	return faults(out, catalogue)
}

// options reads the command line and finds the tools.
func options(args []string, usage io.Writer) (out string, r renderer, err error) {
	flags := flag.NewFlagSet("prompts/build", flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.StringVar(&out, "out", "", "folder to render into (required)")
	flags.StringVar(&r.espeak, "espeak", "espeak-ng", "the speech synthesiser espeak-ng, a path or a name in PATH")
	flags.StringVar(&r.sox, "sox", "sox", "the sound converter sox, a path or a name in PATH")
	if err := flags.Parse(args); err != nil {
		return "", r, err
	}
	if out == "" || flags.NArg() > 0 {
		return "", r, errors.New("say where to render: -out DIR, and nothing else but flags")
	}
	if r.espeak, err = findTool(r.espeak, "espeak-ng", "-espeak"); err != nil {
		return "", r, err
	}
	r.sox, err = findTool(r.sox, "sox", "-sox")
	return out, r, err
}

func findTool(name, debianPackage, flagName string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf(
			"find %s: %w: apt-get install %s, or give its path with %s",
			debianPackage, err, debianPackage, flagName,
		)
	}
	return filepath.Abs(path)
}

// faults is what is wrong with the folder in the end; own recordings may be.
func faults(out string, catalogue []prompts.Recording) error {
	ours := files(catalogue)
	var errs []error
	for _, f := range prompts.Check(out) {
		if ours[f.File()] {
			errs = append(errs, fmt.Errorf("check %s: %w", out, f))
		}
	}
	return errors.Join(errs...)
}
