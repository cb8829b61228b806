package phone_test

import (
	"context"
	"testing"

	"cccp/test/phone"
)

// BenchmarkCall is a whole call between two phones: INVITE, 180, 200, ACK,
// BYE. It is the ceiling of any rate measured with these phones.
func BenchmarkCall(b *testing.B) {
	f, err := phone.NewCallee(b.Context(), phone.Options{Quiet: true}, phone.Script{})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	f.Keep(0)
	caller, err := phone.New(b.Context(), phone.Options{Quiet: true})
	if err != nil {
		b.Fatal(err)
	}
	defer caller.Close()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := answeredCall(b.Context(), caller, f.Addr()); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func answeredCall(ctx context.Context, p *phone.Phone, via string) error {
	c, err := p.Call(ctx, phone.CallOptions{To: calleeNumber, Via: via})
	if err != nil {
		return err
	}
	if _, err := c.WaitAnswered(ctx); err != nil {
		return err
	}
	return c.Hangup(ctx)
}
