package ear

import "testing"

func FuzzParseWAV(f *testing.F) {
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x02\x00\x00\x00\x01\x02"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		pcm, err := parseWAV(raw)
		if err == nil && len(pcm)*2 > len(raw) {
			t.Errorf("%d samples out of %d bytes", len(pcm), len(raw))
		}
	})
}
