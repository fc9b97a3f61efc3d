package progress

import (
	"strconv"
	"strings"
	"sync"
	"testing"
)

// screen is a small terminal: it understands what the tty display sends, wraps
// and scrolls, and fails the test on anything else.
type screen struct {
	mu            sync.Mutex
	t             *testing.T
	width, height int
	rows          [][]rune // of the screen, top to bottom
	scrolled      []string // what has left it
	row, col      int
	writes        int
}

func newScreen(t *testing.T, width, height int) *screen {
	s := &screen{t: t, width: width, height: height}
	for range height {
		s.rows = append(s.rows, nil)
	}
	return s
}

func (s *screen) size() (int, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.width, s.height
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	s.print(string(p))
	return len(p), nil
}

func (s *screen) print(text string) {
	for text != "" {
		if strings.HasPrefix(text, "\x1b[") {
			end := 2 + strings.IndexFunc(text[2:], func(r rune) bool { return r >= '@' })
			s.sequence(text[2:end], text[end])
			text = text[end+1:]
			continue
		}
		r := []rune(text)[0]
		text = text[len(string(r)):]
		s.put(r)
	}
}

func (s *screen) sequence(args string, verb byte) {
	switch verb {
	case 'A':
		n, err := strconv.Atoi(args)
		if err != nil {
			s.t.Errorf("cursor up by %q", args)
		}
		s.row = max(0, s.row-n)
	case 'K':
		s.rows[s.row] = s.rows[s.row][:min(s.col, len(s.rows[s.row]))]
	case 'J':
		s.sequence("", 'K')
		for i := s.row + 1; i < s.height; i++ {
			s.rows[i] = nil
		}
	case 'm':
	default:
		s.t.Errorf("unknown sequence %q", args+string(verb))
	}
}

func (s *screen) put(r rune) {
	switch r {
	case '\r':
		s.col = 0
	case '\n':
		s.col = 0
		s.down()
	default:
		if s.col == s.width {
			s.col = 0
			s.down()
		}
		for len(s.rows[s.row]) <= s.col {
			s.rows[s.row] = append(s.rows[s.row], ' ')
		}
		s.rows[s.row][s.col] = r
		s.col++
	}
}

func (s *screen) down() {
	if s.row++; s.row < s.height {
		return
	}
	s.scrolled = append(s.scrolled, string(s.rows[0]))
	s.rows = append(s.rows[1:], nil)
	s.row--
}

// text is everything a person can see by scrolling back.
func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := append([]string{}, s.scrolled...)
	for _, r := range s.rows {
		lines = append(lines, strings.TrimRight(string(r), " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// narrow makes the screen narrower, wrapping what is on it.
func (s *screen) narrow(width int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.rows[:s.row]
	s.width, s.rows, s.row, s.col = width, nil, 0, 0
	for range s.height {
		s.rows = append(s.rows, nil)
	}
	for _, r := range old {
		s.print(string(r) + "\n")
	}
}
