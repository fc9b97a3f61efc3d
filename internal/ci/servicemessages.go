package ci

import (
	"fmt"
	"io"
)

// serviceMessages tells TeamCity about the outcome: a build problem for each
// error, and parameters that later steps read as %modship.tag% and so on.
func serviceMessages(w io.Writer, found []Finding, r Report) {
	for _, f := range found {
		if f.Level == Error {
			fmt.Fprintf(w, "##teamcity[buildProblem description='%s']\n", teamCityEscaper.Replace("modship "+f.Title+": "+f.Message))
		}
	}
	for _, o := range outputs(r) {
		fmt.Fprintf(w, "##teamcity[setParameter name='modship.%s' value='%s']\n", o.name, teamCityEscaper.Replace(o.value))
	}
}
