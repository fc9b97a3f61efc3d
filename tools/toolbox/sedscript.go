package main

import (
	"fmt"
	"strconv"
	"strings"
)

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
