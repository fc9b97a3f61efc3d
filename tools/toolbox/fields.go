package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

func wc(c *call) error {
	var onlyLines, onlyWords, onlyBytes bool
	files, err := c.parse(func(f *pflag.FlagSet) {
		f.BoolVarP(&onlyLines, "lines", "l", false, "")
		f.BoolVarP(&onlyWords, "words", "w", false, "")
		f.BoolVarP(&onlyBytes, "bytes", "c", false, "")
	})
	if err != nil {
		return err
	}
	if !onlyLines && !onlyWords && !onlyBytes {
		onlyLines, onlyWords, onlyBytes = true, true, true
	}
	return c.inputs(files, func(name string, r io.Reader) error {
		text, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		var columns []string
		add := func(wanted bool, value int) {
			if wanted {
				columns = append(columns, strconv.Itoa(value))
			}
		}
		add(onlyLines, strings.Count(string(text), "\n"))
		add(onlyWords, len(strings.Fields(string(text))))
		add(onlyBytes, len(text))
		if name != "-" {
			columns = append(columns, name)
		}
		_, err = fmt.Fprintln(c.stdout, strings.Join(columns, " "))
		return err
	})
}

func cut(c *call) error {
	var list, delimiter, characters string
	files, err := c.parse(func(f *pflag.FlagSet) {
		f.StringVarP(&list, "fields", "f", "", "")
		f.StringVarP(&characters, "characters", "c", "", "")
		f.StringVarP(&delimiter, "delimiter", "d", "\t", "")
	})
	if err != nil {
		return err
	}
	separator := delimiter
	if list == "" {
		list, separator = characters, ""
	}
	ranges, err := parseRanges(list)
	if err != nil {
		return err
	}
	return c.inputs(files, func(_ string, r io.Reader) error {
		return eachLine(r, func(line []byte) error {
			_, err := fmt.Fprintln(c.stdout, selectFields(string(line), separator, ranges))
			return err
		})
	})
}

func selectFields(line, separator string, ranges [][2]int) string {
	if separator != "" && !strings.Contains(line, separator) {
		return line
	}
	var kept []string
	for i, field := range strings.Split(line, separator) {
		if slices.ContainsFunc(ranges, func(r [2]int) bool { return i+1 >= r[0] && i+1 <= r[1] }) {
			kept = append(kept, field)
		}
	}
	return strings.Join(kept, separator)
}

// parseRanges reads "1,3-5,7-" into closed ranges counted from 1.
func parseRanges(list string) ([][2]int, error) {
	const open = 1 << 30
	var ranges [][2]int
	for part := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(part, "-")
		from, to := 1, open
		var err error
		if first != "" {
			if from, err = strconv.Atoi(first); err != nil {
				return nil, fmt.Errorf("range %q: %w", part, err)
			}
		}
		if !isRange {
			to = from
		} else if last != "" {
			if to, err = strconv.Atoi(last); err != nil {
				return nil, fmt.Errorf("range %q: %w", part, err)
			}
		}
		ranges = append(ranges, [2]int{from, to})
	}
	return ranges, nil
}

// tr translates or deletes (-d) characters; sets know a-z ranges, \n, \t and
// [:upper:], [:lower:], [:digit:].
func tr(c *call) error {
	var remove, squeeze bool
	sets, err := c.parse(func(f *pflag.FlagSet) {
		f.BoolVarP(&remove, "delete", "d", false, "")
		f.BoolVarP(&squeeze, "squeeze-repeats", "s", false, "")
	})
	if err != nil {
		return err
	}
	if len(sets) == 0 || (len(sets) == 1 && !remove && !squeeze) {
		return errOperand
	}
	from := expandSet(sets[0])
	var to []rune
	if len(sets) > 1 {
		to = expandSet(sets[1])
	}
	text, err := io.ReadAll(c.stdin)
	if err != nil {
		return err
	}
	_, err = io.WriteString(c.stdout, translate(string(text), from, to, remove, squeeze))
	return err
}

func translate(text string, from, to []rune, remove, squeeze bool) string {
	var out strings.Builder
	var last rune = -1
	for _, r := range text {
		at := slices.Index(from, r)
		if at >= 0 && remove {
			continue
		}
		if at >= 0 && len(to) > 0 {
			r = to[min(at, len(to)-1)]
		}
		if squeeze && at >= 0 && r == last {
			continue
		}
		last = r
		out.WriteRune(r)
	}
	return out.String()
}

var sets = strings.NewReplacer("[:upper:]", "A-Z", "[:lower:]", "a-z", "[:digit:]", "0-9", `\n`, "\n", `\t`, "\t")

func expandSet(set string) []rune {
	letters := []rune(sets.Replace(set))
	var out []rune
	for i := 0; i < len(letters); i++ {
		if i+2 < len(letters) && letters[i+1] == '-' {
			for r := letters[i]; r <= letters[i+2]; r++ {
				out = append(out, r)
			}
			i += 2
			continue
		}
		out = append(out, letters[i])
	}
	return out
}
