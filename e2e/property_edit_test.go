package e2e

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// An edit changes something of a subject. It reports false when the subject
// has nothing of the kind it changes.
type edit struct {
	name  string
	apply func(t *testing.T, s *subject) (detail string, done bool)
}

// edits are what happens to a module from one build to the next.
var edits = []edit{
	{"nothing", func(*testing.T, *subject) (string, bool) { return "", true }},
	{"file content", editContent},
	{"file mode", editMode},
	{"file added", editAdd},
	{"file removed", editRemove},
	{"file renamed", editRename},
	{"comment in the configuration", editComment},
	{"shell instruction", editInstruction},
	{"Dockerfile instruction", editDockerfile},
	{"stageDependencies", editStageDependencies},
	{"excludePaths", editExcludePaths},
	{"cache version", editCacheVersion},
	{"base reference", editBase},
	{"environment", editEnvironment},
	{"back to an earlier commit", editBack},
	{"new home", editHome},
	{"other repository", editRepository},
}

// isConfig reports whether werf reads the file as its configuration: such files
// are changed by edits of their own.
func isConfig(file string) bool {
	return strings.HasPrefix(file, ".werf/") || strings.HasPrefix(filepath.Base(file), "werf") ||
		filepath.Base(file) == "Dockerfile" || file == "base_images.yml"
}

