package contract

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/contract.md")

const docsPath = "../../docs/contract.md"

// TestDocs fails when docs/contract.md is not what the rules say. Run the test
// with -update to write it.
func TestDocs(t *testing.T) {
	want := renderDocs(Rules())
	if *update {
		if err := os.WriteFile(docsPath, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(docsPath)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/contract.md is stale, run go test ./pkg/contract -run TestDocs -update (-want +got):\n%s", diff)
	}
}

// chapters are the headings of the document by the first rule of each.
var chapters = map[RuleID]string{1: "Names and layout", 8: "Release image", 17: "Channels", 25: "Bundle", 41: "Process", 46: "More"}

func renderDocs(rules []Rule) []byte {
	var b bytes.Buffer
	b.WriteString(`<!-- Generated from pkg/contract by its TestDocs; change the rules, not this file. -->
# The contract with the consumers

What the DKP controller, d8 mirror, lib-helm and the documentation site need of
a published module, as numbered rules. An error breaks a consumer; a warning
degrades something, or breaks only under a condition that cannot be seen from
outside the cluster. A rule is waived with its number (` + "`--waive 37`" + `); the
result still shows what was waived.

Where the rules run:

| scope | when |
|---|---|
| repository | before the build, on the files of the module repository |
| images | on the built bundle and release image, before they are published |
| published | on one published version or dev build (` + "`verify --tag`" + `) |
| channel | on a release channel and the version on it (` + "`verify --channel`" + `) |
| module | on everything published of a module (` + "`verify --all`" + `) |
| promotion | before a channel is moved to a published version (` + "`verify --tag --channel`" + `) |

In the scope module, versions that no channel holds are checked for what breaks
a cluster that upgrades across them (the highest patch of each minor) and for
digests that are gone (every version).

| rule | name | severity | where |
|---|---|---|---|
`)
	for _, r := range rules {
		fmt.Fprintf(&b, "| [%d](#%d-%s) | %s | %s | %s |\n", r.Number, r.Number, r.Name, r.Name, r.Severity, joinScopes(r.Scopes))
	}
	for _, r := range rules {
		if chapter, ok := chapters[r.Number]; ok {
			fmt.Fprintf(&b, "\n## %s\n", chapter)
		}
		fmt.Fprintf(&b, "\n### %d %s\n\n%s\n\n- Severity: %s\n- Where: %s\n- Protects: %s\n- Fix: %s\n",
			r.Number, r.Name, plain(r.Requires), r.Severity, joinScopes(r.Scopes), plain(r.Protects), plain(r.Fix))
		if r.Limits != "" {
			fmt.Fprintf(&b, "- Not checked: %s\n", plain(r.Limits))
		}
	}
	return b.Bytes()
}

// plain keeps Markdown from taking <name> for markup.
func plain(text string) string { return strings.ReplaceAll(text, "<", "&lt;") }

func joinScopes(scopes []Scope) string {
	if len(scopes) == 0 {
		return "kept by modship itself"
	}
	var names []string
	for _, s := range scopes {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

// TestRulesAreComplete checks what every rule must have.
func TestRulesAreComplete(t *testing.T) {
	rules := Rules()
	if len(rules) != 49 {
		t.Errorf("%d rules, want 49", len(rules))
	}
	kebab := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	names := map[string]bool{}
	for i, r := range rules {
		if int(r.Number) != i+1 {
			t.Errorf("rule %q has number %d at place %d", r.Name, r.Number, i+1)
		}
		if !kebab.MatchString(r.Name) || names[r.Name] {
			t.Errorf("rule %d: bad or repeated name %q", r.Number, r.Name)
		}
		names[r.Name] = true
		for _, text := range []string{r.Requires, r.Protects, r.Fix} {
			if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, ")") {
				t.Errorf("rule %d: %q is no sentence", r.Number, text)
			}
		}
		if r.Severity != Error && r.Severity != Warning || len(r.Scopes) == 0 && r.Number != RulePublishingOrder {
			t.Errorf("rule %d: severity %q, scopes %v", r.Number, r.Severity, r.Scopes)
		}
		for _, s := range r.Scopes {
			if !slices.Contains(allScopes(), s) {
				t.Errorf("rule %d: unknown scope %q", r.Number, s)
			}
		}
	}
}
