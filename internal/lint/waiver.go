package lint

import (
	"errors"
	"path"
	"strconv"

	"github.com/modship/modship/pkg/contract"
)

// Waiver says that findings are known and accepted.
type Waiver struct {
	Check  string // name of a check
	Rule   int    // or number of a contract rule
	File   string // pattern for files, such as templates/*.yaml; empty: all
	Reason string
}

// Waive marks the findings that waivers are about.
func Waive(findings []Finding, waivers []Waiver) {
	for i := range findings {
		for _, w := range waivers {
			if w.covers(findings[i]) {
				findings[i].Waived, findings[i].Reason = true, w.Reason
			}
		}
	}
}

func (w Waiver) covers(f Finding) bool {
	if w.Check != "" && w.Check != f.Check || w.Check == "" && (w.Rule == 0 || w.Rule != f.Rule) {
		return false
	}
	matched, _ := path.Match(w.File, f.File)
	return w.File == "" || matched
}

// ParseWaiver reads a waiver from the name or the number of a check.
func ParseWaiver(text string) (Waiver, error) {
	if number, err := strconv.Atoi(text); err == nil {
		return Waiver{Rule: number}, contract.CheckWaivers([]int{number})
	}
	for _, check := range Checks() {
		if check.Name == text {
			return Waiver{Check: text}, nil
		}
	}
	for _, rule := range contract.Rules() {
		if rule.Name == text {
			return Waiver{Check: text}, nil
		}
	}
	return Waiver{}, errors.New("there is no such check")
}
