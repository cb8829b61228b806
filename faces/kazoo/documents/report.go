package documents

// ImportOptions say what the documents of an import do not.
type ImportOptions struct {
	// Provider is whose records those are that name no account, and whose access numbers.
	Provider string
	// Country and Currency of providers that are added.
	Country, Currency string
	// Offering is what new accounts are sold under; where it is missing, it is added over Deck.
	Offering, Deck string
	// Rename gives Kazoo accounts other names as providers.
	Rename map[string]string
	// OwnOutboundCIDs lets every provider show the outbound_cid of its records.
	OwnOutboundCIDs bool
	// DryRun changes nothing, and reports the same.
	DryRun bool
}

// Action is what became of a document.
type Action string

// All but Conflict and Refused leave nothing to be put right.
const (
	Added     Action = "added"
	Unchanged Action = "unchanged"
	Conflict  Action = "conflict" // something else is there, and stays
	Refused   Action = "refused"
	Ignored   Action = "ignored" // no business of ours
	Noted     Action = "noted"   // something to do by hand
)

// Row is one line of a report.
type Row struct {
	File     string `json:"file" doc:"file the document stood in"`
	Document string `json:"document" doc:"ID of the document, or its place in the file"`
	Action   Action `json:"action" doc:"added, unchanged, conflict, refused, ignored or noted"`
	What     string `json:"what" doc:"what was added, what differs, or why not"`
}

// Place is where a row's document stands.
func (r Row) Place() string {
	if r.File == "" {
		return r.Document
	}
	return r.Document + " of " + r.File
}

// Settings are what ccd's own configuration is to say.
type Settings struct {
	// RedialCode is last_number_redial_code: codes.redial.
	RedialCode *string `json:"redial_code,omitempty" doc:"codes.redial"`
	// CallbackDelayS is callback_delay in seconds: callback.delay.
	CallbackDelayS *int `json:"callback_delay_s,omitempty" doc:"callback.delay in seconds"`
}

// Report says what an import did, or would do.
type Report struct {
	Rows     []Row    `json:"rows"`
	Settings Settings `json:"settings"`
	// IgnoredFields have no counterpart here.
	IgnoredFields []string `json:"ignored_fields"`
	// NewAccounts were added, with a balance of zero.
	NewAccounts int  `json:"new_accounts"`
	DryRun      bool `json:"dry_run"`
}
