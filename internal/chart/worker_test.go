package chart

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestMain lets the test's program be its own worker.
func TestMain(m *testing.M) {
	if IsWorker() {
		os.Exit(Work(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

func worker(t *testing.T) Engine {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Engine{Program: program}
}

// TestWorker renders the same in a process of its own as in this one.
func TestWorker(t *testing.T) {
	files := chartOf(map[string]string{
		"templates/t.yaml": "kind: A\nname: {{ .Values.csiNfs.name }}\nimage: " + image(`"a"`) + "\n",
		"templates/f.yaml": `{{ fail "no" }}`,
	})
	opts := []RenderOptions{{Name: "csi-nfs", Values: Values{Name: "given", Set: map[string]any{"csiNfs": map[string]any{"name": "x", "list": []any{1.5, true, nil}}}}}}
	here, err := Engine{}.Render(t.Context(), files, opts)
	if err != nil {
		t.Fatal(err)
	}
	there, err := worker(t).Render(t.Context(), files, opts)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{here[0].Values, here[0].Texts, here[0].Failures, here[0].Images}, []any{there[0].Values, there[0].Texts, there[0].Failures, there[0].Images}); diff != "" {
		t.Errorf("worker (-here +there):\n%s", diff)
	}
	if place := there[0].Place("templates/t.yaml", 2); place != (Place{File: "templates/t.yaml", Line: 2}) {
		t.Errorf("place %v", place)
	}
	result, err := worker(t).Images(t.Context(), files, Options{Name: "csi-nfs", Keys: []string{"a"}})
	if want := []Use{{"a", "templates/t.yaml"}}; err != nil || cmp.Diff(want, result.Uses) != "" {
		t.Errorf("images %v, %v", result.Uses, err)
	}
	if _, err := worker(t).Render(t.Context(), files, []RenderOptions{{Values: Values{Base: "x"}}}); err == nil || !strings.HasPrefix(err.Error(), `unknown values "x"`) {
		t.Errorf("unknown base: %v", err)
	}
}

// TestBounds renders templates that would take all memory, or for ever.
func TestBounds(t *testing.T) {
	for name, c := range map[string]struct{ template, want string }{
		// Asked for at once: a slow machine must not run out of time first.
		"memory": {`{{ repeat 2000000000 "x" }}`, errTooLarge.Error()},
		"time":   {`{{ $l := until 100000 }}{{ range $l }}{{ range $l }}{{ range $l }}{{ end }}{{ end }}{{ end }}`, errTooSlow.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "time" && testing.Short() {
				t.Skip("it takes " + maxTime.String())
			}
			t.Parallel()
			r, err := worker(t).Render(t.Context(), chartOf(map[string]string{"templates/t.yaml": c.template}), []RenderOptions{{Name: "csi-nfs"}})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]Failure{{Reason: c.want}}, r[0].Failures); diff != "" {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWorkerHasNoSecrets checks that templates see nothing of the environment.
func TestWorkerHasNoSecrets(t *testing.T) {
	t.Setenv("CHART_TEST_PASSWORD", "hunter2")
	files := chartOf(map[string]string{"templates/t.yaml": `{{ toYaml . }}{{ .Files.Get "/proc/self/environ" }}{{ lookup "v1" "Secret" "" "" | toYaml }}{{ getHostByName "localhost" }}`})
	for _, engine := range []Engine{{}, worker(t)} {
		r, err := engine.Render(t.Context(), files, []RenderOptions{{Name: "csi-nfs"}})
		if err != nil || len(r[0].Failures) > 0 {
			t.Fatal(err, r[0].Failures)
		}
		if strings.Contains(r[0].Texts["templates/t.yaml"], "hunter2") {
			t.Error("a template shows the environment")
		}
	}
	if r, _ := worker(t).Render(t.Context(), chartOf(map[string]string{"templates/t.yaml": `{{ env "CHART_TEST_PASSWORD" }}`}), []RenderOptions{{Name: "csi-nfs"}}); len(r[0].Failures) == 0 {
		t.Error("env is a function")
	}
}

// TestWorkerEnds checks that a worker ends with its caller, and that a program
// that is none is an error.
func TestWorkerEnds(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	files := chartOf(map[string]string{"templates/t.yaml": `{{ $l := until 100000 }}{{ range $l }}{{ range $l }}{{ end }}{{ end }}`})
	if _, err := worker(t).Render(ctx, files, []RenderOptions{{Name: "csi-nfs"}}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if _, err := (Engine{Program: "/bin/false"}).Render(t.Context(), files, []RenderOptions{{Name: "csi-nfs"}}); err == nil {
		t.Error("a program that is no worker is taken")
	}
}
