package lint

import (
	"crypto/sha256"
	"encoding/hex"
)

// SARIF 2.1.0, as far as code scanning reads it
// (https://docs.oasis-open.org/sarif/sarif/v2.1.0/).
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID   string    `json:"id"`
		Help sarifText `json:"help"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations,omitempty"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification,omitempty"`
	}
)

func sarif(findings []Finding) sarifLog {
	run := sarifRun{Tool: sarifTool{Driver: sarifDriver{Name: "modship", Rules: []sarifRule{}}}, Results: []sarifResult{}}
	known := map[string]bool{}
	for _, f := range findings {
		if !known[f.Check] {
			known[f.Check] = true
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{ID: f.Check, Help: sarifText{f.Fix}})
		}
		result := sarifResult{RuleID: f.Check, Level: string(f.Severity), Message: sarifText{f.about()}}
		if f.File != "" {
			location := sarifPhysical{Artifact: sarifArtifact{f.File}}
			if f.Line > 0 {
				location.Region = &sarifRegion{f.Line}
			}
			result.Locations = []sarifLocation{{location}}
		}
		if f.Waived {
			result.Suppressions = []sarifSuppression{{Kind: "external", Justification: f.Reason}}
		}
		run.Results = append(run.Results, result)
	}
	return sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}}
}

// gitlabIssue is an entry of a Code Quality report
// (https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format).
type gitlabIssue struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
}

// gitlab leaves waived findings out: the report has no place for them.
func gitlab(findings []Finding) []gitlabIssue {
	issues := []gitlabIssue{}
	for _, f := range findings {
		if f.Waived {
			continue
		}
		severity := "minor"
		if f.Severity == Error {
			severity = "major"
		}
		file := f.File
		if file == "" {
			file = "module.yaml"
		}
		sum := sha256.Sum256([]byte(f.Check + "\x00" + f.File + "\x00" + f.Object + "\x00" + f.Message))
		issues = append(issues, gitlabIssue{
			Description: f.about(), CheckName: f.Check, Fingerprint: hex.EncodeToString(sum[:]), Severity: severity,
			Location: gitlabLocation{file, gitlabLines{max(f.Line, 1)}},
		})
	}
	return issues
}
