package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"sync"

	"cccp/prompts"
)

// renderer speaks with two programs, given by their paths.
type renderer struct{ espeak, sox string }

// espeakArgs choose how a recording is spoken: in the synthesiser's plain voice of its
// language, and a little slower (145 words per minute) than its habit of 175. Letters
// are slower still, or some would be over before one has noticed.
func espeakArgs(r prompts.Recording) []string {
	voice := map[string]string{"en": "en-us", "fr": "fr-fr", "es": "es-419", "ru": "ru"}[r.Language]
	speed := "145"
	if strings.HasPrefix(r.Name, "letter-") {
		speed = "110"
	}
	return []string{"-v", voice, "-s", speed, "--stdout"}
}

// soxArgs make telephone sound of the synthesiser's WAV, raw and without dither, so
// that the same text gives the same bytes. In order: nothing below the telephone's
// band; more of what tells consonants apart; peaks tamed, so that speech can be as
// loud as Asterisk's own; silence cut off both ends.
func soxArgs() []string {
	const trimStart = "silence 1 0.005 -50d"
	return append(
		[]string{"-V1", "--no-dither", "--ignore-length", "-t", "wav", "-"},
		strings.Fields("-t raw -r 8000 -c 1 -e signed-integer -b 16 -L - "+
			"highpass 150 equalizer 2600 1.2q +4 "+
			"compand 0.001,0.06 6:-60,-60,-24,-20,0,-10 -1 -90 0.002 "+
			trimStart+" reverse "+trimStart+" reverse")...)
}

// recipe is a hash of everything that decides how a recording sounds, except the versions
// of the programs.
func recipe(r prompts.Recording) string {
	all := fmt.Sprintf("%q %q %q %v %v", spelling(r), espeakArgs(r), soxArgs(), speechLevelDB, maxPeak)
	return hash([]byte(all))
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// rendering is a recording made: a whole WAV file.
type rendering struct {
	prompts.Recording
	wav []byte
}

// renderAll renders on all processors; the first failure stops the rest.
func (r renderer) renderAll(ctx context.Context, recordings []prompts.Recording) ([]rendering, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	made := make([]rendering, len(recordings))
	jobs := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range jobs {
				wav, err := r.render(ctx, recordings[i])
				if err != nil {
					cancel(fmt.Errorf("render %s: %w", recordings[i].File(), err))
				}
				made[i] = rendering{recordings[i], wav}
			}
		})
	}
	for i := range recordings {
		jobs <- i
	}
	close(jobs)
	workers.Wait()
	return made, context.Cause(ctx)
}

func (r renderer) render(ctx context.Context, rec prompts.Recording) ([]byte, error) {
	spoken, err := pipe(exec.CommandContext(ctx, r.espeak, append(espeakArgs(rec), spelling(rec))...), nil)
	if err != nil {
		return nil, err
	}
	raw, err := pipe(exec.CommandContext(ctx, r.sox, soxArgs()...), spoken)
	if err != nil {
		return nil, err
	}
	samples, err := level(decodeSamples(raw))
	if err != nil {
		return nil, err
	}
	return encodeWAV(samples), nil
}

// pipe runs a program from input to output. What it complains of becomes the error.
func pipe(cmd *exec.Cmd, input []byte) ([]byte, error) {
	cmd.Stdin = bytes.NewReader(input)
	output, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && len(failed.Stderr) > 0 {
		err = fmt.Errorf("%w: %s", err, bytes.TrimSpace(failed.Stderr))
	}
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", cmd.Path, err)
	}
	return output, nil
}
