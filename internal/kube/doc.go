// Package kube knows the built-in kinds of Kubernetes, by version: which fields
// they have, of which types, and which API versions are gone. The knowledge is
// schema.json.gz, made by internal/kube/gen from Kubernetes' own OpenAPI
// documents. Nothing is asked of a cluster.
package kube
