package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/git"
	"github.com/modship/modship/internal/projectfile"
	"github.com/modship/modship/internal/scaffold"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/internal/werfsrc"
)

type initOptions struct {
	common
	CI    string
	Force bool
}

func newInitCommand(io *streams) *cobra.Command {
	o := &initOptions{}
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write modship.yaml and CI files from what the repository has",
		Long: `Reads module.yaml, the templates of werf.yaml, GitHub workflows, .gitlab-ci.yml,
Makefile and Taskfile, and writes a commented modship.yaml with the targets,
variables and files that builds need. With --ci it also writes a small workflow
or pipeline that uses it.

What is written is shown as a diff. A file that exists with different content is not
overwritten without --force, and then nothing is written at all.`,
		Example: `  modship init                # modship.yaml
  modship init --ci github    # and .github/workflows/modship.yml
  modship init --ci gitlab    # and .gitlab-ci.yml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runInit(cmd.Context(), io, o) },
	}
	fs := cmd.Flags()
	fs.StringVar(&o.CI, "ci", "", "also write CI files: github, gitlab")
	fs.BoolVar(&o.Force, "force", false, "overwrite files that exist with different content")
	o.addWerfOnly(cmd, "dir")
	return cmd
}

// newFile is a file that init is about to write.
type newFile struct {
	path    string // relative to its root
	root    string
	content []byte
}

func runInit(ctx context.Context, io *streams, o *initOptions) error {
	dir, err := settings.ProjectDir(o.input())
	if err != nil {
		return err
	}
	files, notes, err := o.files(ctx, dir)
	if err != nil {
		return err
	}
	var existing []string
	changed := false
	for _, f := range files {
		before, err := os.ReadFile(filepath.Join(f.root, f.path))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err == nil && !bytes.Equal(before, f.content) {
			existing = append(existing, f.path)
		}
		text := diff.Diff(f.path, before, f.path, f.content)
		changed = changed || len(text) > 0
		if _, err := io.Out.Write(text); err != nil {
			return err
		}
	}
	for _, note := range notes {
		fmt.Fprintf(io.Err, "note: %s\n", note)
	}
	if len(existing) > 0 && !o.Force {
		return exit.With(exit.Failed, fmt.Errorf("%s would be overwritten: nothing was written", strings.Join(existing, ", ")),
			"Take over what you want from the diff, or overwrite with --force.")
	}
	if !changed {
		fmt.Fprintln(io.Err, "nothing to do: the files are there")
		return nil
	}
	return writeFiles(io, files)
}

func writeFiles(io *streams, files []newFile) error {
	for _, f := range files {
		file := filepath.Join(f.root, f.path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, f.content, 0o644); err != nil {
			return err
		}
		fmt.Fprintf(io.Err, "wrote %s\n", f.path)
	}
	return nil
}

// files makes what is to be written. CI systems look for their files at the top
// of the repository.
func (o *initOptions) files(ctx context.Context, dir string) (files []newFile, notes []string, err error) {
	repository := git.At(dir)
	top, err := repository.Top(ctx)
	if err != nil {
		return nil, nil, err
	}
	origin, err := repository.Origin(ctx)
	if err != nil {
		return nil, nil, err
	}
	owner, name := ownerOf(origin, top)
	project := werfsrc.Project{FS: os.DirFS(dir)}
	found, err := scaffold.Inspect(os.DirFS(top), scaffold.Options{
		Variables: project.Variables(), Required: project.RequiredVariables(), Owner: owner, Repository: name,
	})
	if err != nil {
		return nil, nil, err
	}
	var pipeline *newFile
	switch o.CI {
	case "":
	case "github":
		found.EnsureTarget(o.CI, owner)
		pipeline = &newFile{".github/workflows/modship.yml", top, found.GitHub()}
	case "gitlab":
		found.EnsureTarget(o.CI, owner)
		pipeline = &newFile{".gitlab-ci.yml", top, found.GitLab()}
	default:
		return nil, nil, exit.With(exit.Usage, fmt.Errorf("--ci %s: expected github or gitlab", o.CI), "")
	}
	text := found.ProjectFile()
	if _, err := projectfile.Parse(text); err != nil {
		return nil, nil, fmt.Errorf("what was found in the repository does not make a valid file: %w", err)
	}
	files = []newFile{{projectfile.FileName, dir, text}}
	if pipeline != nil {
		files = append(files, *pipeline)
	}
	return files, append(found.Notes, found.Advice()...), nil
}

// ownerOf returns account and name of a repository by its address, such as
// git@github.com:owner/name.git. Without an address it is known by its directory.
func ownerOf(origin, top string) (owner, name string) {
	parts := strings.Split(strings.TrimSuffix(strings.ReplaceAll(origin, ":", "/"), ".git"), "/")
	if origin == "" || len(parts) < 2 {
		return "", filepath.Base(top)
	}
	return parts[len(parts)-2], path.Base(parts[len(parts)-1])
}
