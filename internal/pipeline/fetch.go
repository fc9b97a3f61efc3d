package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/fetch"
	"github.com/modship/modship/pkg/module"
)

// fetchFiles brings the files of modship.yaml into the project directory, and
// names settings that are missing for werf to read them and for others to get the same.
// Addresses may use the variables, which the environment has only later.
func (j *job) fetchFiles(ctx context.Context, variables map[string]string) error {
	s := j.opts.Settings
	lookup := func(name string) (string, bool) {
		if value, ok := variables[name]; ok {
			return value, true
		}
		return os.LookupEnv(name)
	}
	results, err := fetch.Files(ctx, s.File.Files, fetch.FilesOptions{
		Dir: s.Dir.Value, Cache: j.opts.Dirs.Files(), Lookup: lookup,
	})
	for _, file := range results {
		if file.Outcome == fetch.Downloaded {
			j.note("fetched %s", file.Path)
		}
		if err := j.checkFetched(file); err != nil {
			return err
		}
	}
	return explainFetch(err)
}

// checkFetched says what keeps a file from doing what it is for.
func (j *job) checkFetched(file fetch.Result) error {
	if file.Outcome == fetch.Committed {
		j.note("%s is committed: modship.yaml need not fetch it", file.Path)
		return nil
	}
	if !file.Pinned {
		line := "sha256: " + file.SHA256
		if module.IsVersion(j.opts.Settings.Tag.Value) {
			return exit.With(exit.Violated, fmt.Errorf("%s has no checksum in modship.yaml: version %s could not be built again", file.Path, j.opts.Settings.Tag.Value),
				"Add the line "+line)
		}
		j.note("%s has no checksum in modship.yaml: add %s", file.Path, line)
	}
	if !file.Ignored {
		j.note("%s is fetched and not committed: add it to .gitignore", file.Path)
	}
	if !file.Allowed && !strings.HasPrefix(file.Path, "charts/") && !j.opts.Flags.RelaxedGiterminism() {
		j.note("the templates cannot read %s, which is not committed: add it to config.goTemplateRendering.allowUncommittedFiles in werf-giterminism.yaml", file.Path)
	}
	return nil
}

// explainFetch adds what to do about a file that could not be fetched.
func explainFetch(err error) error {
	var checksum *fetch.ChecksumError
	var foreign *fetch.ForeignError
	var status *fetch.StatusError
	switch {
	case errors.As(err, &checksum):
		return exit.With(exit.Failed, err, "If the file was meant to change, put the new checksum into modship.yaml; a variable in its URL may have another value than there.")
	case errors.As(err, &foreign):
		return exit.With(exit.Failed, err, "Remove it to have it fetched, or commit it.")
	case errors.As(err, &status):
		return exit.With(exit.Failed, err, "`modship env` shows the variables of the URL.")
	}
	return err
}
