package helper

// Directory is where the program is while images are built: Buildah keeps its
// storage there in the namespaces of the build, and a helper process is told
// nothing by which it could find another place.
const Directory = "/var/lib/containers"

// Prefix is how the names of its files begin.
const Prefix = "modship-helper-"

// Path is the file that the helper program is executed from, empty if this
// binary has none. Its name tells one version of the program from another.
var Path = path()

// Compressed is the program, compressed with Zstandard.
func Compressed() string { return compressed }

func path() string {
	if compressed == "" {
		return ""
	}
	return Directory + "/" + Prefix + id
}
