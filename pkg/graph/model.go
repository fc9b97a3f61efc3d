package graph

// NodeKind says what a node of the graph stands for.
type NodeKind string

// The node kinds, in the order in which pictures list them.
const (
	Base         NodeKind = "base"         // an image of another registry, by reference
	Git          NodeKind = "git"          // files of a repository: a local set of paths, or a remote
	File         NodeKind = "file"         // files of a Dockerfile's build context
	Image        NodeKind = "image"        // an image of the configuration
	Bundle       NodeKind = "bundle"       // the bundle, <source>/<name>:<tag>
	Release      NodeKind = "release"      // the release image, <source>/<name>/release:<tag>
	Registration NodeKind = "registration" // the registration tag, <source>:<name>
	Channel      NodeKind = "channel"      // a release channel, <source>/<name>/release:<channel>
	Workload     NodeKind = "workload"     // a Kubernetes object of the module's chart that runs images
)

// NodeKinds returns all node kinds, inputs first, published artifacts last.
func NodeKinds() []NodeKind {
	return []NodeKind{Base, Git, File, Image, Bundle, Release, Registration, Channel, Workload}
}

// IsInput reports whether a node of this kind comes from outside the
// configuration: nothing is built to get it.
func (k NodeKind) IsInput() bool { return k == Base || k == Git || k == File }

// IsArtifact reports whether a node of this kind is something a cluster looks
// for in the registry, rather than an image of the configuration.
func (k NodeKind) IsArtifact() bool {
	return k == Bundle || k == Release || k == Registration || k == Channel
}

// EdgeKind says how one node is used by another.
type EdgeKind string

// The edge kinds.
const (
	From       EdgeKind = "from"       // the image starts from it
	Import     EdgeKind = "import"     // files are imported from it
	Dependency EdgeKind = "dependency" // its name, tag or digest becomes an argument
	CopyFrom   EdgeKind = "copy-from"  // COPY --from of a Dockerfile
	FromGit    EdgeKind = "git"        // files of a repository are added
	Context    EdgeKind = "context"    // files of the build context are used
	Digest     EdgeKind = "digest"     // its digest goes into images_digests.json
	Tag        EdgeKind = "tag"        // it is published under that name
	RunsIn     EdgeKind = "runs-in"    // a container of the workload runs it
)

// Builders of an image, the values of [Node.Builder].
const (
	Stapel     = "stapel"
	Dockerfile = "dockerfile"
)

// Node is one thing the module is made of.
type Node struct {
	ID        string   `json:"id"`                  // kind:name, see [ID]
	Kind      NodeKind `json:"kind"`                // what it stands for
	Name      string   `json:"name"`                // as in the configuration
	Final     bool     `json:"final"`               // werf's final: the image itself is wanted, not only as an input
	Builder   string   `json:"builder"`             // Stapel, Dockerfile, or "" for nodes that are not built
	Ref       string   `json:"ref"`                 // reference in a registry or address of a remote, when known
	Platforms []string `json:"platforms,omitempty"` // os/arch[/variant], when the configuration names them
	DigestKey string   `json:"digestKey,omitempty"` // key in images_digests.json
	Paths     []string `json:"paths,omitempty"`     // of a git or file node: slash-separated paths or globs in the repository; none = everything; "!" before a path leaves it out
	// Adds are the git entries of an image, in their order. In JSON they are on
	// the edges from the sources.
	Adds []GitEntry `json:"-"`
	// Key is the name that the module has for a base image, when known: a base is
	// named by its reference, and a reference with a digest tells nobody anything.
	Key string `json:"key,omitempty"`

	// Fingerprint stands for what the configuration says of the node besides
	// its edges (instructions, environment, versions): when it differs between
	// two graphs, the node is not the same. It is for [Affected] only; equal
	// fingerprints, or none, say nothing.
	Fingerprint string `json:"-"`
	// Frozen marks an image that takes files of this repository in when it is
	// built for another reason, and is not built anew when they change: werf's
	// artifacts, and images with disableGitAfterPatch. Watched, paths as in
	// Paths, are the files whose change is such a reason (stageDependencies).
	// They are for [Affected] only.
	Frozen  bool     `json:"-"`
	Watched []string `json:"-"`
}

// Edge says that To needs From.
type Edge struct {
	From string   `json:"from"` // id of the node that is needed
	To   string   `json:"to"`   // id of what needs it
	Kind EdgeKind `json:"kind"`
}

// ID returns the id of the node of that kind and name: "image:controller".
func ID(kind NodeKind, name string) string { return string(kind) + ":" + name }

// Problem is something wrong that can be seen before anything is built.
type Problem struct {
	Code    string `json:"code"`            // one of the Problem codes: stable, for scripts
	Message string `json:"message"`         // one sentence: what and where
	File    string `json:"file,omitempty"`  // path in the repository, when known
	Image   string `json:"image,omitempty"` // name of the image, when there is one
	Hint    string `json:"hint,omitempty"`  // what to do, one sentence
}
