package pipeline

import "testing"

func TestRepositoryOf(t *testing.T) {
	for ref, want := range map[string]string{
		"alpine:3":                      "docker.io/alpine",
		"library/alpine@sha256:0":       "docker.io/library/alpine",
		"r.example:5000/base/x:1":       "r.example:5000/base/x",
		"r.example:5000/base/x:1@sha:0": "r.example:5000/base/x",
		"localhost/x":                   "localhost/x",
		"[::1]:5000/x":                  "[::1]:5000/x",
	} {
		if got := repositoryOf(ref); got != want {
			t.Errorf("%s: got %s, want %s", ref, got, want)
		}
	}
}
