package pipeline

import (
	"fmt"
	"strings"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/contract"
)

// add adds violations to the result. A later check finds again what an earlier
// one has found.
func (r *Result) add(found []contract.Violation) {
	seen := map[string]bool{}
	for _, v := range r.Violations {
		seen[fmt.Sprint(v.Rule, v.Message)] = true
	}
	for _, v := range found {
		if !seen[fmt.Sprint(v.Rule, v.Message)] {
			r.Violations = append(r.Violations, v)
		}
	}
}

// ViolationError is the error for violations that break a consumer, or nil.
func ViolationError(found []contract.Violation) error {
	if !contract.Failed(found) {
		return nil
	}
	rules := map[contract.RuleID]bool{}
	var names []string
	for _, v := range found {
		if v.Severity == contract.Error && !v.Waived && !rules[v.Rule] {
			rules[v.Rule] = true
			names = append(names, fmt.Sprint(v.Rule))
		}
	}
	return exit.With(exit.Violated, fmt.Errorf("a cluster could not use the module: contract rule %s violated", strings.Join(names, ", ")),
		"`modship verify --list` explains the rules; --waive NUMBER goes on in spite of one.")
}
