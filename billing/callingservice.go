package billing

import "time"

// CallingService is a product: rate plans, with the terms that make a rate
// the price of a call (seed 003).
type CallingService struct {
	Name        string `json:"name" doc:"unique name"`
	DisplayName string `json:"display_name,omitempty" doc:"name shown to people"`
	Description string `json:"description,omitempty" doc:"what it is"`
	Provider    string `json:"provider" doc:"provider the service belongs to"`
	// RatePlans price its calls: the longest prefix over all of them wins, of equal ones
	// the plan named first.
	RatePlans []string `json:"rate_plans" doc:"rate plans, in the order of preference"`
	// MinimumS is charged for at least, in seconds; 0 is no minimum.
	MinimumS int `json:"minimum_billing_s,omitempty" doc:"seconds charged for at least"`
	// RoundingS is the block that seconds are charged in where the rate has none of its
	// own (those of a deck have); 0 is 60. A remainder of at most ThresholdS is not charged.
	RoundingS  int `json:"rounding_interval_s,omitempty" doc:"block in seconds, for rates without one; 60 if not given"`
	ThresholdS int `json:"rounding_threshold_s,omitempty" doc:"seconds of a begun block that are not charged yet"`
	// Markup is added to the amount, not to the surcharge.
	Markup Percent `json:"markup_percent,omitzero" doc:"percentage added to the amount, not to the surcharge"`
	Promotion
}

// Promotion is a discount on the amounts of a service for some time.
type Promotion struct {
	PromotionActive   bool      `json:"promotion_active,omitempty" doc:"whether there is a discount"`
	PromotionStart    time.Time `json:"promotion_start,omitzero" doc:"first moment of the discount"`
	PromotionEnd      time.Time `json:"promotion_end,omitzero" doc:"moment it ends"`
	PromotionDiscount Percent   `json:"promotion_discount_percent,omitzero" doc:"percentage off the amount alone"`
	// PromotionDays is how many days from an account's first use it has the discount; 0 is
	// from start to end.
	PromotionDays int `json:"promotion_days,omitempty" doc:"days from the account's first use; 0 is from start to end"`
}

// DefaultRoundingS is the block of a service that gives none: whole minutes.
const DefaultRoundingS = 60

// Validate refuses a service no call could be charged by.
func (s CallingService) Validate() error {
	if len(s.RatePlans) == 0 {
		return invalid("give a calling service at least one rate plan")
	}
	for _, plan := range s.RatePlans {
		if err := CheckName("rate plan", plan); err != nil {
			return err
		}
	}
	switch {
	case s.MinimumS < 0 || s.MinimumS > MaxIncrementSeconds:
		return invalid("minimum_billing_s %d: give 0 to %d", s.MinimumS, MaxIncrementSeconds)
	case s.RoundingS < 0 || s.RoundingS > MaxIncrementSeconds:
		return invalid("rounding_interval_s %d: give 1 to %d", s.RoundingS, MaxIncrementSeconds)
	case s.ThresholdS < 0 || s.ThresholdS >= s.Block():
		return invalid("rounding_threshold_s %d: give 0 to %d, less than the rounding interval",
			s.ThresholdS, s.Block()-1)
	}
	return firstOf(
		CheckName("calling service", s.Name), CheckName("provider", s.Provider), s.Promotion.validate(),
		checkText("display_name", s.DisplayName, MaxTextChars), checkText("description", s.Description, MaxNotesChars),
	)
}

// Block is the rounding interval in seconds.
func (s CallingService) Block() int {
	if s.RoundingS == 0 {
		return DefaultRoundingS
	}
	return s.RoundingS
}

func (p Promotion) validate() error {
	switch {
	case p.PromotionDays < 0 || p.PromotionDays > MaxLifetimeDays:
		return invalid("promotion_days %d: give 0 to %d", p.PromotionDays, MaxLifetimeDays)
	case p.PromotionDiscount > Whole:
		return invalid("promotion_discount_percent %s: give at most 100", p.PromotionDiscount)
	case !p.PromotionEnd.IsZero() && !p.PromotionStart.Before(p.PromotionEnd):
		return invalid("promotion_end %s is not after promotion_start", p.PromotionEnd.Format(time.RFC3339))
	}
	return nil
}
