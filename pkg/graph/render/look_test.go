package render

import (
	"math"
	"regexp"
	"strconv"
	"testing"
)

// luminance is the relative luminance of a colour (#rrggbb) as WCAG 2.2 defines
// it.
func luminance(t *testing.T, color string) float64 {
	t.Helper()
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(color[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func contrast(t *testing.T, a, b string) float64 {
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func TestTextsCanBeRead(t *testing.T) {
	for key, l := range looks {
		if c := contrast(t, remarkColor, l.fill); c < 4.5 {
			t.Errorf("remarks on %s: contrast %.2f", key, c)
		}
	}
	if c := contrast(t, lineColor, "#ffffff"); c < 3 {
		t.Errorf("lines: contrast %.2f", c)
	}
	// Texts of pages stand on white or on #fafbfc.
	for _, file := range []string{"page.css", "graph.css", "timeline.css"} {
		for _, rule := range regexp.MustCompile(`[{;]\s*color:\s*(#[0-9a-f]{6})([^}]*)`).FindAllStringSubmatch(asset(file), -1) {
			if c := contrast(t, rule[1], "#fafbfc"); c < 4.5 {
				t.Errorf("%s: %s has contrast %.2f", file, rule[0], c)
			}
		}
	}
	// Names of tasks stand on the bars of a timeline: dark unless a rule says white.
	for _, bar := range regexp.MustCompile(`(\.[a-z., ]+) \{ (color: #fff; )?background: (#[0-9a-f]{6})`).FindAllStringSubmatch(asset("timeline.css"), -1) {
		text := "#102027"
		if bar[2] != "" {
			text = "#ffffff"
		}
		if c := contrast(t, text, bar[3]); c < 4.5 {
			t.Errorf("timeline %s: contrast %.2f", bar[1], c)
		}
	}
}
