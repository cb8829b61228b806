package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// options are what the command line says.
type options struct {
	only     string
	quick    bool
	json     string
	profiles string
}

// benchmark is one question, and how it is answered.
type benchmark struct {
	key string
	run func(context.Context, *bench) (result, error)
}

// bench is what the benchmarks of one run share.
type bench struct {
	quick    bool
	profiles string // folder for profiles; empty is none
	stage    *stage // brought up when it is first needed
}

// pick is the full run's value, or the quick one's.
func pick[T any](b *bench, full, quick T) T {
	if b.quick {
		return quick
	}
	return full
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == childArgument {
		exitOn(runChild(os.Args[2]))
		return
	}
	var o options
	flag.StringVar(&o.only, "only", "a,b,c,d,e,l,r", "benchmarks to run, separated by commas")
	flag.BoolVar(&o.quick, "quick", false, "a minute's look instead of a measurement")
	flag.StringVar(&o.json, "json", filepath.Join("build", "bench.json"), "file the figures are written to")
	flag.StringVar(&o.profiles, "profiles", "", "folder that CPU and heap profiles of ccd and the store are written to")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exitOn(run(ctx, o))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	chosen, err := choose(o.only)
	if err != nil {
		return err
	}
	r := report{At: time.Now(), Go: runtime.Version(), CPUs: runtime.NumCPU(), Quick: o.quick}
	b := &bench{quick: o.quick}
	if o.profiles != "" {
		if b.profiles, err = filepath.Abs(o.profiles); err != nil {
			return err
		}
		if err := os.MkdirAll(b.profiles, 0o755); err != nil {
			return err
		}
	}
	failed := b.runAll(ctx, chosen, &r)
	return errors.Join(failed, b.close(), writeJSON(o.json, r))
}

// runAll goes on after a benchmark that failed: the others may still tell something.
func (b *bench) runAll(ctx context.Context, chosen []benchmark, r *report) error {
	var problems []error
	for _, one := range chosen {
		begun := time.Now()
		found, err := one.run(ctx, b)
		if err != nil {
			problems = append(problems, fmt.Errorf("benchmark %s: %w", one.key, err))
			found.Failed = err.Error()
			if b.stage != nil && b.stage.ccd.complaints() != "" {
				found.Notes = append(found.Notes, "ccd's last complaints: "+b.stage.ccd.complaints())
			}
		}
		found.Key, found.Seconds = one.key, time.Since(begun).Seconds()
		found.print(os.Stdout)
		r.Results = append(r.Results, found)
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(problems...)
}

func choose(only string) (chosen []benchmark, err error) {
	all := []benchmark{
		{"a", benchSetUp},
		{"b", benchRate},
		{"c", benchCost},
		{"d", benchPairs},
		{"e", benchCycles},
		{"l", benchCards},
		{"r", benchRating},
	}
	for key := range strings.SplitSeq(only, ",") {
		found := false
		for _, one := range all {
			if one.key == strings.TrimSpace(key) {
				chosen, found = append(chosen, one), true
			}
		}
		if !found {
			return nil, fmt.Errorf("no benchmark %q: give some of a,b,c,d,e,l,r", key)
		}
	}
	return chosen, nil
}

func (b *bench) close() error {
	if b.stage == nil {
		return nil
	}
	return b.stage.close()
}

func writeJSON(path string, r report) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
