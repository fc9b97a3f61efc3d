package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// countFlag turns the old form "-5" of head and tail into "-n5".
var countFlag = regexp.MustCompile(`^-[0-9]+$`)

// count parses head's and tail's options: lines (-n), bytes (-c, -1 = not given).
func count(c *call) (lines string, size int, files []string, err error) {
	for i, arg := range c.args {
		if countFlag.MatchString(arg) {
			c.args[i] = "-n" + arg[1:]
		}
	}
	files, err = c.parse(func(f *pflag.FlagSet) {
		f.StringVarP(&lines, "lines", "n", "10", "")
		f.IntVarP(&size, "bytes", "c", -1, "")
		f.BoolP("quiet", "q", false, "")
	})
	return lines, size, files, err
}

func head(c *call) error {
	lines, size, files, err := count(c)
	if err != nil {
		return err
	}
	limit, err := strconv.Atoi(lines)
	if err != nil {
		return err
	}
	return c.inputs(files, func(_ string, r io.Reader) error {
		if size >= 0 {
			_, err := io.Copy(c.stdout, io.LimitReader(r, int64(size)))
			return err
		}
		left := limit
		return eachLine(r, func(line []byte) error {
			if left--; left < 0 {
				return errStop
			}
			_, err := fmt.Fprintf(c.stdout, "%s\n", line)
			return err
		})
	})
}

// tail prints the last lines; "-n +N" starts at line N.
func tail(c *call) error {
	lines, size, files, err := count(c)
	if err != nil {
		return err
	}
	limit, err := strconv.Atoi(lines)
	if err != nil {
		return err
	}
	return c.inputs(files, func(_ string, r io.Reader) error {
		text, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if size >= 0 {
			_, err := c.stdout.Write(text[max(0, len(text)-size):])
			return err
		}
		all := strings.SplitAfter(string(text), "\n")
		if all[len(all)-1] == "" {
			all = all[:len(all)-1]
		}
		from := max(0, len(all)-limit)
		if strings.HasPrefix(lines, "+") {
			from = min(max(0, limit-1), len(all))
		}
		_, err = io.WriteString(c.stdout, strings.Join(all[from:], ""))
		return err
	})
}

func sortApplet(c *call) error {
	var unique, reverse, numeric bool
	files, err := c.parse(func(f *pflag.FlagSet) {
		f.BoolVarP(&unique, "unique", "u", false, "")
		f.BoolVarP(&reverse, "reverse", "r", false, "")
		f.BoolVarP(&numeric, "numeric-sort", "n", false, "")
	})
	if err != nil {
		return err
	}
	all, err := c.lines(files)
	if err != nil {
		return err
	}
	sort.SliceStable(all, func(i, j int) bool {
		if numeric && leadingNumber(all[i]) != leadingNumber(all[j]) {
			return leadingNumber(all[i]) < leadingNumber(all[j])
		}
		return all[i] < all[j]
	})
	if reverse {
		slices.Reverse(all)
	}
	if unique {
		all = slices.Compact(all)
	}
	return c.print(all)
}

func (c *call) print(lines []string) error {
	for _, line := range lines {
		if _, err := fmt.Fprintln(c.stdout, line); err != nil {
			return err
		}
	}
	return nil
}

var number = regexp.MustCompile(`^\s*(-?[0-9]+(\.[0-9]+)?)`)

func leadingNumber(line string) float64 {
	match := number.FindStringSubmatch(line)
	if match == nil {
		return 0
	}
	value, err := strconv.ParseFloat(match[1], 64)
	if err != nil {
		return 0
	}
	return value
}

func uniq(c *call) error {
	var withCount bool
	files, err := c.parse(func(f *pflag.FlagSet) { f.BoolVarP(&withCount, "count", "c", false, "") })
	if err != nil {
		return err
	}
	all, err := c.lines(files)
	if err != nil {
		return err
	}
	for start := 0; start < len(all); {
		end := start
		for end < len(all) && all[end] == all[start] {
			end++
		}
		if withCount {
			fmt.Fprintf(c.stdout, "%7d ", end-start)
		}
		fmt.Fprintln(c.stdout, all[start])
		start = end
	}
	return nil
}

func tee(c *call) error {
	var appending bool
	files, err := c.parse(func(f *pflag.FlagSet) { f.BoolVarP(&appending, "append", "a", false, "") })
	if err != nil {
		return err
	}
	mode := os.O_TRUNC
	if appending {
		mode = os.O_APPEND
	}
	writers := []io.Writer{c.stdout}
	for _, name := range files {
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|mode, 0o644)
		if err != nil {
			return err
		}
		defer file.Close()
		writers = append(writers, file)
	}
	_, err = io.Copy(io.MultiWriter(writers...), c.stdin)
	return err
}
