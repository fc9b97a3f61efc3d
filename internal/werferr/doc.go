// Package werferr says what errors of werf, Buildah and Docker mean for the
// user. Their errors are text: [Config] explains those of reading werf.yaml,
// [Building] those of a build. Each is one table of patterns; a new error gets
// a row.
package werferr
