package schedule

import (
	"fmt"
	"time"
)

// FormatDuration writes a duration for a person: 0.4s, 12s, 3m05s, 1h02m.
func FormatDuration(d time.Duration) string {
	switch {
	case d < 0:
		return "0s"
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Truncate(100*time.Millisecond).Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d/time.Second%60)
	default:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d/time.Minute%60)
	}
}
