package contract

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Violation is one finding: a rule that does not hold for an artifact.
type Violation struct {
	Rule     RuleID   `json:"rule"`
	Severity Severity `json:"severity"`
	Artifact string   `json:"artifact"` // a reference, or a path in the repository
	Message  string   `json:"message"`
	Fix      string   `json:"fix"`
	Waived   bool     `json:"waived,omitempty"` // found, but waived by the user

	// Image and Digest are a key of images_digests.json and its value, where
	// the finding is about one image that a bundle names.
	Image  string `json:"image,omitempty"`
	Digest string `json:"digest,omitempty"`
}

// String is the violation as one line of text.
func (v Violation) String() string {
	waived, artifact := "", v.Artifact+": "
	if v.Waived {
		waived = ", waived"
	}
	if strings.HasPrefix(v.Message, v.Artifact) {
		artifact = "" // the message names it already
	}
	return fmt.Sprintf("rule %d (%s%s): %s%s", v.Rule, v.Severity, waived, artifact, v.Message)
}

// Failed reports whether a violation that is not waived breaks a consumer.
func Failed(violations []Violation) bool {
	return slices.ContainsFunc(violations, func(v Violation) bool {
		return v.Severity == Error && !v.Waived
	})
}

// CheckWaivers reports a number that no rule has, so that a mistyped waiver
// does not go unnoticed.
func CheckWaivers(numbers []int) error {
	for _, n := range numbers {
		if n < 1 || n > len(Rules()) {
			return fmt.Errorf("there is no rule %d to waive: rules have the numbers 1 to %d", n, len(Rules()))
		}
	}
	return nil
}

// findings collects violations. It is safe for concurrent use.
type findings struct {
	mu        sync.Mutex
	waive     []int
	published bool // what is checked is published already
	found     []Violation
}

// report adds a violation with the rule's own severity.
func (f *findings) report(rule RuleID, artifact, format string, args ...any) {
	f.add(Violation{Severity: ruleByID(rule).Severity, Rule: rule, Artifact: artifact, Message: fmt.Sprintf(format, args...)})
}

// reportImage is report for one image that a bundle names by key and digest.
func (f *findings) reportImage(rule RuleID, artifact, key, digest, format string, args ...any) {
	f.add(Violation{
		Severity: ruleByID(rule).Severity, Rule: rule, Artifact: artifact, Image: key, Digest: digest,
		Message: fmt.Sprintf("the image %q (%s) ", key, digest) + fmt.Sprintf(format, args...),
	})
}

// warn adds a violation that is only a warning in this case.
func (f *findings) warn(rule RuleID, artifact, format string, args ...any) {
	f.add(Violation{Severity: Warning, Rule: rule, Artifact: artifact, Message: fmt.Sprintf(format, args...)})
}

// reportUnlessPublished is report before publishing and warn afterwards, for
// what should be put right in time but does not keep clusters from the version.
func (f *findings) reportUnlessPublished(rule RuleID, artifact, format string, args ...any) {
	if f.published {
		f.warn(rule, artifact, format, args...)
		return
	}
	f.report(rule, artifact, format, args...)
}

// fail adds a violation that is an error in this case.
func (f *findings) fail(rule RuleID, artifact, format string, args ...any) {
	f.add(Violation{Severity: Error, Rule: rule, Artifact: artifact, Message: fmt.Sprintf(format, args...)})
}

func (f *findings) add(v Violation) {
	v.Fix, v.Waived = cmp.Or(v.Fix, ruleByID(v.Rule).Fix), slices.Contains(f.waive, int(v.Rule))
	f.mu.Lock()
	defer f.mu.Unlock()
	f.found = append(f.found, v)
}

// take adds the findings of others that keep accepts.
func (f *findings) take(other *findings, keep func(Violation) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, v := range other.found {
		if keep(v) {
			f.found = append(f.found, v)
		}
	}
}

// soften makes warnings of all findings.
func (f *findings) soften() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.found {
		f.found[i].Severity = Warning
	}
}

// result returns the violations by rule, artifact and message, each once.
func (f *findings) result() []Violation {
	f.mu.Lock()
	defer f.mu.Unlock()
	slices.SortFunc(f.found, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Artifact, b.Artifact),
			cmp.Compare(a.Message, b.Message), cmp.Compare(a.Severity, b.Severity))
	})
	return slices.Compact(f.found)
}
