package pipeline

import (
	"fmt"

	"github.com/modship/modship/pkg/werfcfg"
)

// environmentCauses explain a rebuild for which no file and no line of
// werf.yaml differs.
func (e *explainer) environmentCauses() []Cause {
	if len(e.variables) == 0 {
		return []Cause{{
			Kind: "environment", How: "changed",
			What: "no file and no line of werf.yaml differs: an environment variable that the templates read, --env, or what else was built in this repository",
		}}
	}
	var causes []Cause
	for _, name := range e.variables {
		causes = append(causes, Cause{Kind: "environment", How: "changed", What: name + " is not what it was at the last build on this machine"})
	}
	return causes
}

// causes are the image's own inputs that differ.
func (e *explainer) causes(name string, c *comparison) []Cause {
	impact, affected := c.impacts[name]
	if !affected || !impact.Direct {
		return nil
	}
	before, known := c.before.Sections[name]
	if !known {
		return []Cause{{Kind: "new", What: name, How: "added", Stage: "from"}}
	}
	var causes []Cause
	for _, key := range werfcfg.ChangedKeys(before, e.config.Sections[name]) {
		causes = append(causes, e.keyCause(name, key, c))
	}
	for _, cause := range impact.Causes {
		if how, isFile := c.changes[cause]; isFile {
			causes = append(causes, Cause{Kind: "file", What: cause, How: how, Stage: e.config.StageOfFile(name, cause)})
		}
	}
	if len(causes) == 0 {
		causes = append(causes, Cause{Kind: "instruction", What: "Dockerfile", How: "changed", Stage: "dockerfile"})
	}
	return causes
}

// keyCause describes a changed key; of a base it also tells the references.
func (e *explainer) keyCause(name, key string, c *comparison) Cause {
	cause := Cause{Kind: "instruction", What: key, How: "changed", Stage: werfcfg.StageOfKey(key)}
	if key != "from" && key != "fromImage" {
		return cause
	}
	cause.Kind = "base"
	cause.What = fmt.Sprintf("%s -> %s", baseOf(c.before.Sections[name]), baseOf(e.config.Sections[name]))
	return cause
}

// baseOf is what an image starts from, under either of its two keys.
func baseOf(s werfcfg.Section) string {
	for _, key := range []string{"from", "fromImage"} {
		if v, ok := s[key].(string); ok {
			return v
		}
	}
	return "nothing"
}

// firstStage is the first stage that a cause is in. An image that is needed
// enters at one of the stages for dependencies, or as the base.
func firstStage(x Explanation) string {
	first := ""
	for _, c := range x.Causes {
		if c.Stage != "" && (first == "" || werfcfg.StageBefore(c.Stage, first)) {
			first = c.Stage
		}
	}
	if first == "" && len(x.Needs) > 0 {
		return "dependencies"
	}
	return first
}
