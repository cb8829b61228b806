package billing

// Balance is the money of an account. Available money is Amount + Credit − Held.
type Balance struct {
	Account  string `json:"account"`
	Currency string `json:"currency"`
	Amount   Money  `json:"balance"`
	Held     Money  `json:"held"`
	// Credit is how far below zero Amount may go: the account's credit limit.
	Credit Money `json:"credit_limit,omitzero"`
	// Open is the number of open holds, Entries the number of ledger entries.
	Open    int    `json:"open_calls"`
	Entries uint64 `json:"entries"`
}

// Available is what a new call may use.
func (b Balance) Available() Money { return b.Amount + b.Credit - b.Held }

// Own is what may be taken away: money that is there and that no open call holds. A
// credit limit is lent for calls, not to be paid out or moved.
func (b Balance) Own() Money { return max(0, b.Amount-b.Held) }

// Spent says whether nothing is left to call with once all calls have ended.
func (b Balance) Spent() bool { return b.Amount+b.Credit <= 0 }
