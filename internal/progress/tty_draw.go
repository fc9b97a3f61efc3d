package progress

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/modship/modship/pkg/schedule"
)

// The assumed size of a terminal that does not report its own.
const (
	usualWidth  = 80
	usualHeight = 24
)

// draw replaces the live lines on the screen by those that lines returns, and prints
// the pending text above them. It is one write: the cursor goes up to
// the first live line, and each line is overwritten and then cleared to its end,
// so nothing is blank in between and nothing flickers.
func (t *tty) draw(lines func(width, height int, now time.Time) []string) {
	width, height := t.opts.Size()
	if width <= 0 {
		width = usualWidth
	}
	if height <= 0 {
		height = usualHeight
	}
	live := lines(width, height, time.Now())
	if len(live) == 0 && len(t.drawn) == 0 && t.above.Len() == 0 {
		return
	}
	var out bytes.Buffer
	if rows := t.rows(width); rows > 0 {
		fmt.Fprintf(&out, "\x1b[%dA", min(rows, height-1))
	}
	out.WriteString("\r")
	if width != t.width {
		out.WriteString("\x1b[J") // terminals remember which rows they wrapped
		t.width = width
	}
	out.WriteString(strings.ReplaceAll(t.above.String(), "\n", "\x1b[K\n"))
	t.above.Reset()
	t.drawn = t.drawn[:0]
	for _, line := range live {
		// One column is left free: a full line makes some terminals wrap.
		line, columns := fit(line, width-1)
		t.drawn = append(t.drawn, columns)
		out.WriteString(line + "\x1b[K\n")
	}
	out.WriteString("\x1b[J")
	_, _ = t.w.Write(out.Bytes())
}

// rows is how many rows the live lines take on the screen: one each, and more
// where the terminal was made narrower since and has wrapped them.
func (t *tty) rows(width int) int {
	rows := 0
	for _, columns := range t.drawn {
		rows += max(1, (columns+width-1)/width)
	}
	return rows
}

// live returns the lines for a screen of that size: fewer than it has rows.
func (t *tty) live(_, height int, now time.Time) []string {
	total, _ := t.tally.total()
	room := height - 2 // one for the totals, one for the cursor
	if total == 0 || room < 0 {
		return nil
	}
	running := t.tally.running()
	hidden := 0
	if len(running) > room {
		hidden = len(running) - max(0, room-1)
		running = running[:len(running)-hidden]
	}
	lines := []string{t.totals(now)}
	names := 0
	for _, this := range running {
		names = max(names, runewidth.StringWidth(this.name))
	}
	for _, this := range running {
		lines = append(lines, t.taskLine(this, min(names, 40), now))
	}
	if hidden > 0 && room > 0 {
		lines = append(lines, t.style.paint(dim, fmt.Sprintf("  and %d more", hidden)))
	}
	return lines
}

func (t *tty) taskLine(this *task, names int, now time.Time) string {
	line := fmt.Sprintf("  %s %5s", runewidth.FillRight(this.name, names), schedule.FormatDuration(now.Sub(this.since)))
	if len(this.log) > 0 {
		line += "  " + t.style.paint(dim, this.log[len(this.log)-1])
	}
	return line
}

// totals returns the line with the progress of the run.
func (t *tty) totals(now time.Time) string {
	total, done := t.tally.total()
	parts := []string{t.style.paint(bold, fmt.Sprintf("%d of %d", done, total))}
	for _, s := range []struct {
		state schedule.State
		color string
	}{{schedule.Running, ""}, {schedule.Queued, ""}, {schedule.Reused, ""}, {schedule.Built, green}, {schedule.Failed, red}, {schedule.Canceled, red}} {
		if n := t.tally.counts[s.state]; n > 0 {
			parts = append(parts, t.style.paint(s.color, fmt.Sprintf("%d %s", n, s.state)))
		}
	}
	parts = append(parts, schedule.FormatDuration(now.Sub(t.tally.began)))
	if left := t.timeLeft(now); left != "" && done < total && !t.closed {
		parts = append(parts, left)
	}
	return strings.Join(parts, " · ")
}

// timeLeft estimates once a second and when a task has ended: a number that
// changes with every frame cannot be read.
func (t *tty) timeLeft(now time.Time) string {
	if now.Sub(t.leftAt) < time.Second {
		return t.left
	}
	t.leftAt, t.left = now, ""
	if left, ok := t.tally.left(now); ok {
		t.left = "about " + schedule.FormatDuration(left.Round(time.Second)) + " left"
	}
	return t.left
}
