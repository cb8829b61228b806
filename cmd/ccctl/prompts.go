package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cccp/prompts"
)

// defaultPrompts is where recordings are unless ccd's configuration says otherwise.
const defaultPrompts = "/var/lib/cccp/prompts"

const promptsHelp = `Everything callers hear is one recording each, a file DIR/LANGUAGE/NAME.wav. "make
prompts" renders them with a speech synthesiser; any of them may be replaced by a
recording of your own under the same name. ccd is not asked, and looks at the folder
when it starts: restart it after changes.

Recordings are WAV files, PCM, 16 bits, 8000 Hz, mono, such as sox makes them:
  sox spoken.mp3 -b 16 -r 8000 -c 1 en/goodbye.wav`

func newPrompts(a *app) *cobra.Command {
	return group(&cobra.Command{
		Use: "prompts", Short: "Prompts: say what can be recorded, and what is missing", Long: promptsHelp,
		Example: `  ccctl prompts check --dir build/prompts
  ccctl prompts list --language fr -o csv >script.csv`,
	}, newPromptsCheck(a), newPromptsList(a))
}

// promptsLanguage is the flag both have.
type promptsLanguage string

func (l *promptsLanguage) addTo(c *cobra.Command) {
	c.Flags().StringVar((*string)(l), "language", "", "one language only, such as fr")
	complete(c, "language", fixed(prompts.Languages()...))
}

// wanted says whether recordings of a language are asked for.
func (l promptsLanguage) wanted(language string) bool { return l == "" || string(l) == language }

func (l promptsLanguage) validate() error {
	if l != "" && !slices.Contains(prompts.Languages(), string(l)) {
		return usagef("language %q is not spoken: give one of %s", l, strings.Join(prompts.Languages(), ", "))
	}
	return nil
}

// promptsCheckOptions are the flags of prompts check.
type promptsCheckOptions struct {
	dir      string
	language promptsLanguage
}

func newPromptsCheck(a *app) *cobra.Command {
	var o promptsCheckOptions
	c := &cobra.Command{
		Use: "check", Short: "List recordings that are missing or of the wrong format; needs no ccd",
		Long: `List the recordings that are missing in a folder or of the wrong format, with what they
say. FALLBACK are the sounds of Asterisk's own that callers hear instead, if Asterisk has
them in that language (Debian: asterisk-core-sounds-fr-gsm).

Exit code 1 if there is a file of the wrong format, or something is missing that
nothing stands in for.

` + promptsHelp,
		Example: `  ccctl prompts check
  ccctl prompts check --dir build/prompts --language fr -o json`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd, a) },
	}
	c.Flags().StringVar(&o.dir, "dir", defaultPrompts, "folder of the recordings, prompts.dir of ccd")
	must(c.MarkFlagDirname("dir"))
	o.language.addTo(c)
	return c
}

// faultyPrompt is a recording that cannot be heard.
type faultyPrompt struct {
	File     string   `json:"file"`
	Text     string   `json:"text"`
	Problem  string   `json:"problem"`
	Fallback []string `json:"fallback"`
}

func (o promptsCheckOptions) run(cmd *cobra.Command, a *app) error {
	if err := o.language.validate(); err != nil {
		return err
	}
	if _, err := os.ReadDir(o.dir); err != nil {
		return hint(fmt.Errorf("check prompts: %w", err), "ccctl prompts check --dir DIR, or render them: make prompts")
	}
	faulty, grave := []faultyPrompt{}, 0
	for _, f := range prompts.Check(o.dir) {
		if !o.language.wanted(f.Language) {
			continue
		}
		faulty = append(faulty, faultyPrompt{
			File: f.Path, Text: f.Text, Problem: f.Err.Error(), Fallback: append([]string{}, f.Fallback...),
		})
		if !errors.Is(f.Err, prompts.ErrMissing) || len(f.Fallback) == 0 {
			grave++
		}
	}
	if len(faulty) == 0 {
		a.say(cmd, "%d recordings in %s: nothing is missing", len(o.language.scripts()), o.dir)
		if a.format == table {
			return nil
		}
	}
	columns := []column{
		text("FILE", "file"), text("TEXT", "text"), text("PROBLEM", "problem"), text("FALLBACK", "fallback"),
	}
	if err := list(a, cmd, faulty, columns); err != nil {
		return err
	}
	if grave > 0 {
		return hint(fmt.Errorf("check prompts: recordings that callers would miss: %d", grave),
			"make prompts renders them; or put recordings of your own into %s", o.dir)
	}
	return nil
}

// script is a speaker's text, and the name of the file for it.
type script struct {
	File string `json:"file"`
	Text string `json:"text"`
}

// scripts are those of the languages wanted.
func (l promptsLanguage) scripts() []script {
	var all []script
	for _, r := range prompts.Recordings() {
		if l.wanted(r.Language) {
			all = append(all, script{File: r.File(), Text: r.Text})
		}
	}
	return all
}

func newPromptsList(a *app) *cobra.Command {
	var language promptsLanguage
	c := &cobra.Command{
		Use: "list", Short: "List all recordings with their texts, for a speaker to read; needs no ccd",
		Long: "List the file names of all recordings with what is to be said in them.\n\n" + promptsHelp,
		Example: `  ccctl prompts list
  ccctl prompts list --language ru -o csv >script.csv`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := language.validate(); err != nil {
				return err
			}
			return list(a, cmd, language.scripts(), []column{text("FILE", "file"), text("TEXT", "text")})
		},
	}
	language.addTo(c)
	return c
}
