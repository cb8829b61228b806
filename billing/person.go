package billing

import "unicode/utf8"

// Person is whom to ask: the contact of a provider, an account or an administrator.
type Person struct {
	FirstName string `json:"first_name,omitempty" doc:"first name of the contact"`
	LastName  string `json:"last_name,omitempty" doc:"last name of the contact"`
	Email     string `json:"email,omitempty" doc:"e-mail address of the contact"`
}

// Bounds of free text, in characters (seed 003).
const (
	MaxTextChars  = 250
	MaxNotesChars = 2048
)

// Validate refuses a field that is too long.
func (p Person) Validate() error {
	return firstOf(
		checkText("first_name", p.FirstName, MaxTextChars),
		checkText("last_name", p.LastName, MaxTextChars),
		checkText("email", p.Email, MaxTextChars),
	)
}

// checkText refuses free text that is too long, or not text.
func checkText(what, text string, most int) error {
	if n := utf8.RuneCountInString(text); n > most {
		return invalid("%s of %d characters: give at most %d", what, n, most)
	}
	if !utf8.ValidString(text) {
		return invalid("%s %q is not UTF-8", what, text)
	}
	return nil
}

func firstOf(problems ...error) error {
	for _, err := range problems {
		if err != nil {
			return err
		}
	}
	return nil
}
