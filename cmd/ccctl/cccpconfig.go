package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"cccp/configs"
	"cccp/faces/kazoo/documents"
)

// settingsOf are fields of ccd's own configuration by their paths.
func settingsOf(s documents.Settings) map[string]any {
	values := map[string]any{}
	if s.RedialCode != nil {
		values["codes.redial"] = *s.RedialCode
	}
	if s.CallbackDelayS != nil {
		values["callback.delay"] = time.Duration(*s.CallbackDelayS) * time.Second
	}
	return values
}

// ownConfig is ccd's configuration file, as it was read.
type ownConfig struct {
	path   string
	mode   os.FileMode
	source []byte
	config configs.Config
}

func readOwnConfig(path string) (*ownConfig, error) {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	o := &ownConfig{path: path, mode: info.Mode().Perm()}
	if o.source, err = os.ReadFile(path); err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if o.config, err = configs.Parse(o.source); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return o, nil
}

// take puts values into the file. Without a file they are shown as lines to put there.
func (o *ownConfig) take(cmd *cobra.Command, values map[string]any, dryRun bool) (documents.Row, error) {
	row := documents.Row{Document: "ccd.yaml", Action: documents.Noted, What: settingWords(values)}
	if o == nil {
		lines, err := configs.Set(nil, values)
		if err != nil {
			row.Action, row.What = documents.Refused, err.Error()
			return row, nil
		}
		row.What += ": --config FILE puts it there"
		fmt.Fprintf(cmd.ErrOrStderr(), "lines for ccd.yaml, which ccd has to be restarted for:\n%s", lines)
		return row, nil
	}
	row.File = o.path
	o.leaveOut(values)
	if len(values) == 0 {
		row.Action = documents.Unchanged
		return row, nil
	}
	row.What = settingWords(values)
	changed, err := configs.Set(o.source, values)
	if err != nil {
		row.Action, row.What = documents.Refused, row.What+": "+err.Error()
		return row, nil
	}
	row.Action = documents.Added
	if dryRun {
		return row, nil
	}
	if err := o.write(changed); err != nil {
		return row, fmt.Errorf("write configuration: %w", err)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s is changed: restart ccd; as it was, it is kept in %s.bak\n", o.path, o.path)
	return row, nil
}

func settingWords(values map[string]any) string {
	var words []string
	for _, path := range slices.Sorted(maps.Keys(values)) {
		words = append(words, fmt.Sprintf("%s %v", path, values[path]))
	}
	return strings.Join(words, ", ")
}

// leaveOut drops values the file has already, as its own or as defaults.
func (o *ownConfig) leaveOut(values map[string]any) {
	for path, is := range map[string]any{
		"codes.redial": o.config.Codes.Redial, "callback.delay": time.Duration(o.config.Callback.Delay),
	} {
		if values[path] == is {
			delete(values, path)
		}
	}
}

// write puts a new file in the place of the old one in one step, with the same mode and
// owner. The old one is kept beside it.
func (o *ownConfig) write(source []byte) error {
	if err := o.put(o.path+".bak", o.source); err != nil {
		return err
	}
	return o.put(o.path, source)
}

func (o *ownConfig) put(path string, source []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".ccd-*.yaml")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // gone once it was renamed
	_, err = temporary.Write(source)
	err = errors.Join(err, temporary.Chmod(o.mode), o.giveTo(temporary), temporary.Sync(), temporary.Close())
	if err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}

// giveTo gives a file to the owner of the configuration; only root may have to.
func (o *ownConfig) giveTo(f *os.File) error {
	info, err := os.Stat(o.path)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if err := f.Chown(int(owner.Uid), int(owner.Gid)); !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}
