package dialer_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
	"time"

	"cccp/billing"
	"cccp/jobs"
)

// again says of every reason there is whether another try may fare better.
var again = map[billing.Reason]bool{
	// The callee, the network, the platform: it may be otherwise in a minute.
	billing.Busy: true, billing.NoAnswer: true, billing.CalleeRejected: true, billing.Unavailable: true,
	billing.Congestion: true, billing.NetworkFailure: true, billing.SwitchUnavailable: true, billing.CallerAbandoned: true,
	billing.OfferingBusy: true, billing.ProviderBusy: true, billing.TrunkBusy: true,
	billing.ShuttingDown: true, billing.Overload: true, billing.SystemFailure: true, billing.Drained: true, billing.Recovered: true,

	// It has been said what there is to say, or somebody wanted it to end.
	billing.CallerHungUp: false, billing.CalleeHungUp: false,
	billing.CallerLost: false, billing.CalleeLost: false, billing.TalkTimeSpent: false, billing.OperatorCut: false, billing.NextCall: false,
	billing.NumberUnassigned: false, billing.NumberIncomplete: false,
	billing.UnknownAccessNumber: false, billing.CallbackTrigger: false, billing.NotAuthenticated: false, billing.NoPIN: false, billing.PINLocked: false,
	billing.NoDestination: false, billing.AccountNotActive: false, billing.AccountNotActivated: false, billing.AccountBlocked: false,
	billing.AccountEmpty: false, billing.AccountExpired: false, billing.BelowMinBalance: false, billing.SpeedDialOff: false,
	billing.TransferNotAllowed: false, billing.NothingToTransfer: false, billing.TransferInUse: false, billing.TransferTooMuch: false,
	billing.AccountBusy: false, billing.CredentialBusy: false,
	billing.NoTrunk: false, billing.NoProfitableTrunk: false, billing.VelocityExceeded: false, billing.HighRiskDestination: false,
	billing.NoRate: false, billing.NotEnoughMoney: false, billing.NotANumber: false,
	billing.CalleeNotAllowed: false, billing.CalleeBlocked: false, billing.CalleeNotOnList: false, billing.CountryNotAllowed: false,
	billing.NothingToRedial: false, billing.NoSpeedDial: false, billing.CallsSpent: false,
	billing.VoucherUnknown: false, billing.VoucherUsed: false, billing.VoucherExpired: false, billing.BalanceFull: false,
	billing.CallbackPending: false, billing.CallbackTooSoon: false, billing.CallbackTooMany: false,
	billing.CallbackNotThere: false, billing.CallbackCancelled: false,
}

// reasons are those that billing declares: the list is closed there, and complete here.
func reasons(t *testing.T) (all []billing.Reason) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../billing/reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Reason" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, billing.Reason(text))
		}
		return true
	})
	return all
}

// ourDoing are the ends that use up no try.
var ourDoing = map[billing.Reason]bool{billing.Drained: true, billing.ShuttingDown: true, billing.Overload: true}

// What a caller was not reached for is tried again only where that may help; whoever was
// reached is not called again, whatever ended the call.
func TestWhatIsTriedAgain(t *testing.T) {
	all := reasons(t)
	if len(all) < 50 {
		t.Fatalf("only %d reasons are found", len(all))
	}
	for _, reason := range all {
		t.Run(string(reason), func(t *testing.T) {
			may, decided := again[reason]
			if !decided {
				t.Fatal("nobody has decided whether to try again")
			}
			for _, result := range []billing.Result{billing.Answered, billing.Failed, billing.Rejected} {
				t.Run(string(result), func(t *testing.T) {
					inOffice(t, func(t *testing.T, o *office) {
						o.call = says(billing.Outcome{Result: result, Reason: reason})
						o.start()
						id := o.requested(alice)
						pass(time.Hour)
						want, calls := jobs.Failed, 1
						if result == billing.Answered {
							want = jobs.Done
						} else if may {
							calls = o.settings.Tries
						}
						got := len(o.placed())
						if free := ourDoing[reason] && result != billing.Answered; free && got <= calls || !free && got != calls {
							t.Errorf("called %d times, want %d, or more if it was our own doing", got, calls)
						}
						o.wantJob(id, want, string(reason))
						o.end()
					})
				})
			}
		})
	}
	if len(again) != len(all) {
		t.Errorf("%d reasons are decided on, there are %d", len(again), len(all))
	}
}
