package contract

import (
	"fmt"
	"slices"
	"testing"
)

// fixture breaks one rule in some scopes.
type fixture struct {
	rule     RuleID
	what     string
	severity Severity
	scopes   []Scope
	// content changes the version under check before it is built or
	// published; it also shows in the repository.
	content func(c *content)
	// after changes the registry, or what the check is told, after that.
	after func(w *world, scope Scope)
}

// namedFixture is a fixture in which the module has another name than echo.
type namedFixture struct {
	name string
	fixture
}

var (
	inContent    = everyContent()
	inRepository = repositoryToo()
	inPublished  = publishedState()
)

// fixtures returns all fixtures of all rules.
func fixtures() []namedFixture {
	all := misnamedFixtures()
	for _, f := range echoFixtures() {
		all = append(all, namedFixture{echo.Name, f})
	}
	return all
}

func echoFixtures() []fixture {
	return slices.Concat(nameFixtures(), releaseFixtures(), channelFixtures(), bundleFixtures(), templateFixtures(), processFixtures(), moreFixtures())
}

// TestFixtures checks that each fixture violates its rule, with its severity,
// and no other rule.
func TestFixtures(t *testing.T) {
	for _, f := range fixtures() {
		for _, scope := range f.scopes {
			t.Run(fmt.Sprintf("%d/%s/%s", f.rule, f.what, scope), func(t *testing.T) {
				found := runFixture(t, f, scope)
				if got := rulesOf(found); !slices.Equal(got, []RuleID{f.rule}) {
					t.Fatalf("violated rules %v, want only %d: %v", got, f.rule, found)
				}
				for _, v := range found {
					if v.Severity != f.severity || v.Message == "" || v.Fix == "" || v.Artifact == "" || v.Waived {
						t.Errorf("violation %+v, want severity %s", v, f.severity)
					}
				}
			})
		}
	}
}

func runFixture(t *testing.T, f namedFixture, scope Scope) []Violation {
	t.Helper()
	w := namedWorld(scope, f.name)
	if f.content != nil {
		f.content(w.subject)
	}
	images := w.build(scope)
	w.rename()
	if f.after != nil {
		f.after(w, scope)
	}
	return w.check(t, scope, images)
}

// TestEveryRuleHasFixtures checks that each rule fires in each scope in which
// it says that it is checked, and in no other.
func TestEveryRuleHasFixtures(t *testing.T) {
	covered := map[RuleID]map[Scope]bool{}
	for _, f := range fixtures() {
		if covered[f.rule] == nil {
			covered[f.rule] = map[Scope]bool{}
		}
		for _, scope := range f.scopes {
			covered[f.rule][scope] = true
		}
	}
	for _, r := range Rules() {
		for _, scope := range allScopes() {
			if declared := slices.Contains(r.Scopes, scope); declared != covered[r.Number][scope] {
				t.Errorf("rule %d, scope %s: declared %v, has a fixture %v", r.Number, scope, declared, covered[r.Number][scope])
			}
		}
	}
}
