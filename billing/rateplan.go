package billing

// RatePlan is a choice of rates with modifiers by time of week (seed 003).
type RatePlan struct {
	Name        string `json:"name" doc:"unique name"`
	DisplayName string `json:"display_name,omitempty" doc:"name shown to people"`
	Description string `json:"description,omitempty" doc:"what it is"`
	Provider    string `json:"provider" doc:"provider the plan belongs to; its time zone is that of the schedule"`
	// Schedule modifies prices by time of week in the provider's zone, such as
	// "Mon-Fri 08:00-18:00 120%; Sat-Sun 00:00-24:00 80%". Outside it prices are as they are.
	Schedule Schedule `json:"modifier_schedule,omitempty" doc:"by time of week, such as Mon-Fri 08:00-18:00 120%"`
	// Rates are names of the provider's rates; their child rates come with them. A whole
	// rate deck may stand in their place.
	Rates []string `json:"rates,omitempty" doc:"names of rates, whose child rates come with them"`
	Deck  string   `json:"deck,omitempty" doc:"rate deck that stands in the place of rates"`
}

// Validate refuses a plan that prices nothing.
func (p RatePlan) Validate() error {
	if (p.Deck == "") == (len(p.Rates) == 0) {
		return invalid("give a rate plan rates, or a rate deck: one of the two")
	}
	if p.Deck != "" {
		if err := CheckName("deck", p.Deck); err != nil {
			return err
		}
	}
	for _, rate := range p.Rates {
		if err := CheckName("rate", rate); err != nil {
			return err
		}
	}
	return firstOf(
		CheckName("rate plan", p.Name), CheckName("provider", p.Provider), p.Schedule.Validate(),
		checkText("display_name", p.DisplayName, MaxTextChars), checkText("description", p.Description, MaxNotesChars),
	)
}
