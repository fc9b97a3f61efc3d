package ci

import (
	"fmt"
	"io"
	"strings"
)

// maxSummary keeps below GitHub's 1 MiB for the summaries of a step, which
// drops the whole of a longer one. Other commands of the step may add theirs.
const maxSummary = 250 << 10

// writeSummary writes the outcome as Markdown for people. What is too long is
// left out, pictures first.
func writeSummary(w io.Writer, r Report) error {
	text := heading(r) + failure(r) + writes(r) + findings(r.Findings)
	for _, part := range []string{images(r.Images), timeline(r.Spans), graph(r.Graph)} {
		if len(text)+len(part) <= maxSummary {
			text += part
		}
	}
	if len(text) > maxSummary {
		text = strings.ToValidUTF8(text[:maxSummary], "") + "\n\n… (cut off)\n"
	}
	_, err := io.WriteString(w, text)
	return err
}

func heading(r Report) string {
	what := r.Module
	if r.Tag != "" {
		what += " " + r.Tag
	}
	outcome := ""
	switch {
	case r.Err != nil:
		outcome = ": failed"
	case r.Command != "plan" && !r.Changed() && len(r.Writes) > 0:
		outcome = ": everything was there"
	}
	title := strings.Join(strings.Fields("modship "+r.Command+" "+inline(what)), " ")
	return "## " + title + outcome + "\n\n"
}

func failure(r Report) string {
	if r.Err == nil {
		return ""
	}
	text := "```\n" + strings.ReplaceAll(r.Err.Error(), "```", "` ` `") + "\n```\n\n"
	if r.Hint != "" {
		text += inline(r.Hint) + "\n\n"
	}
	return text
}

func writes(r Report) string {
	if len(r.Writes) == 0 {
		return ""
	}
	var channels []string
	var b strings.Builder
	b.WriteString("| reference | digest | |\n|---|---|---|\n")
	for _, w := range r.Writes {
		did := w.Action
		if w.Reason != "" {
			did += ": " + w.Reason
		}
		if r.Err != nil && !w.Done && r.Command != "plan" {
			did = "not done (" + did + ")"
		} else if w.Channel != "" {
			channels = append(channels, w.Channel)
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", code(w.Ref), code(w.Digest), cell(did))
	}
	b.WriteString("\n")
	if len(channels) > 0 {
		fmt.Fprintf(&b, "Release channels: %s\n\n", strings.Join(channels, ", "))
	}
	return b.String()
}

func findings(list []Finding) string {
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("### Findings\n\n| | rule | where | what |\n|---|---|---|---|\n")
	for _, f := range list {
		where := f.Where
		if f.Line > 0 {
			where = fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		what := cell(f.Message)
		if f.Fix != "" {
			what += "<br>" + cell(f.Fix)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", f.Level, cell(f.Title), code(where), what)
	}
	return b.String() + "\n"
}

// images lists what was rebuilt, and folds what was reused.
func images(list []Image) string {
	var rebuilt, reused strings.Builder
	built, kept := 0, 0
	for _, img := range list {
		if img.Rebuilt {
			built++
			fmt.Fprintf(&rebuilt, "| %s | %s | %s |\n", code(img.Name), took(img.Seconds), cell(img.Reason))
			continue
		}
		kept++
		fmt.Fprintf(&reused, "| %s | %s |\n", code(img.Name), code(img.Digest))
	}
	if built+kept == 0 {
		return ""
	}
	text := fmt.Sprintf("### Images: %d rebuilt, %d reused\n\n", built, kept)
	if built > 0 {
		text += "| rebuilt | time | why |\n|---|---|---|\n" + rebuilt.String() + "\n"
	}
	if kept > 0 {
		text += "<details><summary>Reused images: they were in the registry for these inputs</summary>\n\n| image | digest |\n|---|---|\n" +
			reused.String() + "\n</details>\n\n"
	}
	return text
}

// took is empty for an image that is only planned.
func took(seconds float64) string {
	if seconds == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f s", seconds)
}

var (
	cellEscaper   = strings.NewReplacer("\r", "", "\n", "<br>", "|", "\\|", "<", "&lt;", ">", "&gt;")
	inlineEscaper = strings.NewReplacer("\r", "", "\n", " ", "<", "&lt;", ">", "&gt;")
	codeEscaper   = strings.NewReplacer("\r", "", "\n", " ", "|", "\\|", "`", "'")
)

// cell makes text fit into a table, inline into a line.
func cell(text string) string   { return cellEscaper.Replace(text) }
func inline(text string) string { return inlineEscaper.Replace(text) }

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + codeEscaper.Replace(text) + "`"
}
