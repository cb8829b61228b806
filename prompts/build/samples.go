package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"cccp/prompts"
)

const (
	// speechLevelDB is the level (RMS) of Asterisk's own recordings, in dB of full
	// scale, so that mixed sentences do not jump.
	speechLevelDB = -19
	// quietestLevelDB is what a recording whose peaks forbid more may fall to.
	quietestLevelDB = -22
	// maxPeak is the loudest sample allowed.
	maxPeak = 0.95

	shortestSeconds = 0.15
	longestSeconds  = 15
)

func decodeSamples(raw []byte) []float64 {
	samples := make([]float64, len(raw)/2)
	for i := range samples {
		samples[i] = float64(int16(binary.LittleEndian.Uint16(raw[2*i:]))) / (1 << 15)
	}
	return samples
}

// level brings speech to speechLevelDB, and refuses what cannot be a spoken message:
// that is what a broken synthesiser or an unknown voice leaves behind.
func level(samples []float64) ([]float64, error) {
	seconds := float64(len(samples)) / prompts.SampleRate
	if seconds < shortestSeconds || seconds > longestSeconds {
		return nil, fmt.Errorf("speech lasts %.2f s, not %.1f to %d s", seconds, shortestSeconds, longestSeconds)
	}
	rms, peak := measure(samples)
	gain := min(math.Pow(10, speechLevelDB/20.0)/rms, maxPeak/peak)
	if got := 20 * math.Log10(rms*gain); !(got >= quietestLevelDB) { // not a number when silent
		return nil, fmt.Errorf("speech reaches %.1f dB, less than %d dB", got, quietestLevelDB)
	}
	levelled := make([]float64, len(samples))
	for i, s := range samples {
		levelled[i] = s * gain
	}
	return levelled, nil
}

func measure(samples []float64) (rms, peak float64) {
	var squares float64
	for _, s := range samples {
		squares += s * s
		peak = max(peak, math.Abs(s))
	}
	return math.Sqrt(squares / float64(len(samples))), peak
}

// encodeWAV writes the plainest WAV file there is: 44 bytes, then samples.
func encodeWAV(samples []float64) []byte {
	const pcm, mono, bytesPerSample, formatBytes = 1, 1, 2, 16
	size := uint32(len(samples) * bytesPerSample)
	header := struct {
		RIFF           [4]byte
		RIFFBytes      uint32
		WAVE, Fmt      [4]byte
		FmtBytes       uint32
		Encoding       uint16
		Channels       uint16
		SampleRate     uint32
		BytesPerSecond uint32
		FrameBytes     uint16
		BitsPerSample  uint16
		Data           [4]byte
		DataBytes      uint32
	}{
		[4]byte([]byte("RIFF")), 36 + size, [4]byte([]byte("WAVE")), [4]byte([]byte("fmt ")), formatBytes,
		pcm, mono, prompts.SampleRate, prompts.SampleRate * bytesPerSample, bytesPerSample, 8 * bytesPerSample,
		[4]byte([]byte("data")), size,
	}
	var file bytes.Buffer
	binary.Write(&file, binary.LittleEndian, header) // a Buffer does not fail
	for _, s := range samples {
		file.Write(binary.LittleEndian.AppendUint16(nil, uint16(int16(math.Round(s*(1<<15))))))
	}
	return file.Bytes()
}
