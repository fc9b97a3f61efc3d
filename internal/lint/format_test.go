package lint

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship/modship/pkg/contract"
)

var update = flag.Bool("update", false, "write the golden files and docs/lint.md anew")

// sample has a finding of each form.
func sample() []Finding {
	list := []Finding{
		{Check: UnknownField, Severity: Error, Artifact: "templates/a.yaml", File: "templates/a.yaml", Line: 7, Object: "Deployment d8-echo/a", Values: "defaults", Message: "unknown field x: 100%", Fix: "Correct it."},
		{Check: FieldVersion, Severity: Warning, Artifact: "templates/a.yaml", File: "templates/a.yaml", Message: "later"},
		{Check: InvalidHook, Severity: Error, Artifact: "hooks/a.sh", File: "hooks/a.sh", Line: 2, Message: "no", Fix: "Correct it."},
		{Check: "docs", Rule: 40, Severity: Warning, Artifact: "registry/x:v1", Message: "none", Fix: "Write one."},
	}
	Waive(list, []Waiver{{Check: InvalidHook, File: "hooks/*", Reason: "known"}, {Check: InvalidHook, File: "templates/*", Reason: "not this one"}})
	return list
}

func TestFormats(t *testing.T) {
	for _, format := range Formats() {
		var b bytes.Buffer
		if err := Write(&b, format, sample()); err != nil {
			t.Fatal(err)
		}
		golden(t, filepath.Join("testdata", format+".golden"), b.String())
		var empty bytes.Buffer
		if err := Write(&empty, format, nil); err != nil {
			t.Fatal(err)
		}
		if format != "text" && format != "github" && !json.Valid(empty.Bytes()) {
			t.Errorf("%s of nothing is %q", format, empty.String())
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestWaivers(t *testing.T) {
	for text, good := range map[string]bool{UnknownField: true, "40": true, "docs": true, "999": false, "no-such": false} {
		if _, err := ParseWaiver(text); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
	list := FromContract([]contract.Violation{{Rule: 40, Severity: contract.Error, Artifact: "docs/README.md"}})
	if !Failed(list) || list[0].File != "docs/README.md" || list[0].Check != "docs" {
		t.Errorf("findings %v", list)
	}
	Waive(list, []Waiver{{Rule: 40}})
	if Failed(list) {
		t.Error("a waived rule fails")
	}
}

// TestDocs keeps the table of docs/lint.md the one of Checks.
func TestDocs(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "lint.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- checks -->\n", "<!-- /checks -->\n"
	before, rest, found := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatal("docs/lint.md has no place for the checks")
	}
	var table strings.Builder
	table.WriteString("| check | severity | finds | what to do |\n|---|---|---|---|\n")
	for _, c := range Checks() {
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", c.Name, c.Severity, c.Finds, c.Fix)
	}
	want := before + begin + table.String() + end + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("docs/lint.md is not up to date; task docs writes it (-want +got):\n%s", diff)
	}
}
