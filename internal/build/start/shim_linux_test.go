//go:build linux && !cgo

package start

import "testing"

func TestTakeEnvIntIsSeenOnce(t *testing.T) {
	t.Setenv("START_TEST", "12")
	if v, set := takeEnvInt("START_TEST"); v != 12 || !set {
		t.Errorf("first: %d, %t", v, set)
	}
	if v, set := takeEnvInt("START_TEST"); v != 0 || set {
		t.Errorf("second: %d, %t", v, set)
	}
}
