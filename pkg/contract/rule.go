package contract

import "slices"

// Severity says what a violation does.
type Severity string

// The severities. An error breaks a consumer; a warning degrades something or
// breaks only under a condition that cannot be seen from here.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Scope is a place where a rule can be checked.
type Scope string

// The scopes and the function of each.
const (
	ScopeRepository Scope = "repository" // before the build: CheckRepository
	ScopeImages     Scope = "images"     // built, not yet published: CheckImages
	ScopePublished  Scope = "published"  // one published version or dev build: CheckPublished
	ScopeChannel    Scope = "channel"    // a release channel: CheckChannel
	ScopeModule     Scope = "module"     // everything published of a module: CheckModule
	ScopePromotion  Scope = "promotion"  // before a channel is moved: CheckPromotion
)

// Rule is one check of the contract.
type Rule struct {
	Number   RuleID   `json:"rule"`
	Name     string   `json:"name"`     // stable short name in kebab case
	Severity Severity `json:"severity"` // of most violations; a violation carries its own
	Requires string   `json:"requires"` // what must hold
	Protects string   `json:"protects"` // which consumer breaks otherwise, and how
	Fix      string   `json:"fix"`      // what to do about a violation
	Scopes   []Scope  `json:"scopes"`   // where it is checked; none: modship keeps it by itself
	// Limits says what of the rule cannot be checked from here and who
	// enforces that part; empty if all of it is checked.
	Limits string `json:"limits,omitempty"`
}

// Rules returns all rules by number.
func Rules() []Rule {
	return slices.Concat(nameRules(), releaseRules(), channelRules(), bundleRules(), processRules(), moreRules())
}

// ruleByID returns a rule. The rules are numbered from 1 without gaps, which a
// test checks.
func ruleByID(id RuleID) Rule { return Rules()[id-1] }

// everyContent are the scopes in which the contents of images are at hand.
func everyContent() []Scope {
	return append([]Scope{ScopeImages}, publishedState()...)
}

// repositoryToo are the scopes of a rule on contents that already shows in the
// repository.
func repositoryToo() []Scope { return append([]Scope{ScopeRepository}, everyContent()...) }

// publishedState are the scopes of a rule on a published version.
func publishedState() []Scope {
	return []Scope{ScopePublished, ScopeChannel, ScopeModule, ScopePromotion}
}
