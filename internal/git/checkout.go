package git

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// LeftOut lists the files below the directory that a sparse checkout leaves out
// of the work tree, by their paths from there.
func (r Repository) LeftOut(ctx context.Context) ([]string, error) {
	sparse, err := r.setting(ctx, sparseCheckout)
	if err != nil || sparse != "true" {
		return nil, err
	}
	entries, err := r.records(ctx, "ls-files", "-t", "-z", "--", ".")
	var files []string
	for _, entry := range entries {
		// S marks the entries with the skip-worktree bit, see git-ls-files(1).
		if file, skipped := strings.CutPrefix(entry, "S "); skipped {
			files = append(files, file)
		}
	}
	return files, err
}

const sparseCheckout = "core.sparseCheckout"

// WholeCheckouts returns the variables of the environment with which other
// programs that call git check out whole commits: git worktree add copies the
// patterns of a sparse checkout (git 2.36). lookup reads the environment.
func WholeCheckouts(lookup func(string) string) map[string]string {
	count, err := strconv.Atoi(lookup("GIT_CONFIG_COUNT")) // see git-config(1)
	if err != nil {
		count = 0
	}
	index := strconv.Itoa(count)
	return map[string]string{
		"GIT_CONFIG_COUNT": strconv.Itoa(count + 1), "GIT_CONFIG_KEY_" + index: sparseCheckout, "GIT_CONFIG_VALUE_" + index: "false",
	}
}

// pointerVersion begins a file that stands for one in Git LFS
// (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md).
const pointerVersion = "version https://git-lfs.github.com/spec/v1\n"

// pointer is all of such a file.
var pointer = regexp.MustCompile(`^` + regexp.QuoteMeta(pointerVersion) + `(ext-[^\n]*\n)*oid sha256:[0-9a-f]{64}\nsize \d+\n$`)

// maxPointer is the size in bytes that a pointer stays below.
const maxPointer = 1024

// Pointers lists the files of the present commit below the directory, by their
// paths in the repository, that would be checked out as pointers to Git LFS: git
// has no filter that brings the files, or was told to leave it out, or
// .gitattributes does not name the file. Why says which.
func (r Repository) Pointers(ctx context.Context) (files []string, why string, err error) {
	// From the top: in a subdirectory, git 2.39 matches attributes with nothing.
	filtered, err := r.records(ctx, "ls-files", "-z", "--full-name", "--", ":(top,attr:filter=lfs)")
	if err != nil {
		return nil, "", err
	}
	prefix, err := r.line(ctx, "rev-parse", "--show-prefix")
	if err != nil {
		return nil, "", err
	}
	contents, err := r.candidates(ctx, prefix, filtered)
	if err != nil {
		return nil, "", err
	}
	var lost []string // that no filter would bring
	for file, content := range contents {
		switch named := slices.Contains(filtered, prefix+file); {
		case named && bytes.HasPrefix(content, []byte(pointerVersion)):
			files = append(files, prefix+file)
		case !named && pointer.Match(content):
			files, lost = append(files, prefix+file), append(lost, prefix+file)
		}
	}
	slices.Sort(files)
	slices.Sort(lost)
	if len(files) > len(lost) {
		if why, err = r.withoutLFS(ctx); err != nil || why != "" {
			return files, why, err
		}
	}
	if len(lost) > 0 {
		return lost, ".gitattributes does not name them", nil
	}
	return nil, "", nil
}

// candidates reads the files that may be pointers: small ones, in a partial clone
// only those of which .gitattributes says so.
func (r Repository) candidates(ctx context.Context, prefix string, filtered []string) (map[string][]byte, error) {
	partial, err := r.setting(ctx, "extensions.partialClone")
	if err != nil {
		return nil, err
	}
	if partial == "" {
		return r.small(ctx, "HEAD", maxPointer)
	}
	return r.Contents(ctx, "HEAD", func(path string) bool { return slices.Contains(filtered, prefix+path) })
}

// withoutLFS says why a checkout gets pointers; it is empty for one that gets
// the files.
func (r Repository) withoutLFS(ctx context.Context) (string, error) {
	if skip := os.Getenv("GIT_LFS_SKIP_SMUDGE"); skip != "" && skip != "0" && skip != "false" {
		return "GIT_LFS_SKIP_SMUDGE=" + skip, nil
	}
	for _, name := range []string{"filter.lfs.process", "filter.lfs.smudge"} {
		command, err := r.setting(ctx, name)
		if err != nil {
			return "", err
		}
		program, args, _ := strings.Cut(command, " ")
		switch _, missing := exec.LookPath(program); {
		case command == "":
		case missing != nil:
			return program + " is not installed", nil
		case strings.Contains(args, "--skip"): // git lfs install --skip-smudge
			return "git lfs was installed with --skip-smudge", nil
		default:
			return "", nil
		}
	}
	return "git has no filter for it", nil
}
