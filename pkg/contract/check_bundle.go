package contract

import (
	"context"
	"fmt"
	"path"
	"strings"
)

// checkBundle checks the name of the module and the contents of a bundle that
// need no registry, and returns the digests that the bundle names.
func (s *session) checkBundle(ctx context.Context, t *tree) (digests map[string]string, err error) {
	name, calls := s.repo.Name, findImageCalls(t)
	keys := digestKeys(t)
	found, err := rendered(ctx, s.opts.Render, t, calls, name, keys)
	if err != nil {
		return nil, err
	}
	calls = calls.with(found, name)
	s.checkName(s.repo.String(), name, calls.use(name))
	s.checkSizes(t, definitionFile, digestsFile)
	s.checkRootFile(t)
	digests, ok := s.checkDigestsFile(t, calls.use(name))
	s.checkTemplates(t, calls)
	if ok {
		s.checkImageCalls(t, calls, name, keys)
	}
	s.checkEntries(t)
	s.checkContents(t, name)
	return digests, nil
}

// checkContents checks what a bundle and a repository have in common besides
// module.yaml and images.
func (c *checker) checkContents(t *tree, name string) {
	c.checkChart(t, name)
	c.checkHooks(t)
	c.checkOpenAPI(t)
	c.checkConversions(t)
	c.checkHelmignore(t)
	c.checkReadme(t)
}

// checkRootFile checks rule 25.
func (c *checker) checkRootFile(t *tree) {
	for _, name := range []string{packageFile, definitionFile} {
		if e := t.file(name); e != nil {
			c.checkRootName(25, t, e)
			return
		}
	}
	artifact := t.at(definitionFile)
	if t.inImage {
		c.report(25, artifact, "the bundle has no module.yaml%s", hintAt(t, definitionFile))
		return
	}
	c.report(25, artifact, "the repository has no module.yaml")
}

// checkEntries checks rules 31 to 33 as the controller unpacks the bundle:
// entry by entry, in their order (copyLayersToFS).
func (c *checker) checkEntries(t *tree) {
	made := map[string]entryKind{} // what the controller has created so far
	for _, e := range t.order {
		if strings.Contains(e.raw, "..") {
			c.report(31, t.at(e.path), "the path %s has two dots in a row", e.raw)
		}
		if e.path == "" {
			continue // the root itself
		}
		c.checkEntryType(t, e, made)
		switch e.kind {
		case kindDir:
			for dir := e.path; dir != ""; dir = parentOf(dir) {
				made[dir] = kindDir // with its parents (MkdirAll)
			}
		case kindFile, kindHardlink:
			c.checkParent(t, e, made)
			made[e.path] = e.kind
		}
	}
}

func (c *checker) checkEntryType(t *tree, e *entry, made map[string]entryKind) {
	switch e.kind {
	case kindSymlink:
		c.warn(32, t.at(e.path), "%s is a symbolic link: the controller drops it", e.path)
	case kindSpecial:
		c.report(32, t.at(e.path), "%s is neither a file nor a directory", e.path)
	case kindHardlink:
		kind, there := made[e.target]
		switch {
		case there && kind == kindDir:
			c.report(32, t.at(e.path), "%s is a hard link to the directory %s", e.path, e.target)
		case !there && t.isSymlink(e.target):
			c.report(32, t.at(e.path), "%s is a hard link to %s, a symbolic link that the controller drops", e.path, e.target)
		case !there:
			c.report(32, t.at(e.path), "%s is a hard link to %s, which does not come before it", e.path, e.target)
		}
	}
}

// checkParent checks rule 33, once for each directory. In a repository every
// file is in a directory.
func (c *checker) checkParent(t *tree, e *entry, made map[string]entryKind) {
	dir := parentOf(e.path)
	if !t.inImage || dir == "" || made[dir] == kindDir {
		return
	}
	if t.isSymlink(dir) {
		c.report(33, t.artifact, "%s is a symbolic link that the controller drops, so there is no directory for %s", dir, e.path)
	} else {
		c.report(33, t.artifact, "the directory %s has no entry ahead of %s", dir, e.path)
	}
	made[dir] = kindDir
}

// parentOf returns the directory of a clean relative path, "" for the root.
func parentOf(p string) string {
	if i := strings.LastIndex(p, "/"); i >= 0 {
		return p[:i]
	}
	return ""
}

// checkReadme checks rule 40.
func (c *checker) checkReadme(t *tree) {
	e := t.file(readmeFile)
	switch {
	case e == nil:
		c.report(40, t.at(readmeFile), "there is no docs/README.md%s", hintAt(t, readmeFile))
	case e.size == 0 || e.data != nil && strings.TrimSpace(string(e.data)) == "":
		c.report(40, t.at(readmeFile), "docs/README.md is empty")
	}
}

// checkHooks checks rule 34 for files that a kernel could run: scripts with an
// interpreter line and ELF binaries. Directories called lib and hidden files
// are not searched for hooks (shell-operator, RecursiveGetExecutablePaths).
func (c *checker) checkHooks(t *tree) {
	if e := t.file("enabled"); e != nil && e.mode&0o100 == 0 {
		c.reportMode(t, e)
	}
	for _, e := range t.under("hooks") {
		runnable := strings.HasPrefix(e.head, "#!") || e.head == "\x7fELF"
		searched := !strings.Contains(e.path, "/lib/") && !strings.Contains(e.path, "/.")
		if runnable && searched && e.mode&0o100 == 0 && !t.isGoSource(e.path) {
			c.reportMode(t, e)
		}
	}
}

// isGoSource tells whether a file below hooks belongs to the source of hooks in
// Go: of that only the binary gets into the bundle.
func (t *tree) isGoSource(name string) bool {
	for dir := parentOf(name); dir != "" && !t.inImage; dir = parentOf(dir) {
		for _, e := range t.order {
			inGo := path.Base(e.path) == "go.mod" || dir != "hooks" && path.Ext(e.path) == ".go"
			if e.kind == kindFile && inGo && parentOf(e.path) == dir {
				return true
			}
		}
	}
	return false
}

func (c *checker) reportMode(t *tree, e *entry) {
	c.report(34, t.at(e.path), "%s is not executable for its user (mode %s)", e.path, fmt.Sprintf("%04o", e.mode&0o7777))
}
