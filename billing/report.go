package billing

// Report is the result of a proof of the whole store: every balance, hold and counter.
type Report struct {
	Accounts int    `json:"accounts"`
	Entries  uint64 `json:"entries"`
	Open     int    `json:"open_calls"`
	CDRs     uint64 `json:"cdrs"`
	Balance  Money  `json:"balance"`
	Held     Money  `json:"held"`
	// Audited counts the entries of the audit log, whose chain was followed.
	Audited uint64 `json:"audited"`
	// Problems is empty when every balance, hold and counter is proven.
	Problems []string `json:"problems"`
}
