package werfenv

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Done in a child: the test's own standard input stays.
func TestDetachInput(t *testing.T) {
	if os.Getenv("DETACH_INPUT_CHILD") != "" {
		if err := detachInput(); err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(os.Stdin)
		fmt.Printf("read %q, %v\n", data, err)
		return
	}
	child := exec.Command("/proc/self/exe", "-test.run", "^TestDetachInput$")
	child.Env = append(os.Environ(), "DETACH_INPUT_CHILD=1")
	child.Stdin = strings.NewReader("typed by the user")
	out, err := child.Output()
	if err != nil || !strings.Contains(string(out), `read "", <nil>`) {
		t.Errorf("%s, %v", out, err)
	}
}
