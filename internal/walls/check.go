package walls

import (
	"fmt"
	"slices"
	"strings"
)

// Package is one package of the program or of what it is built from.
type Package struct {
	ImportPath string
	Standard   bool     // of Go's standard library
	Imports    []string // of its non-test files
}

// Table holds the rules about imports.
type Table struct {
	Walls    []Wall
	Reserved []Reserved
}

// Check returns a sentence for every import that the table forbids, and for
// every package below cmd, pkg and internal that has no wall. module is the path
// of the module that is checked; packages holds its packages and everything that
// they depend on.
func Check(module string, packages []Package, table Table) []string {
	c := checker{module: module + "/", packages: map[string]Package{}}
	for _, p := range packages {
		c.packages[p.ImportPath] = p
	}
	for _, p := range packages {
		name, ours := strings.CutPrefix(p.ImportPath, c.module)
		if !ours || !matches(name, []string{"cmd", "pkg", "internal"}) {
			continue
		}
		c.reserved(name, p, table.Reserved)
		wall, found := wallOf(name, table.Walls)
		if !found {
			c.report("%s has no wall: add a row to internal/walls", name)
			continue
		}
		c.direct(name, p, wall)
		c.reached(name, p, wall)
	}
	slices.Sort(c.found)
	return slices.Compact(c.found)
}

type checker struct {
	module   string // with a slash at the end
	packages map[string]Package
	found    []string
}

func (c *checker) report(format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf(format, args...))
}

func (c *checker) direct(name string, p Package, wall Wall) {
	for _, path := range p.Imports {
		own, ours := strings.CutPrefix(path, c.module)
		switch {
		case ours && wall.Ours != nil && !matches(own, wall.Ours):
			c.report("%s must not import %s", name, own)
		case ours || c.packages[path].Standard:
		case wall.Foreign != nil && !matches(path, wall.Foreign), matches(path, wall.Never):
			c.report("%s must not import %s", name, path)
		}
	}
}

func (c *checker) reserved(name string, p Package, reservations []Reserved) {
	for _, r := range reservations {
		if matches(name, r.For) {
			continue
		}
		for _, path := range p.Imports {
			if inside(path, r.Path) {
				c.report("%s must not import %s, which is reserved for %s", name, path, strings.Join(r.For, ", "))
			}
		}
	}
}

// reached walks breadth first, so that the way it reports is a shortest one.
func (c *checker) reached(name string, p Package, wall Wall) {
	if len(wall.NeverReached) == 0 {
		return
	}
	way := map[string]string{p.ImportPath: name}
	for queue := []string{p.ImportPath}; len(queue) > 0; queue = queue[1:] {
		for _, path := range c.packages[queue[0]].Imports {
			if _, seen := way[path]; seen {
				continue
			}
			way[path] = way[queue[0]] + " → " + path
			if matches(path, wall.NeverReached) {
				c.report("%s must not depend on %s: %s", name, path, way[path])
				continue
			}
			queue = append(queue, path)
		}
	}
}

// wallOf finds the most specific row for a package.
func wallOf(name string, walls []Wall) (best Wall, found bool) {
	for _, wall := range walls {
		if inside(name, wall.Package) && len(wall.Package) > len(best.Package) {
			best, found = wall, true
		}
	}
	return best, found
}

func matches(path string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return inside(path, prefix) })
}

// inside reports whether path equals prefix or lies below it.
func inside(path, prefix string) bool {
	rest, found := strings.CutPrefix(path, strings.TrimSuffix(prefix, "/"))
	return found && (rest == "" || rest[0] == '/')
}
