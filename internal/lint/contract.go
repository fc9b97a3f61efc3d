package lint

import (
	"regexp"

	"github.com/modship/modship/pkg/contract"
)

// ruleName returns the name of a rule of the contract.
func ruleName(number contract.RuleID) string {
	for _, rule := range contract.Rules() {
		if rule.Number == number {
			return rule.Name
		}
	}
	return ""
}

var looksLikeFile = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)*$`)

// fileOf returns the artifact of a violation if it is a file of the module.
func fileOf(artifact string) string {
	if looksLikeFile.MatchString(artifact) {
		return artifact
	}
	return ""
}
