package phone

import "math/bits"

// ulawSilence is the µ-law code of zero.
const ulawSilence = 0xFF

const (
	ulawBias = 0x84  // added before the segment is looked for
	ulawClip = 32635 // the largest magnitude µ-law can carry
)

// EncodeULaw codes 16-bit linear samples as G.711 µ-law.
func EncodeULaw(pcm []int16) []byte {
	out := make([]byte, len(pcm))
	for i, s := range pcm {
		out[i] = encodeSample(s)
	}
	return out
}

// DecodeULaw is the reverse of [EncodeULaw], except the quantisation.
func DecodeULaw(ulaw []byte) []int16 {
	out := make([]int16, len(ulaw))
	for i, u := range ulaw {
		out[i] = decodeSample(u)
	}
	return out
}

func encodeSample(s int16) byte {
	magnitude, sign := int(s), byte(0)
	if magnitude < 0 {
		magnitude, sign = -magnitude, 0x80
	}
	magnitude = min(magnitude, ulawClip) + ulawBias
	segment := bits.Len(uint(magnitude)) - 8 // the bias makes it 0…7
	mantissa := byte(magnitude>>(segment+3)) & 0x0F
	return ^(sign | byte(segment)<<4 | mantissa)
}

func decodeSample(u byte) int16 {
	u = ^u
	magnitude := (int(u&0x0F)<<3 + ulawBias) << (u & 0x70 >> 4)
	magnitude -= ulawBias
	if u&0x80 != 0 {
		return int16(-magnitude)
	}
	return int16(magnitude)
}
