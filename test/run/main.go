// Command run brings up the demo's system in the foreground until Ctrl-C: a real
// Asterisk, ccd, an account to call with, and a callee that answers, or the one
// named by PSTN (SIP host:port).
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"cccp/billing"
	"cccp/test/house"
	"cccp/test/phone"
)

// Where callers call in, and the card they call with.
const (
	sipAddr = "127.0.0.1:5062"
	account = "demo"
	ani     = "15149072508"
	pin     = "1506747290"
	balance = 10_000_000 // 10.00
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	fmt.Println("starting Asterisk and ccd …")
	pstn := os.Getenv("PSTN")
	h, err := house.Start(ctx, house.Options{
		SIPAddr: sipAddr, PSTN: pstn, Log: os.Stdout,
		Callee: phone.Script{After: ringFor, Play: melody()},
	})
	if err != nil {
		return err
	}
	defer func() {
		if err := h.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "run: stop:", err)
		}
	}()
	if err := h.Furnish(ctx, billing.Offering{
		AnnounceBalance:  true,
		AnnounceTalkTime: true,
		AllowedCountries: []string{"US", "RU"},
	}); err != nil {
		return err
	}
	card := house.Card{Account: account, Balance: balance, ANI: ani, PIN: pin, OutboundCID: house.OwnNumber}
	if err := h.Sell(ctx, card); err != nil {
		return err
	}
	invite(h, pstn)
	<-ctx.Done()
	fmt.Println("\nstopping; calls still up are cut")
	return nil
}

func invite(h *house.House, pstn string) {
	callee, callback := "the built-in callee: it rings for two seconds, answers and plays a melody", `
    Here the callee answers that call, too. To have your own phone ring:
    PSTN=127.0.0.1:5060 make run, with the address your softphone listens on.`
	if pstn != "" {
		callee, callback = pstn, ""
	}
	fmt.Printf(`
Asterisk %[1]s takes calls on %[2]s (SIP over UDP, from this machine, no registration).

  Call in with a softphone:   sip:%[3]s@%[2]s
    As %[4]s it recognises you; as any other number it asks for PIN %[5]s and #.
    Then dial a number of North America or Russia and #, such as 5149072599#.
    Instead of a number: *0 calls the last one again, *150 says the balance.
    During a call: ** ends it and asks for the next number.

  Be called back:             sip:%[6]s@%[2]s
    Call it as %[4]s. It rejects you unanswered, calls that number %[7]s later,
    and asks where to call. Both calls cost money.%[8]s

  Calls leave to %[9]s.

  Look at it:   go run ./cmd/ccctl --socket %[10]s balance show %[11]s
                … cdr follow, callback list, ledger list %[11]s, call list, rate list retail, --help

Ctrl-C ends it.
`, h.Asterisk.Version, sipAddr, house.AccessNumber, ani, pin,
		house.CallbackNumber, time.Duration(h.Config.Callback.Delay), callback, callee, h.Config.Socket, account)
}
