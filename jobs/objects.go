package jobs

// The kinds of records that bulk jobs import and export, as a Bulk's Object names them.
const (
	Administrators  = "administrators"
	CallingServices = "calling-services"
	Lots            = "lots"
	Offerings       = "offerings"
	Providers       = "providers"
	RatePlans       = "rate-plans"
	Rates           = "rates"
)

// Objects are the kinds of records that can be imported and exported, in alphabetical order.
func Objects() []string {
	return []string{Administrators, CallingServices, Lots, Offerings, Providers, RatePlans, Rates}
}
