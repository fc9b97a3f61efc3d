package graph

// GitEntry is one entry below git of an image: what it adds from a source, and
// the files that stages watch.
type GitEntry struct {
	Source       string   `json:"-"`   // id of the git node
	Add          string   `json:"add"` // path in the repository
	To           string   `json:"to"`  // path in the image
	IncludePaths []string `json:"includePaths,omitempty"`
	ExcludePaths []string `json:"excludePaths,omitempty"`
	// StageDependencies are globs below Add, by the stage that is built anew
	// when what they match changes: install, beforeSetup, setup.
	StageDependencies map[string][]string `json:"stageDependencies,omitempty"`
}
