package e2e

// shapes are the modules of this repository and what they need. Images counts
// those that are built by default: the final ones and what they need.
var shapes = []shape{
	{name: "echo", images: 8},
	{name: "old-artifact", env: []string{"CI_COMMIT_REF_NAME=v0.1.0"}, images: 7},
	{name: "catalog", images: 9},
	{name: "prepare-bundle", env: []string{"CI_JOB_TOKEN=token"}, images: 7},
	{name: "inlined", images: 13},
	{name: "minimal", images: 3},
	{name: "editions", env: []string{"WERF_ENV=EE"}, images: 6},
	{name: "chains", env: []string{"CHAINS_UNIT_MS=50"}, images: 13},
	{name: "dockerfile-staged", images: 8},
}

func shapeNamed(name string) shape {
	for _, s := range shapes {
		if s.name == name {
			return s
		}
	}
	panic("no shape " + name)
}
