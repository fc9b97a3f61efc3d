package werfenv

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// detachInput gives the process an empty standard input. With a terminal on all
// three standard streams Buildah runs each shell instruction on a pseudo
// terminal and puts the user's into raw mode, where the display is garbled; and
// an instruction that reads its input would behave otherwise than in CI.
func detachInput() error {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer null.Close()
	if err := unix.Dup3(int(null.Fd()), unix.Stdin, 0); err != nil {
		return fmt.Errorf("detach standard input: %w", err)
	}
	return nil
}
