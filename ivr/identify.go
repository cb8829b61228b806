package ivr

import (
	"cmp"
	"context"
	"errors"
	"time"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/prompts"
)

// identify finds the caller's account: by ANI, else by PIN.
func (v *visit) identify(ctx context.Context) error {
	who, known, err := v.byNumber()
	if err != nil {
		return err
	}
	if !known || who.Account.Language == "" {
		if err := v.chooseLanguage(ctx); err != nil {
			return err
		}
	}
	if known {
		return v.recognise(who)
	}
	return v.askPIN(ctx, secret{
		guarded: string(v.access.Number), digits: v.access.PINDigits, tries: v.Settings.Tries, opens: v.byPIN,
	})
}

// byNumber recognises a caller by ANI.
func (v *visit) byNumber() (who billing.Subscriber, known bool, err error) {
	owner, err := v.Directory.Provider(v.access.Provider)
	if err != nil {
		return who, false, err
	}
	who, known, err = v.byANI(owner.Country)
	return who, known && v.mayUse(who), err
}

// byANI reads the number a caller calls from, in a country's forms unless another form is
// declared, and finds whose it is. A caller who signals none, or a placeholder, is nobody.
func (v *visit) byANI(country string) (who billing.Subscriber, known bool, err error) {
	signal := v.signal(v.caller.ANI, country)
	signal.Form = cmp.Or(v.access.SignalledForm, signal.Form)
	find := func(n phone.Number) bool {
		who, known, err = v.Directory.ByANI(n)
		return known
	}
	number, unread := v.Numbers.Caller(signal, find)
	if unread != nil || err != nil {
		return billing.Subscriber{}, false, err
	}
	v.ani = number
	find(number)
	return who, known && oneStep(who), err
}

func (v *visit) byPIN(pin string) (who billing.Subscriber, known bool, err error) {
	who, known, err = v.Directory.ByPIN(pin)
	return who, known && v.mayUse(who), err
}

// oneStep says whether a subscriber may be recognised by ANI alone.
func oneStep(who billing.Subscriber) bool { return !who.Offering.OneStepOff }

// mayUse says whether the access number is open to a subscriber: it is not bound to another
// offering, and the subscriber's offering opens it.
func (v *visit) mayUse(who billing.Subscriber) bool {
	return (v.access.Offering == "" || v.access.Offering == who.Offering.Name) && who.Offering.Opens(v.access.Number)
}

// secret is a PIN to be asked for.
type secret struct {
	// guarded is what wrong entries are counted at.
	guarded       string
	digits, tries int // digits 0 is any length, ended by "#"
	opens         func(pin string) (billing.Subscriber, bool, error)
}

// askPIN gives the caller a few tries to enter a PIN, and locks out callers who guess. It is
// wrong only if something was entered.
func (v *visit) askPIN(ctx context.Context, s secret) error {
	longest := s.digits
	if longest == 0 {
		longest = billing.MaxPINDigits
	}
	question, refused := v.voice.Say(prompts.EnterPIN), billing.NoPIN
	for range s.tries {
		if err := v.notLocked(s.guarded); err != nil {
			return err
		}
		pin, err := v.ask(ctx, longest, question)
		if err != nil {
			return err
		}
		if err := v.notLocked(s.guarded); err != nil { // others guess at the same time
			return err
		}
		if pin == "" { // who enters nothing has not guessed, nor is his PIN wrong
			question = append(v.voice.Say(prompts.PINMissing), v.voice.Say(prompts.EnterPIN)...)
			continue
		}
		who, known, err := s.opens(pin)
		if err != nil {
			return err
		}
		if known {
			return v.recognise(who)
		}
		v.log.Info().Int("digits", len(pin)).Msg("PIN refused")
		if err := v.missed(ctx, pin, s.guarded); err != nil {
			return err
		}
		question = append(v.voice.Say(prompts.PINWrong), v.voice.Say(prompts.EnterPIN)...)
		refused = billing.NotAuthenticated
	}
	return billing.Refusal{Reason: refused}
}

// notLocked refuses a caller who is locked out.
func (v *visit) notLocked(at string) error {
	locked, err := v.Guard.Locked(v.ani, at)
	if err == nil && locked {
		v.log.Warn().Str("at", at).Msg("locked out: see ccctl lockout list")
		err = billing.Refusal{Reason: billing.PINLocked}
	}
	return err
}

// missed counts a wrong entry. An empty one is no guess.
func (v *visit) missed(ctx context.Context, entered, at string) error {
	if entered == "" {
		return nil
	}
	last, cancel := v.detached(ctx) // who hangs up upon a wrong guess has guessed all the same
	defer cancel()
	return v.Guard.Missed(last, v.ani, at)
}

func (v *visit) recognise(who billing.Subscriber) error {
	v.who = who
	v.speakTo()
	v.log = v.log.With().Str("account", who.Account.ID).Logger()
	v.log.Info().Str("by", string(who.Credential.Kind)).Msg("caller recognised")
	standing := billing.Standing(who.Account, who.Offering, time.Now())
	v.keepFirst(standing)
	if standing == "" || standing == billing.AccountEmpty && v.mayRefill() {
		return nil
	}
	return billing.Refusal{Reason: standing}
}

// keepFirst records when an account was first recognised, and that it has expired. The
// caller does not wait for it, and stays where it fails.
func (v *visit) keepFirst(standing billing.Reason) {
	a, at := v.who.Account, time.Now()
	first := a.FirstAuthenticated.IsZero() && (standing == "" || standing == billing.AccountEmpty)
	if !first && (standing != billing.AccountExpired || a.Status == billing.Expired) {
		return
	}
	v.besides(func() {
		ctx, cancel := v.detached(context.Background())
		defer cancel()
		if err := v.Desk.Recognised(ctx, a.ID, at); err != nil {
			v.log.Warn().Err(err).Str("account", a.ID).Msg("keep first use")
		}
	})
}

// mayRefill says whether a subscriber without money is let in: where a code can refill the
// account, and calls are refused until then; or where calls cost nothing.
func (v *visit) mayRefill() bool {
	if v.disa.Unmetered {
		return true
	}
	asked := v.caller.Entry == EntryDISA || v.caller.Entry == EntryAccess && v.access.Kind != billing.Callback
	return asked && (v.Settings.Codes.Voucher != "" || v.Settings.Codes.Transfer != "")
}

// refusalOf is the reason an error carries, if it is a refusal.
func refusalOf(err error) (billing.Reason, bool) {
	var r billing.Refusal
	ok := errors.As(err, &r)
	return r.Reason, ok
}
