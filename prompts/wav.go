package prompts

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// SampleRate is that of every recording, in Hz.
const SampleRate = 8000

// ErrFormat is the fault of a recording that is not a WAV file as Asterisk reads it.
var ErrFormat = errors.New("wrong format")

// wavFormat is the part of a fmt chunk that every encoding has.
type wavFormat struct {
	Encoding, Channels         uint16
	SampleRate, BytesPerSecond uint32
	FrameBytes, BitsPerSample  uint16
}

// telephone is the one format asked for.
func telephone() wavFormat {
	const pcm, mono, bytesPerSample = 1, 1, 2
	return wavFormat{
		Encoding: pcm, Channels: mono,
		SampleRate: SampleRate, BytesPerSecond: SampleRate * bytesPerSample,
		FrameBytes: bytesPerSample, BitsPerSample: 8 * bytesPerSample,
	}
}

type wavChunk struct {
	ID   [4]byte
	Size uint32
}

// checkWAV reads a WAV file up to its samples and sees that they are all there.
func checkWAV(r io.ReadSeeker) error {
	var riff wavChunk
	var form [4]byte
	if read(r, &riff) != nil || read(r, &form) != nil || string(riff.ID[:]) != "RIFF" || string(form[:]) != "WAVE" {
		return fmt.Errorf("%w: not a WAV file", ErrFormat)
	}
	var format wavFormat
	for {
		var chunk wavChunk
		if read(r, &chunk) != nil {
			return fmt.Errorf("%w: no samples", ErrFormat)
		}
		if string(chunk.ID[:]) == "data" {
			return checkSamples(r, format, int64(chunk.Size))
		}
		if chunk.Size%2 != 0 { // what follows is padded, and Asterisk does not know
			return fmt.Errorf("%w: Asterisk cannot read past its %q", ErrFormat, chunk.ID[:])
		}
		rest := int64(chunk.Size)
		if string(chunk.ID[:]) == "fmt " {
			rest -= int64(binary.Size(format))
			if rest < 0 || read(r, &format) != nil {
				return fmt.Errorf("%w: header cut short", ErrFormat)
			}
		}
		if _, err := r.Seek(rest, io.SeekCurrent); err != nil {
			return fmt.Errorf("%w: %w", ErrFormat, err)
		}
	}
}

// checkSamples checks what a header says of the samples that follow it.
func checkSamples(r io.ReadSeeker, format wavFormat, size int64) error {
	if format != telephone() {
		return fmt.Errorf("%w: %s: must be PCM (1), %d Hz, 16 bits, 1 channel", ErrFormat, format, SampleRate)
	}
	if size == 0 {
		return fmt.Errorf("%w: empty", ErrFormat)
	}
	here, err := r.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	end, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if end-here < size {
		return fmt.Errorf("%w: cut short, %d of %d bytes of samples", ErrFormat, end-here, size)
	}
	return nil
}

func (f wavFormat) String() string {
	return fmt.Sprintf(
		"encoding %d, %d Hz, %d bits, channels: %d",
		f.Encoding, f.SampleRate, f.BitsPerSample, f.Channels,
	)
}

func read(r io.Reader, to any) error { return binary.Read(r, binary.LittleEndian, to) }
