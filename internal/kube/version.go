package kube

import (
	"strconv"
	"strings"
)

// Compare compares the minor versions of two versions such as 1.31 and v1.31.4.
func Compare(a, b string) int { return minorOf(a) - minorOf(b) }

func minorOf(version string) int {
	parts := strings.Split(strings.TrimPrefix(version, "v"), ".")
	if len(parts) < 2 {
		return 0
	}
	minor, _ := strconv.Atoi(strings.TrimRight(parts[1], "+"))
	return minor
}
