// Package logins is the one reading of registry logins: for the preflight, for
// werf, Buildah and Docker during the build, and for the publisher. [Read]
// collects what the environment and the files of Docker and Podman give,
// [Set.Find] answers for a repository, and [Set.Write] writes the one Docker
// configuration that all programs of a run use.
package logins
