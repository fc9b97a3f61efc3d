package werfcfg

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/werf/werf/v2/pkg/config"

	"github.com/modship/modship/pkg/graph"
)

// addDockerfile adds a Dockerfile image and what it needs: the dependencies
// that werf knows, and the bases and context files that only the Dockerfile
// tells.
func (b *builder) addDockerfile(ctx context.Context, node graph.Node, image *config.ImageFromDockerfile) {
	file := path.Join(image.Context, firstOf(image.Dockerfile, "Dockerfile"))
	d, err := b.readDockerfile(ctx, file, image)
	if err != nil {
		id := b.AddNode(node)
		b.addDependencies(id, image.Dependencies)
		b.problem("dockerfile", file, image.Name, fmt.Sprintf("image %s: %s: %v", image.Name, file, err),
			"Commit the Dockerfile, or correct context and dockerfile in werf.yaml.")
		return
	}
	b.config.dockerfiles[image.Name] = d.text
	id := b.AddNode(node)
	b.addDependencies(id, image.Dependencies)
	if len(d.files) > 0 {
		// A context is below the project directory, paths are the repository's.
		for i, file := range d.files {
			d.files[i] = b.config.inRepository(file)
		}
		b.config.contextFiles[image.Name] = d.files
		b.AddEdge(b.AddNode(graph.Node{Kind: graph.File, Name: contextName(file, image.Target), Paths: d.files}), id, graph.Context)
	}
	for _, s := range d.sources {
		if s.unresolved != "" {
			b.problem(problemNoBase, file, image.Name,
				fmt.Sprintf("image %s: FROM %s in %s names nothing: the argument has no value", image.Name, s.unresolved, file),
				"Give the argument a default in the Dockerfile, or a value in args of werf.yaml.")
			continue
		}
		b.AddEdge(b.addBase(s.ref), id, s.kind)
	}
}

// contextName tells the context files of two images with one context apart.
func contextName(file, target string) string {
	if target == "" {
		return file
	}
	return file + ":" + target
}

func (b *builder) readDockerfile(ctx context.Context, file string, image *config.ImageFromDockerfile) (*dockerfile, error) {
	data, err := b.config.Giterminism.FileManager.ReadDockerfile(ctx, file)
	if err != nil {
		return nil, err
	}
	return parseDockerfile(data, image)
}

func (b *builder) problem(code, file, image, message, hint string) {
	b.problems = append(b.problems, graph.Problem{Code: code, File: file, Image: image, Message: message, Hint: hint})
}

// problemNoBase is the code of the problem that a FROM names nothing.
const problemNoBase = "dockerfile-base"

// source is an image that a Dockerfile takes from a registry.
type source struct {
	ref        string
	kind       graph.EdgeKind
	unresolved string // the text of a FROM that no argument resolves
}

// dockerfile is what the target of an image needs of its Dockerfile.
type dockerfile struct {
	text    string   // the instructions, without comments and white space
	sources []source // external images, by FROM and by COPY --from
	files   []string // paths or globs of the repository that ADD and COPY take
}

// parseDockerfile reads the stages that the target of image needs.
func parseDockerfile(data []byte, image *config.ImageFromDockerfile) (*dockerfile, error) {
	parsed, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	stages, metaArgs, err := instructions.Parse(parsed.AST)
	if err != nil {
		return nil, err
	}
	d := &dockerfile{text: parsed.AST.Dump()}
	if len(stages) == 0 {
		return d, nil
	}
	w := &stageWalk{
		dockerfile: d, context: image.Context, stages: stages, seen: map[int]bool{},
		env: buildArgs(metaArgs, image), lex: shell.NewLex(parsed.EscapeToken),
	}
	target := len(stages) - 1
	if image.Target != "" {
		if i, ok := instructions.HasStage(stages, image.Target); ok {
			target = i
		}
	}
	w.visit(target)
	slices.Sort(d.files)
	d.files = slices.Compact(d.files)
	return d, nil
}

// ofDependency stands for the value of an argument that an image in
// dependencies gives: it is known only once that is built.
const ofDependency = "\x00"

// buildArgs are the values of ARG before the first FROM: defaults of the
// Dockerfile, then args of werf.yaml, then those of dependencies.
func buildArgs(metaArgs []instructions.ArgCommand, image *config.ImageFromDockerfile) []string {
	given := map[string]bool{}
	for _, d := range image.Dependencies {
		for _, imp := range d.Imports {
			given[imp.TargetBuildArg] = true
		}
	}
	env := []string{"TARGETOS=linux", "TARGETARCH=amd64", "TARGETPLATFORM=linux/amd64", "BUILDPLATFORM=linux/amd64"}
	for _, cmd := range metaArgs {
		for _, arg := range cmd.Args {
			if given[arg.Key] {
				env = append(env, arg.Key+"="+ofDependency)
			} else if v, ok := image.Args[arg.Key]; ok {
				env = append(env, fmt.Sprintf("%s=%v", arg.Key, v))
			} else if arg.Value != nil {
				env = append(env, arg.Key+"="+*arg.Value)
			}
		}
	}
	return env
}

type stageWalk struct {
	*dockerfile
	context string // of the build, a path in the repository
	stages  []instructions.Stage
	env     []string
	lex     *shell.Lex
	seen    map[int]bool
}

func (w *stageWalk) visit(i int) {
	if w.seen[i] {
		return
	}
	w.seen[i] = true
	w.use(w.stages[i].BaseName, i, graph.From)
	for _, cmd := range w.stages[i].Commands {
		switch c := cmd.(type) {
		case *instructions.CopyCommand:
			if c.From != "" {
				w.use(c.From, i, graph.CopyFrom)
			} else {
				w.addFiles(c.SourcePaths)
			}
		case *instructions.AddCommand:
			w.addFiles(c.SourcePaths)
		}
	}
}

// addFiles records files of the build context. A source with a variable could
// be any file.
func (w *stageWalk) addFiles(paths []string) {
	for _, p := range paths {
		switch {
		case strings.Contains(p, "://"):
		case strings.Contains(p, "$"):
			w.files = append(w.files, path.Join(w.context, "**"))
		default:
			w.files = append(w.files, path.Join(w.context, p))
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
	case strings.EqualFold(ref, "scratch"), strings.Contains(ref, ofDependency): // an edge leads to the dependency
	default:
		if i, ok := instructions.HasStage(w.stages[:before], ref); ok {
			w.visit(i)
			return
		}
		w.sources = append(w.sources, source{ref: ref, kind: kind})
	}
}
