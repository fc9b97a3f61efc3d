package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/spf13/pflag"
)

// sedCommand is one of s///, d and p with at most one address: a line number,
// $ or /pattern/.
type sedCommand struct {
	line        int // 0 = any
	last        bool
	address     *regexp.Regexp
	verb        byte
	re          *regexp.Regexp
	replacement string // in the form regexp.Expand reads
	global      bool
	print       bool
}

// sed edits lines; -i rewrites the files in place.
func sed(c *call) error {
	var scripts []string
	var quiet, extended, inPlace bool
	args, err := c.parse(func(f *pflag.FlagSet) {
		f.StringArrayVarP(&scripts, "expression", "e", nil, "")
		f.BoolVarP(&quiet, "quiet", "n", false, "")
		f.BoolVarP(&extended, "regexp-extended", "E", false, "")
		f.BoolVarP(&extended, "extended", "r", false, "")
		f.BoolVarP(&inPlace, "in-place", "i", false, "")
	})
	if err != nil {
		return err
	}
	if len(scripts) == 0 {
		if len(args) == 0 {
			return errOperand
		}
		scripts, args = args[:1], args[1:]
	}
	program, err := parseSed(scripts, extended)
	if err != nil {
		return err
	}
	if !inPlace {
		lines, err := c.lines(args)
		if err != nil {
			return err
		}
		return edit(c.stdout, lines, program, quiet)
	}
	return editFiles(args, program, quiet)
}

func editFiles(names []string, program []*sedCommand, quiet bool) error {
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		lines, err := (&call{}).lines([]string{name})
		if err != nil {
			return err
		}
		var out bytes.Buffer
		if err := edit(&out, lines, program, quiet); err != nil {
			return err
		}
		if err := os.WriteFile(name, out.Bytes(), info.Mode().Perm()); err != nil {
			return err
		}
	}
	return nil
}

func edit(w io.Writer, lines []string, program []*sedCommand, quiet bool) error {
	for i, line := range lines {
		deleted := false
		for _, command := range program {
			if !command.selects(line, i+1, len(lines)) {
				continue
			}
			var printed bool
			line, printed, deleted = command.apply(line)
			if printed {
				fmt.Fprintln(w, line)
			}
			if deleted {
				break
			}
		}
		if deleted || quiet {
			continue
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

func (s *sedCommand) selects(line string, at, total int) bool {
	switch {
	case s.address != nil:
		return s.address.MatchString(line)
	case s.last:
		return at == total
	}
	return s.line == 0 || s.line == at
}

func (s *sedCommand) apply(line string) (result string, printed, deleted bool) {
	switch s.verb {
	case 'd':
		return line, false, true
	case 'p':
		return line, true, false
	}
	matches := s.re.FindAllStringSubmatchIndex(line, -1)
	if len(matches) > 1 && !s.global {
		matches = matches[:1]
	}
	var out []byte
	end := 0
	for _, match := range matches {
		out = append(out, line[end:match[0]]...)
		out = s.re.ExpandString(out, s.replacement, line, match)
		end = match[1]
	}
	return string(out) + line[end:], s.print && len(matches) > 0, false
}
