// Package e2e runs the program against real registries and real builds: the
// main job, parity with werf's command line and with the reference pipeline,
// and what happens when something is missing or breaks.
//
// The scripts in testdata/script call modship and werf as commands; both are
// this test binary under another name. Tests that need something a machine may
// lack (root, newuidmap, docker-registry) are skipped there and say so; with
// CI=true they fail instead. `go test -short` skips everything that builds.
//
// TestGraph compares modship's graph with werf's for any clone of a module too:
// MODSHIP_E2E_CHECKOUT names it.
package e2e
