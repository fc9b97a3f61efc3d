package scaffold

import (
	"io/fs"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// gitlabFile is the entry of a GitLab pipeline.
const gitlabFile = ".gitlab-ci.yml"

// gitlabJob is what matters of a job.
type gitlabJob struct {
	Extends      yaml.Node         `yaml:"extends"`
	Variables    map[string]string `yaml:"variables"`
	Script       yaml.Node         `yaml:"script"`
	BeforeScript yaml.Node         `yaml:"before_script"`
	Parallel     struct {
		Matrix []map[string]stringList `yaml:"matrix"`
	} `yaml:"parallel"`
}

// stringList is a list of texts, or one text.
type stringList []string

// UnmarshalYAML reads both forms.
func (l *stringList) UnmarshalYAML(n *yaml.Node) error {
	*l = texts(*n)
	return nil
}

// texts returns the scalars below a node.
func texts(n yaml.Node) []string {
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}
	}
	var list []string
	for _, below := range n.Content {
		list = append(list, texts(*below)...)
	}
	return list
}

// gitlab reads the pipeline and what it includes of the repository.
func (i *inspection) gitlab() error {
	g := &gitlabReader{inspection: i, variables: map[string]string{}, jobs: map[string]gitlabJob{}, seen: map[string]bool{}}
	if err := g.read(gitlabFile); err != nil {
		return err
	}
	if !g.seen[gitlabFile] {
		return nil
	}
	g.official()
	for _, name := range slices.Sorted(maps.Keys(g.jobs)) {
		g.job(g.jobs[name])
	}
	return nil
}

type gitlabReader struct {
	*inspection
	variables map[string]string
	jobs      map[string]gitlabJob
	seen      map[string]bool // files
	includes  string          // all of them, as text
}

// keywords are the keys of a pipeline that are not jobs.
var keywords = []string{"default", "include", "stages", "variables", "workflow", "spec", "cache", "image", "services", "before_script", "after_script"}

func (g *gitlabReader) read(file string) error {
	data, err := fs.ReadFile(g.files, file)
	if err != nil || g.seen[file] {
		return nil // an include that is not there is GitLab's to report
	}
	g.seen[file] = true
	var pipeline map[string]yaml.Node
	if err := yaml.Unmarshal(data, &pipeline); err != nil {
		g.note("%s cannot be read: %v", file, err)
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(pipeline)) {
		node := pipeline[key]
		switch {
		case key == "variables":
			maps.Copy(g.variables, gitlabVariables(node))
		case key == "include":
			for _, text := range texts(node) {
				g.includes += text + "\n"
				if local := strings.TrimPrefix(text, "/"); strings.HasSuffix(local, ".yml") || strings.HasSuffix(local, ".yaml") {
					if err := g.read(local); err != nil {
						return err
					}
				}
			}
		case slices.Contains(keywords, key):
		default:
			var job gitlabJob
			if node.Decode(&job) == nil {
				g.jobs[key] = job
			}
		}
	}
	return nil
}

// gitlabVariables reads variables, which may have a description.
func gitlabVariables(node yaml.Node) map[string]string {
	list := map[string]string{}
	var long map[string]struct {
		Value string `yaml:"value"`
	}
	var short map[string]yaml.Node
	if node.Decode(&short) != nil {
		return list
	}
	_ = node.Decode(&long) // keeps what it can
	for name, n := range short {
		if n.Kind == yaml.ScalarNode {
			list[name] = n.Value
		} else if l, ok := long[name]; ok {
			list[name] = l.Value
		}
	}
	return list
}

