package progress

import (
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/modship/modship/pkg/schedule"
)

// escapes are the ANSI sequences that programs put into their output.
var escapes = regexp.MustCompile(`\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\-_])`)

// clean makes a line of a log printable: it removes ANSI sequences and control
// characters, expands tabs, and of a line that overwrites itself with carriage
// returns it keeps the visible part.
func clean(line string) string {
	line = strings.TrimRight(escapes.ReplaceAllString(line, ""), "\r\n")
	if i := strings.LastIndexByte(line, '\r'); i >= 0 {
		line = line[i+1:]
	}
	line = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n':
			return ' '
		case unicode.IsControl(r) || r == unicode.ReplacementChar || unicode.Is(unicode.Cf, r):
			return -1
		default:
			return r
		}
	}, line)
	return strings.TrimRight(line, " ")
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// outcome describes the result of a task in a few words: "built in 12s".
func outcome(e schedule.Event) string {
	text := string(e.State)
	switch {
	case e.State == schedule.Built:
		text += " in " + schedule.FormatDuration(seconds(e.Seconds))
	case e.State == schedule.Failed:
		text += " after " + schedule.FormatDuration(seconds(e.Seconds))
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}
