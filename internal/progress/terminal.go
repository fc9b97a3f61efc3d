package progress

import (
	"io"

	"golang.org/x/term"
)

// descriptor is what files have, and what terminals are asked through.
type descriptor interface{ Fd() uintptr }

func isTerminal(w io.Writer) bool {
	f, ok := w.(descriptor)
	return ok && term.IsTerminal(int(f.Fd()))
}

// terminalSize returns columns and rows, 0 if the writer is not a terminal.
func terminalSize(w io.Writer) (width, height int) {
	f, ok := w.(descriptor)
	if !ok {
		return 0, 0
	}
	width, height, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0, 0
	}
	return width, height
}
