package lint

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Formats returns the names of the output formats.
func Formats() []string { return []string{"text", "json", "sarif", "github", "gitlab"} }

// Write writes findings in a format.
func Write(w io.Writer, format string, findings []Finding) error {
	switch format {
	case "json":
		return writeJSON(w, map[string]any{"violations": violations(findings)})
	case "sarif":
		return writeJSON(w, sarif(findings))
	case "github":
		return writeGitHub(w, findings)
	case "gitlab":
		return writeJSON(w, gitlab(findings))
	}
	return writeText(w, findings)
}

func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// violations has [] for none.
func violations(findings []Finding) []Finding {
	if findings == nil {
		return []Finding{}
	}
	return findings
}

// place writes where a finding is, as compilers do.
func (f Finding) place() string {
	switch {
	case f.File == "":
		return f.Artifact
	case f.Line == 0:
		return f.File
	}
	return fmt.Sprintf("%s:%d", f.File, f.Line)
}

// label names the check or the rule of a finding.
func (f Finding) label() string {
	if f.Rule > 0 {
		return fmt.Sprintf("rule %d, %s", f.Rule, f.Check)
	}
	return f.Check
}

// about adds the object and the values to the message.
func (f Finding) about() string {
	text := f.Message
	if f.Object != "" {
		text = f.Object + ": " + text
	}
	if f.Values != "" && f.Check != InvalidValues {
		text += " [values: " + f.Values + "]"
	}
	return text
}

// String writes a finding in one line.
func (f Finding) String() string { return fmt.Sprintf("%s: %s (%s)", f.place(), f.about(), f.label()) }

// writeText writes a line per finding, the fix of each check once, and a count.
func writeText(w io.Writer, findings []Finding) error {
	var b strings.Builder
	told := map[string]bool{}
	errors, warnings, waived := 0, 0, 0
	for _, f := range findings {
		severity := string(f.Severity)
		switch {
		case f.Waived:
			waived++
			severity = "waived"
		case f.Severity == Error:
			errors++
		default:
			warnings++
		}
		fmt.Fprintf(&b, "%s: %s: %s (%s)\n", f.place(), severity, f.about(), f.label())
		if f.Waived && f.Reason != "" {
			fmt.Fprintf(&b, "    reason: %s\n", f.Reason)
		}
		if key := f.Check + f.Fix; !f.Waived && f.Fix != "" && !told[key] {
			told[key] = true
			fmt.Fprintf(&b, "    %s\n", f.Fix)
		}
	}
	fmt.Fprintf(&b, "%s, %s", count(errors, "error"), count(warnings, "warning"))
	if waived > 0 {
		fmt.Fprintf(&b, ", %d waived", waived)
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// writeGitHub writes workflow commands, which GitHub shows at the lines of a
// pull request
// (https://docs.github.com/actions/reference/workflow-commands-for-github-actions).
func writeGitHub(w io.Writer, findings []Finding) error {
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	for _, f := range findings {
		command := string(f.Severity)
		if f.Waived {
			command = "notice"
		}
		var where []string
		if f.File != "" {
			where = append(where, "file="+property.Replace(f.File))
		}
		if f.Line > 0 {
			where = append(where, fmt.Sprintf("line=%d", f.Line))
		}
		where = append(where, "title="+property.Replace("modship: "+f.label()))
		if _, err := fmt.Fprintf(w, "::%s %s::%s\n", command, strings.Join(where, ","), data.Replace(strings.TrimSpace(f.about()+"\n"+f.Fix))); err != nil {
			return err
		}
	}
	return nil
}
