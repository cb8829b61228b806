package billing

// Subscriber is a recognised caller: the credential and all it stands for. Rates and
// rules come from the offering's Owner, the account and its money belong to the Seller.
type Subscriber struct {
	Credential Credential
	Account    Account
	Balance    Balance
	Offering   Offering
	Owner      Provider
	Seller     Provider
}
