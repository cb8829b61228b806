package billing

import "cmp"

// consequence is the meaning of a leg's end for the calls after it.
type consequence struct {
	// cause is the Q.850 cause that the caller is released with.
	cause int
	after after
}

// after says what may come after an end, and who is to blame for it.
type after uint8

const (
	// anotherCall: the caller may call somebody else without hanging up.
	anotherCall after = 1 << iota
	// anotherTry: a callback may fare better if it is tried once more.
	anotherTry
	// ourFault: we ended it or would not begin it, so a callback loses none of its tries.
	ourFault

	// nothing comes after it.
	nothing after = 0
)

// consequences has one row for each reason.
var consequences = map[Reason]consequence{
	// Reasons of answered legs.
	CallerHungUp:  {CauseNormalClearing, nothing},
	CalleeHungUp:  {CauseNormalClearing, anotherCall},
	CallerLost:    {CauseNormalClearing, nothing},
	CalleeLost:    {CauseNormalClearing, anotherCall},
	TalkTimeSpent: {CauseNormalClearing, nothing},
	OperatorCut:   {CauseNormalClearing, nothing},
	Drained:       {CauseNormalClearing, anotherTry | ourFault},
	Recovered:     {CauseNormalClearing, anotherTry},
	NextCall:      {CauseNormalClearing, anotherCall},

	// Reasons of failed legs.
	CallerAbandoned:   {CauseNormalClearing, anotherTry},
	Busy:              {CauseNormalClearing, anotherCall | anotherTry},
	NoAnswer:          {CauseNormalClearing, anotherCall | anotherTry},
	CalleeRejected:    {CauseNormalClearing, anotherCall | anotherTry},
	NumberUnassigned:  {CauseNormalClearing, anotherCall},
	NumberIncomplete:  {CauseNormalClearing, anotherCall},
	Unavailable:       {CauseNormalClearing, anotherCall | anotherTry},
	Congestion:        {CauseNormalClearing, anotherCall | anotherTry},
	NetworkFailure:    {CauseNormalClearing, anotherCall | anotherTry},
	SwitchUnavailable: {CauseNormalClearing, anotherCall | anotherTry},

	// Reasons of legs we rejected.
	UnknownAccessNumber: {CauseUnallocated, nothing},
	CallbackTrigger:     {CauseBusy, nothing}, // all triggers end alike: nobody can probe which numbers are known
	NotAuthenticated:    {CauseRejected, nothing},
	NoPIN:               {CauseRejected, nothing},
	PINLocked:           {CauseRejected, nothing},
	NoDestination:       {CauseNormalClearing, nothing},
	AccountNotActive:    {CauseRejected, nothing},
	AccountNotActivated: {CauseRejected, nothing},
	AccountBlocked:      {CauseRejected, nothing},
	AccountEmpty:        {CauseRejected, anotherCall}, // a refill may help
	AccountExpired:      {CauseRejected, nothing},
	AccountBusy:         {CauseNoCircuit, nothing},
	CredentialBusy:      {CauseNoCircuit, nothing},
	OfferingBusy:        {CauseNoCircuit, anotherTry},
	ProviderBusy:        {CauseNoCircuit, anotherTry},
	TrunkBusy:           {CauseNoCircuit, anotherTry},
	NoTrunk:             {CauseNormalClearing, nothing},
	NoProfitableTrunk:   {CauseNoRoute, anotherCall},
	NoRate:              {CauseNormalClearing, nothing},
	NotEnoughMoney:      {CauseRejected, anotherCall},
	BelowMinBalance:     {CauseRejected, anotherCall}, // a refill may help
	NotANumber:          {CauseUnallocated, nothing},
	CalleeNotAllowed:    {CauseRejected, nothing},
	CalleeBlocked:       {CauseRejected, nothing},
	CalleeNotOnList:     {CauseRejected, nothing},
	CountryNotAllowed:   {CauseRejected, nothing},
	NothingToRedial:     {CauseUnallocated, nothing},
	NoSpeedDial:         {CauseUnallocated, nothing},
	SpeedDialOff:        {CauseUnallocated, nothing},
	CallsSpent:          {CauseNormalClearing, nothing},
	VelocityExceeded:    {CauseRejected, nothing},
	HighRiskDestination: {CauseRejected, anotherCall},
	ShuttingDown:        {CauseNormalClearing, anotherTry | ourFault},
	Overload:            {CauseNormalClearing, anotherTry | ourFault},
	SystemFailure:       {CauseTemporary, anotherTry},

	// Reasons why a voucher is not taken.
	VoucherUnknown: {CauseNormalClearing, nothing},
	VoucherUsed:    {CauseNormalClearing, nothing},
	VoucherExpired: {CauseNormalClearing, nothing},
	BalanceFull:    {CauseNormalClearing, nothing},

	// Reasons why no money is moved from one account to another.
	TransferNotAllowed: {CauseNormalClearing, nothing},
	NothingToTransfer:  {CauseNormalClearing, nothing},
	TransferInUse:      {CauseNormalClearing, nothing},
	TransferTooMuch:    {CauseNormalClearing, nothing},

	// Reasons why nobody is called back.
	CallbackPending:   {CauseNormalClearing, nothing},
	CallbackTooSoon:   {CauseNormalClearing, nothing},
	CallbackTooMany:   {CauseNormalClearing, nothing},
	CallbackNotThere:  {CauseNormalClearing, nothing},
	CallbackCancelled: {CauseNormalClearing, nothing},
}

// ReleaseCause is the Q.850 cause that a caller is released with: CauseNormalClearing where
// signalling has nothing to say of the reason.
func (r Reason) ReleaseCause() int { return cmp.Or(consequences[r].cause, CauseNormalClearing) }

// AllowsAnotherCall says whether the caller may then call somebody else without hanging up.
func (r Reason) AllowsAnotherCall() bool { return consequences[r].after&anotherCall != 0 }

// AllowsAnotherTry says whether a callback that ended so may fare better if it is tried again.
func (r Reason) AllowsAnotherTry() bool { return consequences[r].after&anotherTry != 0 }

// OurFault says whether the platform itself, about to stop or overloaded, ended the leg or
// would not begin it.
func (r Reason) OurFault() bool { return consequences[r].after&ourFault != 0 }
