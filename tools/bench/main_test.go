package main

import (
	"bytes"
	"io"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 3 && os.Args[1] == launch {
		os.Exit(launchMain(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// TestCall: what a command takes is its own, not what the bench has in memory.
func TestCall(t *testing.T) {
	r, err := newRig(rigOptions{Runs: 1, Log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	ballast := bytes.Repeat([]byte{1}, 200<<20)
	used, err := r.call(t.Context(), "/bin/sh", t.TempDir(), nil, []string{"-c", "exit 0"})
	if err != nil {
		t.Fatal(err)
	}
	if used.Megabytes <= 0 || used.Megabytes > 100 {
		t.Errorf("a shell that does nothing takes %.0f MB beside a bench of %d MB", used.Megabytes, len(ballast)>>20)
	}
	runtime.KeepAlive(ballast)
	if _, err := r.call(t.Context(), "/bin/sh", t.TempDir(), nil, []string{"-c", "echo why >&2; exit 3"}); err == nil || !strings.Contains(err.Error(), "why") {
		t.Errorf("error %v, want what the command wrote", err)
	}
}

// TestQuick runs the cases that need neither root nor a compiled program, in
// tiny sizes: every side does its work, whatever time it takes.
func TestQuick(t *testing.T) {
	var out, log bytes.Buffer
	if err := bench(t.Context(), []string{"--quick", "scheduler", "makespan", "shards", "publish"}, &out, &log); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	for _, want := range []string{"## scheduler", "## makespan", "## shards", "| copy, requests |"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the page lacks %q:\n%s", want, out.String())
		}
	}
}

func TestUnknownCase(t *testing.T) {
	var out bytes.Buffer
	if err := bench(t.Context(), []string{"none"}, &out, &out); err == nil || !strings.Contains(err.Error(), `"none"`) {
		t.Errorf("error %v, want one that names the case", err)
	}
}

func TestRow(t *testing.T) {
	for _, test := range []struct {
		row     row
		result  float64
		verdict string
	}{
		{row{ours: []float64{3, 1, 2}, theirs: []float64{4, 4, 9}, target: 0.5}, 0.5, "≤ 0.5: met"},
		{row{ours: []float64{1, 2}, target: 1}, 1.5, "≤ 1: **missed**"},
		{row{ours: []float64{1}, theirs: []float64{2}}, 0.5, ""},
	} {
		if got := test.row.result(); math.Abs(got-test.result) > 1e-9 || test.row.verdict() != test.verdict {
			t.Errorf("%+v: %v, %q, want %v, %q", test.row, got, test.row.verdict(), test.result, test.verdict)
		}
	}
}

// TestShapes checks the number of images and imports that a case says it
// measures.
func TestShapes(t *testing.T) {
	for _, tc := range []struct {
		shape           shape
		images, imports int
	}{{componentsShape(60), 60, 39}, {catalogueShape(1000), 1000, 0}, {largeShape(1284), 1284, 2546}} {
		images, imports := strings.Count(tc.shape.werf, "\nimage: "), strings.Count(tc.shape.werf, "image: ")-strings.Count(tc.shape.werf, "\nimage: ")
		imports -= strings.Count(tc.shape.werf, "MODULE_IMAGE_DIGEST_") // dependencies
		if images != tc.images || imports != tc.imports {
			t.Errorf("%s: %d images, %d imports, want %d and %d", tc.shape.name, images, imports, tc.images, tc.imports)
		}
	}
}

// TestModules checks what the generated modules are made of: the number of
// images is what a case says it measures.
func TestModules(t *testing.T) {
	for name, make := range map[string]func(int) (string, []string){"sixty": sixtyModule, "catalogue": catalogueModule} {
		for _, n := range []int{8, 60, 1060} {
			werf, images := make(n)
			if len(images) != n || strings.Count(werf, "\nimage: ") != n {
				t.Errorf("%s(%d) has %d images and %d sections", name, n, len(images), strings.Count(werf, "\nimage: "))
			}
		}
	}
}