// files are the files of the module that keep says, slash-separated.
func (s *subject) files(t *testing.T, keep func(string) bool) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == ".git" {
			return filepath.SkipDir
		}
		relative, err := filepath.Rel(s.dir, path)
		if entry.Type().IsRegular() && keep(filepath.ToSlash(relative)) {
			found = append(found, filepath.ToSlash(relative))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (s *subject) path(file string) string { return filepath.Join(s.dir, filepath.FromSlash(file)) }

func (s *subject) read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(s.path(file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (s *subject) write(t *testing.T, file, text string) {
	t.Helper()
	info, err := os.Stat(s.path(file))
	mode := fs.FileMode(0o644)
	if err == nil {
		mode = info.Mode().Perm()
	}
	if err := os.WriteFile(s.path(file), []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// next is a text that no earlier edit used.
func (s *subject) next() string {
	s.edits++
	return fmt.Sprintf("edit-%d", s.edits)
}

func pick[T any](r *rand.Rand, from []T) (T, bool) {
	if len(from) == 0 {
		var none T
		return none, false
	}
	return from[r.IntN(len(from))], true
}

func editContent(t *testing.T, s *subject) (string, bool) {
	file, ok := pick(s.random, s.files(t, func(f string) bool { return !isConfig(f) }))
	if !ok {
		return "", false
	}
	text := s.read(t, file)
	if strings.HasPrefix(text, "{") {
		text += "\n" // JSON knows no comments
	} else {
		text += "\n# " + s.next() + "\n"
	}
	s.write(t, file, text)
	return file, true
}

func editMode(t *testing.T, s *subject) (string, bool) {
	file, ok := pick(s.random, s.files(t, func(f string) bool { return !isConfig(f) }))
	if !ok {
		return "", false
	}
	info, err := os.Stat(s.path(file))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(s.path(file), info.Mode().Perm()^0o111); err != nil {
		t.Fatal(err)
	}
	return file, true
}

// added begins the names of the files that edits add. Others are not removed or
// renamed: a build may need them.
const added = "added-"

func isAdded(file string) bool { return strings.HasPrefix(filepath.Base(file), added) }

func editAdd(t *testing.T, s *subject) (string, bool) {
	beside, ok := pick(s.random, s.files(t, func(f string) bool { return !strings.HasPrefix(f, ".werf/") }))
	if !ok {
		return "", false
	}
	name := s.next()
	file := filepath.ToSlash(filepath.Join(filepath.Dir(beside), added+name))
	s.write(t, file, name+"\n")
	return file, true
}

func editRemove(t *testing.T, s *subject) (string, bool) {
	file, ok := pick(s.random, s.files(t, isAdded))
	if !ok {
		return "", false
	}
	if err := os.Remove(s.path(file)); err != nil {
		t.Fatal(err)
	}
	return file, true
}

func editRename(t *testing.T, s *subject) (string, bool) {
	file, ok := pick(s.random, s.files(t, isAdded))
	if !ok {
		return "", false
	}
	to := filepath.ToSlash(filepath.Join(filepath.Dir(file), added+s.next()))
	if err := os.Rename(s.path(file), s.path(to)); err != nil {
		t.Fatal(err)
	}
	return file + " to " + to, true
}

func isTemplate(file string) bool {
	return isConfig(file) && strings.HasSuffix(file, ".yaml") && file != "werf-giterminism.yaml"
}

func editComment(t *testing.T, s *subject) (string, bool) {
	file, ok := pick(s.random, s.files(t, isTemplate))
	if !ok {
		return "", false
	}
	s.write(t, file, "# "+s.next()+"\n"+s.read(t, file))
	return file, true
}

// editMatch replaces one match of the pattern in one file of the configuration.
func (s *subject) editMatch(t *testing.T, keep func(string) bool, pattern *regexp.Regexp, replace func(match string) string) (string, bool) {
	t.Helper()
	files := slices.DeleteFunc(s.files(t, keep), func(f string) bool { return !pattern.MatchString(s.read(t, f)) })
	file, ok := pick(s.random, files)
	if !ok {
		return "", false
	}
	text := s.read(t, file)
	at, _ := pick(s.random, pattern.FindAllStringIndex(text, -1))
	s.write(t, file, text[:at[0]]+replace(text[at[0]:at[1]])+text[at[1]:])
	return file, true
}

var firstInstruction = regexp.MustCompile(`(?m)^ *shell:\n +[a-zA-Z]+:\n +`)

func editInstruction(t *testing.T, s *subject) (string, bool) {
	return s.editMatch(t, isTemplate, firstInstruction, func(match string) string {
		indent := match[strings.LastIndexByte(match, '\n')+1:]
		return match + "- echo " + s.next() + "\n" + indent
	})
}

var dockerfileStage = regexp.MustCompile(`(?m)^FROM .*\n`)

func editDockerfile(t *testing.T, s *subject) (string, bool) {
	isDockerfile := func(file string) bool { return filepath.Base(file) == "Dockerfile" }
	return s.editMatch(t, isDockerfile, dockerfileStage, func(match string) string {
		return match + "RUN echo " + s.next() + "\n"
	})
}

// globs are those that edits write into stageDependencies: the first two match
// the same files, the next two none.
var globs = []string{"'**/*'", "'*'", "'none-*'", "'nothing/**'", "'" + added + "*'", "'**/{motd,*.{sh,html}}'"}

var watchedFiles = globPattern()

func globPattern() *regexp.Regexp {
	var alternatives []string
	for _, glob := range globs {
		alternatives = append(alternatives, regexp.QuoteMeta(glob))
	}
	return regexp.MustCompile(strings.Join(alternatives, "|"))
}

func editStageDependencies(t *testing.T, s *subject) (string, bool) {
	var to string
	file, ok := s.editMatch(t, isTemplate, watchedFiles, func(match string) string {
		others := slices.DeleteFunc(slices.Clone(globs), func(glob string) bool { return glob == match })
		glob, _ := pick(s.random, others)
		to = match + " to " + glob
		return glob
	})
	return file + " " + to, ok
}

var gitEntry = regexp.MustCompile(`(?m)^ +- add: .*\n +to: .*\n( +excludePaths: \[edit-\d+\]\n)?`)

// editExcludePaths leaves out files that are not there: werf builds the image
// anew all the same.
func editExcludePaths(t *testing.T, s *subject) (string, bool) {
	return s.editMatch(t, isTemplate, gitEntry, func(match string) string {
		lines := strings.SplitAfterN(match, "\n", 3)
		indent := lines[1][:strings.Index(lines[1], "to:")]
		return lines[0] + lines[1] + indent + "excludePaths: [" + s.next() + "]\n"
	})
}

var fromLine = regexp.MustCompile(`(?m)^from(Image)?: .*\n(fromCacheVersion: "edit-\d+"\n|git:\n|shell:\n|import:\n|final: false\n)`)

func editCacheVersion(t *testing.T, s *subject) (string, bool) {
	return s.editMatch(t, isTemplate, fromLine, func(match string) string {
		line, rest, _ := strings.Cut(match, "\n")
		if strings.HasPrefix(rest, "fromCacheVersion") {
			rest = ""
		}
		return line + "\nfromCacheVersion: \"" + s.next() + "\"\n" + rest
	})
}

var baseTag = regexp.MustCompile(`toolbox:[-a-z0-9]+`)

func editBase(t *testing.T, s *subject) (string, bool) {
	tag := s.next()
	s.registry.tagBase(t, tag)
	holds := func(file string) bool { return isTemplate(file) || file == "base_images.yml" }
	file, ok := s.editMatch(t, holds, baseTag, func(string) string { return "toolbox:" + tag })
	// A catalogue that git ignores is no part of a commit.
	s.uncommitted = file == "base_images.yml" && s.ignores(t, file)
	return file, ok
}

func editEnvironment(_ *testing.T, s *subject) (string, bool) {
	s.version++
	return s.tag(), true
}

func editBack(t *testing.T, s *subject) (string, bool) {
	commit, ok := pick(s.random, s.commits)
	if !ok {
		return "", false
	}
	s.git(t, "rm", "-r", "--quiet", ".")
	s.git(t, "checkout", "--quiet", commit, "--", ".")
	return commit, true
}

// editHome goes on with empty storage, as a fresh runner of a CI system does.
func editHome(t *testing.T, s *subject) (string, bool) {
	s.home = newHome(t)
	return "", true
}

// editRepository goes on in another repository: stages that the storage of the
// home still has are copied into it.
func editRepository(_ *testing.T, s *subject) (string, bool) {
	s.repository = 1 - s.repository
	return s.source(), true
}
