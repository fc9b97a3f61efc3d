package contract

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/modship/modship/pkg/contract/internal/artifact"
	"github.com/modship/modship/pkg/contract/internal/templates"
)

// checkBundle checks the name of the module and the contents of a bundle that
// need no registry, and returns the digests that the bundle names.
func (s *session) checkBundle(ctx context.Context, t *artifact.Tree) (digests map[string]string, err error) {
	name, calls := s.repo.Name, templates.Find(t)
	keys := digestKeys(t)
	found, err := rendered(ctx, s.opts.Render, t, calls, name, keys)
	if err != nil {
		return nil, err
	}
	calls = withRendered(calls, found.Keys, name)
	s.checkName(s.repo.String(), name, calls.Use(name))
	s.checkSizes(t, artifact.DefinitionFile, artifact.DigestsFile)
	s.checkRootFile(t)
	digests, ok := s.checkDigestsFile(t, calls.Use(name))
	s.checkTemplates(t, calls)
	s.checkRendered(t, found)
	if ok {
		s.checkImageCalls(t, calls, name, keys)
	}
	s.checkEntries(t)
	s.checkContents(t, name)
	return digests, nil
}

// checkContents checks what a bundle and a repository have in common besides
// module.yaml and images.
func (c *checker) checkContents(t *artifact.Tree, name string) {
	c.checkChart(t, name)
	c.checkHooks(t)
	c.checkOpenAPI(t)
	c.checkConversions(t)
	c.checkHelmignore(t)
	c.checkReadme(t)
	c.checkPackageFile(t, name)
}

// checkRootFile checks rule 25.
func (c *checker) checkRootFile(t *artifact.Tree) {
	for _, name := range []string{artifact.PackageFile, artifact.DefinitionFile} {
		if e := t.File(name); e != nil {
			c.checkRootName(RuleBundleDefinition, t, e)
			return
		}
	}
	where := t.At(artifact.DefinitionFile)
	if t.InImage {
		c.report(RuleBundleDefinition, where, "the bundle has no module.yaml%s", hintAt(t, artifact.DefinitionFile))
		return
	}
	c.report(RuleBundleDefinition, where, "the repository has no module.yaml")
}

// checkEntries checks rules 31 to 33 as the controller unpacks the bundle:
// entry by entry, in their order (copyLayersToFS).
func (c *checker) checkEntries(t *artifact.Tree) {
	made := map[string]artifact.Kind{} // what the controller has created so far
	for _, e := range t.Order {
		if strings.Contains(e.Raw, "..") {
			c.report(RuleNoDotDot, t.At(e.Path), "the path %s has two dots in a row", e.Raw)
		}
		if e.Path == "" {
			continue // the root itself
		}
		c.checkEntryType(t, e, made)
		switch e.Kind {
		case artifact.KindDir:
			for dir := e.Path; dir != ""; dir = parentOf(dir) {
				made[dir] = artifact.KindDir // with its parents (MkdirAll)
			}
		case artifact.KindFile, artifact.KindHardlink:
			c.checkParent(t, e, made)
			made[e.Path] = e.Kind
		}
	}
}

func (c *checker) checkEntryType(t *artifact.Tree, e *artifact.Entry, made map[string]artifact.Kind) {
	switch e.Kind {
	case artifact.KindSymlink:
		c.warn(RuleEntryTypes, t.At(e.Path), "%s is a symbolic link: the controller drops it", e.Path)
	case artifact.KindSpecial:
		c.report(RuleEntryTypes, t.At(e.Path), "%s is neither a file nor a directory", e.Path)
	case artifact.KindHardlink:
		kind, there := made[e.Target]
		switch {
		case there && kind == artifact.KindDir:
			c.report(RuleEntryTypes, t.At(e.Path), "%s is a hard link to the directory %s", e.Path, e.Target)
		case !there && t.IsSymlink(e.Target):
			c.report(RuleEntryTypes, t.At(e.Path), "%s is a hard link to %s, a symbolic link that the controller drops", e.Path, e.Target)
		case !there:
			c.report(RuleEntryTypes, t.At(e.Path), "%s is a hard link to %s, which does not come before it", e.Path, e.Target)
		}
	}
}

// checkParent checks rule 33, once for each directory. In a repository every
// file is in a directory.
func (c *checker) checkParent(t *artifact.Tree, e *artifact.Entry, made map[string]artifact.Kind) {
	dir := parentOf(e.Path)
	if !t.InImage || dir == "" || made[dir] == artifact.KindDir {
		return
	}
	if t.IsSymlink(dir) {
		c.report(RuleDirectoryEntries, t.Name, "%s is a symbolic link that the controller drops, so there is no directory for %s", dir, e.Path)
	} else {
		c.report(RuleDirectoryEntries, t.Name, "the directory %s has no entry ahead of %s", dir, e.Path)
	}
	made[dir] = artifact.KindDir
}

// parentOf returns the directory of a clean relative path, "" for the root.
func parentOf(p string) string {
	if i := strings.LastIndex(p, "/"); i >= 0 {
		return p[:i]
	}
	return ""
}

// checkReadme checks rule 40.
func (c *checker) checkReadme(t *artifact.Tree) {
	e := t.File(artifact.ReadmeFile)
	switch {
	case e == nil:
		c.report(RuleDocs, t.At(artifact.ReadmeFile), "there is no docs/README.md%s", hintAt(t, artifact.ReadmeFile))
	case e.Size == 0 || e.Data != nil && strings.TrimSpace(string(e.Data)) == "":
		c.report(RuleDocs, t.At(artifact.ReadmeFile), "docs/README.md is empty")
	}
}

// checkHooks checks rule 34 for files that a kernel could run: scripts with an
// interpreter line and ELF binaries. Directories called lib and hidden files
// are not searched for hooks (shell-operator, RecursiveGetExecutablePaths).
func (c *checker) checkHooks(t *artifact.Tree) {
	if e := t.File("enabled"); e != nil && e.Mode&0o100 == 0 {
		c.reportMode(t, e)
	}
	for _, e := range t.Under("hooks") {
		runnable := strings.HasPrefix(e.Head, "#!") || e.Head == "\x7fELF"
		searched := !strings.Contains(e.Path, "/lib/") && !strings.Contains(e.Path, "/.")
		if runnable && searched && e.Mode&0o100 == 0 && !isGoSource(t, e.Path) {
			c.reportMode(t, e)
		}
	}
}

// isGoSource reports whether a file below hooks belongs to the source of hooks in
// Go: of that only the binary gets into the bundle.
func isGoSource(t *artifact.Tree, name string) bool {
	for dir := parentOf(name); dir != "" && !t.InImage; dir = parentOf(dir) {
		for _, e := range t.Order {
			inGo := path.Base(e.Path) == "go.mod" || dir != "hooks" && path.Ext(e.Path) == ".go"
			if e.Kind == artifact.KindFile && inGo && parentOf(e.Path) == dir {
				return true
			}
		}
	}
	return false
}

func (c *checker) reportMode(t *artifact.Tree, e *artifact.Entry) {
	c.report(RuleHooksExecutable, t.At(e.Path), "%s is not executable for its user (mode %s)", e.Path, fmt.Sprintf("%04o", e.Mode&0o7777))
}
