package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

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

func parseSed(scripts []string, extended bool) ([]*sedCommand, error) {
	var program []*sedCommand
	for _, script := range scripts {
		for rest := strings.TrimLeft(script, " ;\n"); rest != ""; rest = strings.TrimLeft(rest, " ;\n") {
			command := &sedCommand{}
			after, err := command.parse(rest, extended)
			if err != nil {
				return nil, fmt.Errorf("script %q: %w", script, err)
			}
			program = append(program, command)
			rest = after
		}
	}
	return program, nil
}

func (s *sedCommand) parse(text string, extended bool) (rest string, err error) {
	if text, err = s.parseAddress(text, extended); err != nil {
		return "", err
	}
	text = strings.TrimLeft(text, " ")
	if text == "" {
		return "", fmt.Errorf("a command is missing")
	}
	s.verb = text[0]
	switch s.verb {
	case 'd', 'p':
		return text[1:], nil
	case 's':
		return s.parseSubstitution(text[1:], extended)
	}
	return "", fmt.Errorf("command %q is not supported", s.verb)
}

func (s *sedCommand) parseAddress(text string, extended bool) (rest string, err error) {
	switch {
	case text[0] == '$':
		s.last = true
		return text[1:], nil
	case text[0] == '/':
		pattern, rest, err := delimited(text[1:], '/')
		if err != nil {
			return "", err
		}
		s.address, err = compile(pattern, extended, false)
		return rest, err
	}
	digits := text[:len(text)-len(strings.TrimLeft(text, "0123456789"))]
	if digits == "" {
		return text, nil
	}
	s.line, err = strconv.Atoi(digits)
	return text[len(digits):], err
}

func (s *sedCommand) parseSubstitution(text string, extended bool) (rest string, err error) {
	if text == "" {
		return "", fmt.Errorf("s needs a delimiter")
	}
	delimiter := text[0]
	pattern, text, err := delimited(text[1:], delimiter)
	if err != nil {
		return "", err
	}
	replacement, text, err := delimited(text, delimiter)
	if err != nil {
		return "", err
	}
	ignoreCase := false
	for ; text != "" && strings.ContainsRune("gpiI", rune(text[0])); text = text[1:] {
		switch text[0] {
		case 'g':
			s.global = true
		case 'p':
			s.print = true
		default:
			ignoreCase = true
		}
	}
	s.replacement = expandable(replacement)
	s.re, err = compile(pattern, extended, ignoreCase)
	return text, err
}

// delimited cuts at the next unescaped delimiter and unescapes it before it.
func delimited(text string, delimiter byte) (part, rest string, err error) {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			if text[i+1] != delimiter {
				out.WriteByte('\\')
			}
			i++
			out.WriteByte(text[i])
		case text[i] == delimiter:
			return out.String(), text[i+1:], nil
		default:
			out.WriteByte(text[i])
		}
	}
	return "", "", fmt.Errorf("%q is not closed by %q", text, delimiter)
}

// expandable turns sed's & and \1 into regexp's ${0} and ${1}.
func expandable(replacement string) string {
	var out strings.Builder
	for i := 0; i < len(replacement); i++ {
		switch char := replacement[i]; {
		case char == '$':
			out.WriteString("$$")
		case char == '&':
			out.WriteString("${0}")
		case char == '\\' && i+1 < len(replacement):
			i++
			switch next := replacement[i]; {
			case next >= '0' && next <= '9':
				out.WriteString("${" + string(next) + "}")
			case next == 'n':
				out.WriteByte('\n')
			default:
				out.WriteByte(next)
			}
		default:
			out.WriteByte(char)
		}
	}
	return out.String()
}