// official adds the files that the official Setup template fetches.
func (g *gitlabReader) official() {
	if !strings.Contains(g.includes, "modules-gitlab-ci") && !strings.Contains(g.includes, "Setup.gitlab-ci.yml") {
		return
	}
	if version := g.variables["BASE_IMAGES_VERSION"]; version != "" {
		g.addFile(File{URL: baseImagesURL(version), Path: "base_images.yml", From: gitlabFile})
		g.sets("BASE_IMAGES_VERSION", version, gitlabFile)
	}
	if version := g.variables["DECKHOUSE_LIB_HELM_VERSION"]; version != "" {
		const chart = "deckhouse_lib_helm-${DECKHOUSE_LIB_HELM_VERSION}"
		g.addFile(File{
			URL:  "https://github.com/deckhouse/lib-helm/releases/download/" + chart + "/" + chart + ".tgz",
			Path: "charts/" + chart + ".tgz", From: gitlabFile,
		})
		g.sets("DECKHOUSE_LIB_HELM_VERSION", version, gitlabFile)
	}
}

// baseImagesURL is where the official templates find the list of base images
// (modules-gitlab-ci, Setup.gitlab-ci.yml).
func baseImagesURL(version string) string {
	project := "deckhouse%2Fcontainer-base%2Fbase-images"
	if strings.HasPrefix(version, "v0") {
		project = "deckhouse%2Fbase-images"
	}
	return "https://fox.flant.com/api/v4/projects/" + project + "/packages/generic/base_images/${BASE_IMAGES_VERSION}/base_images.yml"
}

// job takes from a job what it says about builds and channels.
func (g *gitlabReader) job(job gitlabJob) {
	all := g.inherited(job, 0)
	script := strings.Join(append(texts(all.BeforeScript), texts(all.Script)...), "\n")
	extends := texts(all.Extends)
	builds := slices.Contains(extends, ".build") || strings.Contains(script, "werf build")
	if channel := all.Variables["RELEASE_CHANNEL"]; channel != "" {
		g.addChannels([]string{channel}, gitlabFile)
	}
	if !builds {
		return
	}
	for _, f := range downloads(script, gitlabFile) {
		g.addFile(f)
	}
	for _, matrix := range gitlabCombinations(all.Parallel.Matrix) {
		variables := maps.Clone(g.variables)
		maps.Copy(variables, all.Variables)
		maps.Copy(variables, matrix)
		s := &scope{variables: variables, opts: g.opts}
		own, sees := map[string]string{}, map[string]bool{}
		for _, name := range slices.Sorted(maps.Keys(variables)) {
			value := s.expand(reference(name))
			if ofProgram(name) {
				continue
			}
			g.sets(name, value, gitlabFile)
			sees[name] = true
			if _, common := g.variables[name]; !common {
				own[name] = value
			}
		}
		if name := s.expand(variables["MODULES_MODULE_NAME"]); g.found.Name.Value == "" {
			g.found.Name = Value{name, gitlabFile}
		}
		g.addTarget(Target{Source: strings.TrimRight(s.expand(variables["MODULES_MODULE_SOURCE"]), "/"), Environment: own, From: gitlabFile, ci: "gitlab", sees: sees})
	}
}

// inherited adds what a job takes from those that it extends, if they are in the
// repository.
func (g *gitlabReader) inherited(job gitlabJob, depth int) gitlabJob {
	variables := map[string]string{}
	for _, name := range texts(job.Extends) {
		parent, known := g.jobs[name]
		if !known || depth > 10 {
			continue
		}
		parent = g.inherited(parent, depth+1)
		maps.Copy(variables, parent.Variables)
		job.Extends.Content = append(job.Extends.Content, &parent.Extends)
		if job.Script.Kind == 0 {
			job.Script = parent.Script
		}
		if job.BeforeScript.Kind == 0 {
			job.BeforeScript = parent.BeforeScript
		}
	}
	maps.Copy(variables, job.Variables)
	job.Variables = variables
	return job
}

func gitlabCombinations(matrix []map[string]stringList) []map[string]string {
	var all []map[string]string
	for _, entry := range matrix {
		some := []map[string]string{{}}
		for _, name := range slices.Sorted(maps.Keys(entry)) {
			var next []map[string]string
			for _, value := range entry[name] {
				for _, c := range some {
					c = maps.Clone(c)
					c[name] = value
					next = append(next, c)
				}
			}
			some = next
		}
		all = append(all, some...)
	}
	if len(all) == 0 {
		return []map[string]string{{}}
	}
	return all
}
