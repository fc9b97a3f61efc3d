package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/ci"
	"github.com/modship/modship/internal/lint"
	"github.com/modship/modship/internal/pipeline"
	"github.com/modship/modship/internal/progress"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/graph"
	"github.com/modship/modship/pkg/graph/render"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
)

// report notes the outcome of a command for the CI system, which is told when
// the command has ended.
func (s *streams) report(r ci.Report) {
	if s.CI != nil {
		s.outcome = r
	}
}

// tellCI tells the CI system how the command ended. A failure to do so fails
// the command: later steps of the pipeline rely on what it writes.
func (s *streams) tellCI(command string, err error) error {
	if s.CI == nil || !s.CI.Enabled() || s.outcome.Command == "" && err == nil {
		return err
	}
	var quiet *silentError
	if err != nil && !errors.As(err, &quiet) {
		s.outcome.Err, s.outcome.Hint = err, judge(err).hint
	}
	s.outcome.Command = cmp.Or(s.outcome.Command, command)
	return errors.Join(err, s.CI.Report(s.outcome))
}

// ciReport returns the outcome of a run of the pipeline for CI systems.
func ciReport(command, dir string, result *pipeline.Result) ci.Report {
	r := ci.Report{Command: command, Dir: dir}
	if result == nil {
		return r
	}
	r.Module, r.Tag, r.Repository = result.Repository.Name, result.Tag, result.Repository.String()
	r.Writes = ciWrites(result.Repository, result.Tag, result.Writes)
	r.Findings = append(ciFindings(result.Violations), ciChartFindings(result.Findings)...)
	if result.Config != nil {
		var b strings.Builder
		if size, err := render.Mermaid(&b, result.Config.Graph.Published()); err == nil && !size.TooLarge() {
			r.Graph = b.String()
		}
	}
	if result.Build != nil {
		for _, img := range result.Build.Images {
			r.Images = append(r.Images, ci.Image{
				Name: img.Name, Ref: img.Ref, Digest: img.Digest, Rebuilt: img.Rebuilt, Final: img.Final,
				Seconds: img.Seconds, Reason: img.Reason,
			})
		}
		r.Spans = ciSpans(result.Build)
	}
	return r
}

// ciPlan returns a plan for CI systems: what would be rebuilt, written and refused.
func ciPlan(s *settings.Settings, plan *pipeline.PlanResult) ci.Report {
	repository, err := s.Repository()
	if err != nil {
		return ci.Report{Command: "plan"} // the plan was made of a valid one
	}
	r := ciReport("plan", s.Dir.Value, &pipeline.Result{
		Repository: repository, Tag: s.Tag.Value, Writes: plan.Writes, Violations: plan.Violations, Findings: plan.Findings,
	})
	for _, img := range plan.Images {
		reason := img.Reason
		if img.Stage != "" {
			reason = "at stage " + img.Stage + ": " + reason
		}
		r.Images = append(r.Images, ci.Image{Name: img.Name, Digest: img.Digest, Final: img.Final, Rebuilt: img.Action != build.Reuse, Reason: reason})
	}
	return r
}

func ciWrites(repository module.Repository, tag string, writes []publish.Write) []ci.Write {
	var list []ci.Write
	for _, w := range writes {
		made := ci.Write{Ref: w.Ref, Digest: w.Desired, Action: string(w.Action), Reason: w.Reason, Done: w.Done}
		switch w.Ref {
		case repository.Bundle(tag):
			made.Role = ci.Bundle
		case repository.Release(tag):
			made.Role = ci.Release
		}
		if name, ok := strings.CutPrefix(w.Ref, repository.ReleaseRepo()+":"); ok {
			if _, err := module.ParseChannel(name); err == nil {
				made.Channel = name
			}
		}
		list = append(list, made)
	}
	return list
}

func ciFindings(violations []contract.Violation) []ci.Finding {
	var list []ci.Finding
	for _, v := range violations {
		f := ci.Finding{Title: fmt.Sprintf("rule %d", v.Rule), Message: v.Message, Fix: v.Fix, Where: v.Artifact, File: v.Artifact, Level: ci.Error}
		if v.Severity != contract.Error {
			f.Level = ci.Warning
		}
		if v.Waived {
			f.Level, f.Title, f.Fix = ci.Notice, f.Title+", waived", ""
		}
		if file, line := ci.PositionIn(v.Message); file == v.Artifact {
			f.Line = line
		}
		list = append(list, f)
	}
	return list
}

func ciChartFindings(findings []lint.Finding) []ci.Finding {
	var list []ci.Finding
	for _, f := range findings {
		found := ci.Finding{Title: f.Check, Message: f.Message, Fix: f.Fix, Where: f.Artifact, File: f.File, Line: f.Line, Level: ci.Error}
		switch {
		case f.Waived:
			found.Level, found.Title, found.Fix = ci.Notice, f.Check+", waived", ""
		case f.Severity == lint.Warning:
			found.Level = ci.Warning
		}
		list = append(list, found)
	}
	return list
}

// ciSpans returns when the images were built. Those that took no time were
// reused and are left out.
func ciSpans(result *build.Result) []ci.Span {
	if result.Run == nil {
		return nil
	}
	critical := map[string]bool{}
	if analysis, err := result.Analyze(); err == nil {
		for _, step := range analysis.Path {
			critical[step.ID] = true
		}
	}
	reused := result.Reused()
	var list []ci.Span
	for _, span := range result.Run.Spans {
		if reused[span.ID] {
			continue
		}
		since := func(t time.Time) float64 { return t.Sub(result.Run.Started).Seconds() }
		list = append(list, ci.Span{
			Name: strings.TrimPrefix(span.ID, string(graph.Image)+":"), Start: since(span.Start), End: since(span.End),
			Critical: critical[span.ID], Failed: span.Err != nil,
		})
	}
	return list
}

// fold returns how the CI system folds logs. Without --progress the display is
// the one that suits it best; a user who asks for plain lines gets plain lines.
func (s *streams) fold(kind string) progress.Fold {
	if s.CI == nil || kind != progress.Auto {
		return nil
	}
	return progress.Fold(s.CI.Fold())
}
