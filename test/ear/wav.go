package ear

import (
	"encoding/binary"
	"errors"
	"fmt"
)

var errNotWAV = errors.New("parse WAV: not a RIFF file of that kind")

// linear reads 16-bit little-endian samples.
func linear(raw []byte) []int16 {
	pcm := make([]int16, len(raw)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return pcm
}

// parseWAV reads a RIFF file of 16-bit mono PCM at 8 kHz. A data chunk that
// claims more than there is, as recorders leave it that were cut off, ends with
// the file.
func parseWAV(raw []byte) ([]int16, error) {
	if len(raw) < 12 || string(raw[:4]) != "RIFF" || string(raw[8:12]) != "WAVE" {
		return nil, errNotWAV
	}
	formatSeen := false
	for rest := raw[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), int(binary.LittleEndian.Uint32(rest[4:]))
		body := rest[8:min(len(rest), 8+size)]
		switch id {
		case "fmt ":
			if err := checkFormat(body); err != nil {
				return nil, err
			}
			formatSeen = true
		case "data":
			if !formatSeen {
				return nil, errNotWAV
			}
			return linear(body), nil
		}
		rest = rest[min(len(rest), 8+size+size%2):] // chunks are padded to even length
	}
	return nil, errNotWAV
}

func checkFormat(body []byte) error {
	if len(body) < 16 {
		return errNotWAV
	}
	var (
		codec    = binary.LittleEndian.Uint16(body)
		channels = binary.LittleEndian.Uint16(body[2:])
		rate     = binary.LittleEndian.Uint32(body[4:])
		depth    = binary.LittleEndian.Uint16(body[14:])
	)
	const pcm, extensible = 1, 0xFFFE
	if (codec != pcm && codec != extensible) || channels != 1 || rate != SampleRateHz || depth != 16 {
		return fmt.Errorf("parse WAV: codec %d, %d channels, %d Hz, %d bit: want PCM, 1, %d, 16",
			codec, channels, rate, depth, SampleRateHz)
	}
	return nil
}
