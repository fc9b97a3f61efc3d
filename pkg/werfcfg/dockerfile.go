package werfcfg

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/werf/werf/v2/pkg/config"

	"github.com/modship/modship/pkg/graph"
)

// addDockerfile adds what a Dockerfile image needs: the dependencies that werf
// knows, and the bases and context files that only the Dockerfile tells.
func (b *builder) addDockerfile(ctx context.Context, id string, image *config.ImageFromDockerfile) {
	b.addDependencies(id, image.Dependencies)
	file := path.Join(image.Context, firstOf(image.Dockerfile, "Dockerfile"))
	paths := []string{path.Clean(image.Context)}
	if paths[0] == "." {
		paths = nil
	}
	b.AddEdge(b.AddNode(graph.Node{Kind: graph.File, Name: firstOf(image.Context, "."), Paths: paths}), id, graph.Context)

	data, err := b.config.Giterminism.FileManager.ReadDockerfile(ctx, file)
	if err != nil {
		b.problem("dockerfile", file, image.Name, fmt.Sprintf("image %s: %v", image.Name, err), "Commit the Dockerfile, or correct context and dockerfile in werf.yaml.")
		return
	}
	sources, err := dockerfileSources(data, image)
	if err != nil {
		b.problem("dockerfile", file, image.Name, fmt.Sprintf("image %s: %s: %v", image.Name, file, err), "")
		return
	}
	for _, s := range sources {
		if s.unresolved != "" {
			b.problem("dockerfile-base", file, image.Name,
				fmt.Sprintf("image %s: FROM %s in %s names nothing: no value is given for the argument", image.Name, s.unresolved, file),
				"Give the argument a default in the Dockerfile, or a value in args of werf.yaml.")
			continue
		}
		b.AddEdge(b.AddNode(graph.Node{Kind: graph.Base, Name: s.ref, Ref: s.ref}), id, s.kind)
	}
}

func (b *builder) problem(code, file, image, message, hint string) {
	b.problems = append(b.problems, graph.Problem{Code: code, File: file, Image: image, Message: message, Hint: hint})
}

// source is an image that a Dockerfile takes from a registry.
type source struct {
	ref        string
	kind       graph.EdgeKind
	unresolved string // the text of a FROM that no argument resolves
}

// dockerfileSources returns the external images of the stages that the target
// of image needs, by FROM and by COPY --from.
func dockerfileSources(data []byte, image *config.ImageFromDockerfile) ([]source, error) {
	parsed, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	stages, metaArgs, err := instructions.Parse(parsed.AST)
	if err != nil {
		return nil, err
	}
	if len(stages) == 0 {
		return nil, nil
	}
	w := &stageWalk{stages: stages, env: buildArgs(metaArgs, image), lex: shell.NewLex(parsed.EscapeToken), seen: map[int]bool{}}
	target := len(stages) - 1
	if image.Target != "" {
		if i, ok := instructions.HasStage(stages, image.Target); ok {
			target = i
		}
	}
	w.visit(target)
	return w.sources, nil
}

// buildArgs are the values of ARG before the first FROM: defaults of the
// Dockerfile, then args of werf.yaml. Arguments that come from dependencies
// are known only once those are built.
func buildArgs(metaArgs []instructions.ArgCommand, image *config.ImageFromDockerfile) []string {
	env := []string{"TARGETOS=linux", "TARGETARCH=amd64", "TARGETPLATFORM=linux/amd64", "BUILDPLATFORM=linux/amd64"}
	for _, cmd := range metaArgs {
		for _, arg := range cmd.Args {
			if v, ok := image.Args[arg.Key]; ok {
				env = append(env, fmt.Sprintf("%s=%v", arg.Key, v))
			} else if arg.Value != nil {
				env = append(env, arg.Key+"="+*arg.Value)
			}
		}
	}
	return env
}

type stageWalk struct {
	stages  []instructions.Stage
	env     []string
	lex     *shell.Lex
	seen    map[int]bool
	sources []source
}

func (w *stageWalk) visit(i int) {
	if w.seen[i] {
		return
	}
	w.seen[i] = true
	w.use(w.stages[i].BaseName, i, graph.From)
	for _, cmd := range w.stages[i].Commands {
		if c, ok := cmd.(*instructions.CopyCommand); ok && c.From != "" {
			w.use(c.From, i, graph.CopyFrom)
		}
	}
}

// use follows a name to an earlier stage, or records it as an external image.
func (w *stageWalk) use(name string, before int, kind graph.EdgeKind) {
	if i, ok := instructions.HasStage(w.stages[:before], name); ok {
		w.visit(i)
		return
	}
	ref, err := w.lex.ProcessWord(name, w.env)
	switch {
	case err != nil || ref == "":
		w.sources = append(w.sources, source{unresolved: name})
	case strings.EqualFold(ref, "scratch"):
	default:
		if i, ok := instructions.HasStage(w.stages[:before], ref); ok {
			w.visit(i)
			return
		}
		w.sources = append(w.sources, source{ref: ref, kind: kind})
	}
}
