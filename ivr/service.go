package ivr

import (
	"context"
	"errors"
	"time"

	"github.com/rs/zerolog"

	"cccp/internal/phone"
	"cccp/prompts"
)

// Settings are the limits of a visit.
type Settings struct {
	// Country reads access numbers that arrive in a national form (ISO 3166-1).
	Country string
	// FirstDigit and BetweenDigits are how long a question waits.
	FirstDigit, BetweenDigits time.Duration
	// Tries is how often a PIN, a code or a destination may be entered.
	Tries int
	// CallsPerVisit is how many calls may be made without hanging up.
	CallsPerVisit int
	// Ring is how long a B leg may ring, CallbackRing the A leg of a callback.
	Ring, CallbackRing time.Duration
	// GrantSeconds is the talk time held at once; ExtendAhead before it runs out,
	// more is asked for. MaxCallSeconds ends every call.
	GrantSeconds   int64
	ExtendAhead    time.Duration
	MaxCallSeconds int64
	// SettleWithin bounds everything done after the caller has left.
	SettleWithin time.Duration
	Codes        Codes
}

// Codes are typed instead of a destination. None begins another; "" is switched off.
type Codes struct {
	Redial, Balance, LastCall, Voucher, SpeedDial, Transfer string
	// NextCall is pressed during a call: it ends that call, not the visit.
	NextCall string
}

// Service runs callers' scripts.
type Service struct {
	// Numbers reads what callers type and what networks signal.
	Numbers   phone.Plan
	Directory Directory
	Routes    Routes
	Bank      Bank
	Desk      Desk
	Guard     Guard
	Callbacks Callbacks
	Switch    Switch
	Voices    prompts.Voices
	Settings  Settings
	Log       zerolog.Logger
}

// errGone is the script's way of saying that the caller has left.
var errGone = errors.New("caller has gone")

// Handle runs one caller's script to its end: it returns when the caller is gone,
// the money is settled and the records are kept. Cancelling ctx means the caller left.
func (s *Service) Handle(ctx context.Context, line Line) {
	v := s.newVisit(line)
	v.log.Info().
		Str("ani", v.caller.ANI).
		Str("dialled", v.caller.Dialled).
		Str("channel", v.caller.Channel).
		Msg("caller arrived")
	outcome := v.run(ctx)
	v.tolerant(func() { v.leave(ctx, outcome) })
	v.tolerant(func() { v.settleAtLast(ctx) })
	v.beside.Wait()
}
