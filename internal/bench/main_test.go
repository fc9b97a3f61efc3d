package main

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

// TestQuick runs the cases that need neither root nor a compiled program, in
// tiny sizes: every side does its work, whatever time it takes.
func TestQuick(t *testing.T) {
	var out, log bytes.Buffer
	if err := bench(t.Context(), []string{"--quick", "scheduler", "makespan", "publish"}, &out, &log); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	for _, want := range []string{"## scheduler", "## makespan", "| copy, requests |"} {
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
