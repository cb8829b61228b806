package phone_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"cccp/test/phone"
)

// TestManyCallsLeaveNothing places calls of every kind at once and then looks
// for goroutines and sockets they forgot.
func TestManyCallsLeaveNothing(t *testing.T) {
	const calls = 300
	must(t, newPhone(t, phone.Options{}).Close()) // what the runtime opens once for ever
	sockets := openFiles(t)
	f, err := phone.NewCallee(context.Background(), phone.Options{}, phone.Script{Play: phone.Tone(time.Second, 1004)})
	must(t, err)
	f.Set("1", phone.Script{Reject: 486})
	f.Set("2", phone.Script{Never: true})
	f.Set("3", phone.Script{HangUpAfter: 100 * time.Millisecond})
	caller, err := phone.New(context.Background(), phone.Options{})
	must(t, err)

	var talking sync.WaitGroup
	for i := range calls {
		talking.Go(func() {
			if err := oneCall(patient(t), caller, f.Addr(), fmt.Sprint(i%5)); err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		})
	}
	talking.Wait()
	must(t, caller.Close())
	must(t, f.Close())
	if f.Total() != calls {
		t.Errorf("callee saw %d calls, want %d", f.Total(), calls)
	}
	if now := openFiles(t); now > sockets {
		t.Errorf("%d sockets are left open", now-sockets)
	}
	checkNoGoroutines(t)
}

func oneCall(ctx context.Context, p *phone.Phone, via, number string) error {
	c, err := p.Call(ctx, phone.CallOptions{To: number, Via: via})
	if err != nil {
		return err
	}
	switch number {
	case "1", "3": // ends by itself
		_, err = c.WaitEnded(ctx)
		return err
	case "2":
		_, err = c.WaitRinging(ctx)
	case "4": // left to Close
		_, err = c.WaitAnswered(ctx)
		return err
	default:
		_, err = c.WaitAnswered(ctx)
		if err == nil {
			err = c.Press(ctx, "1#", phone.Timing{})
		}
	}
	return errors.Join(err, c.Hangup(ctx))
}

func openFiles(t *testing.T) int {
	files, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return len(files)
}

// checkNoGoroutines wants every goroutine of this package, and of sipgo on its
// behalf, to end; the last of sipgo's may still be on their way out.
func checkNoGoroutines(t *testing.T) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(patience); ; <-ticker.C {
		left := ownGoroutines()
		if left == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("goroutines are left:\n%s", left)
		}
	}
}

func ownGoroutines() string {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	var own []string
	for stack := range strings.SplitSeq(string(buf), "\n\n") {
		if strings.Contains(stack, "phone.(*") || strings.Contains(stack, "sipgo") {
			own = append(own, stack)
		}
	}
	return strings.Join(own, "\n\n")
}
