package cli

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/lint"
	"github.com/modship/modship/internal/settings"
)

// waiveOptions say which findings do not stop a command.
type waiveOptions struct{ Waive []string }

func (o *waiveOptions) addWaive(fs *pflag.FlagSet) {
	fs.StringSliceVar(&o.Waive, "waive", nil, "`NUMBER` of a contract rule, or name of a check in docs/lint.md, to waive; repeatable; the result shows the waiver")
}

// waivers returns the waivers of the command line and of modship.yaml: the rules
// of the contract by number, and all of them for findings in the chart.
func (o *waiveOptions) waivers(s *settings.Settings) (rules []int, all []lint.Waiver, err error) {
	for _, text := range o.Waive {
		w, err := lint.ParseWaiver(text)
		if err != nil {
			return nil, nil, exit.With(exit.Usage, fmt.Errorf("--waive %s: %w", text, err), "docs/contract.md lists the rules, docs/lint.md the checks.")
		}
		w.Reason = "--waive"
		all = append(all, w)
	}
	for _, given := range s.File.WaivedRules {
		w := lint.Waiver{Rule: given.Rule, Check: given.Check, File: given.Files, Reason: given.Reason}
		if given.Check != "" {
			if _, err := lint.ParseWaiver(given.Check); err != nil {
				return nil, nil, exit.With(exit.Usage, fmt.Errorf("%s: %w", s.File.At("waivedRules"), err), "docs/lint.md lists the checks.")
			}
		}
		all = append(all, w)
	}
	for _, w := range all {
		if w.Rule > 0 {
			rules = append(rules, w.Rule)
		}
	}
	return rules, all, nil
}
