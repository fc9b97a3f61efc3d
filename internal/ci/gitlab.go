package ci

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
)

// issue is an entry of GitLab's code quality report,
// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.
type issue struct {
	Description string   `json:"description"`
	CheckName   string   `json:"check_name"`
	Fingerprint string   `json:"fingerprint"`
	Severity    string   `json:"severity"`
	Location    location `json:"location"`
}

type location struct {
	Path  string `json:"path"`
	Lines struct {
		Begin int `json:"begin"`
	} `json:"lines"`
}

var severities = map[Level]string{Error: "major", Warning: "minor", Notice: "info"}

// writeCodeQuality writes the findings as a code quality report. GitLab wants a
// file for each; module.yaml stands for findings that concern none.
func writeCodeQuality(w io.Writer, found []Finding) error {
	issues := []issue{}
	for _, f := range found {
		made := issue{
			Description: f.Message, CheckName: "modship " + f.Title, Severity: severities[f.Level],
			Fingerprint: fmt.Sprintf("%x", sha256.Sum256([]byte(f.Title+"\x00"+f.Where+"\x00"+f.Message))),
			Location:    location{Path: cmp.Or(f.File, "module.yaml")},
		}
		if f.File == "" && f.Where != "" {
			made.Description = f.Where + ": " + f.Message
		}
		made.Location.Lines.Begin = max(f.Line, 1)
		issues = append(issues, made)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(issues)
}
