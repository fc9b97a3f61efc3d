package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// dateFormats maps strftime's letters to Go's layout.
var dateFormats = strings.NewReplacer("%Y", "2006", "%m", "01", "%d", "02", "%H", "15", "%M", "04", "%S", "05",
	"%Z", "MST", "%z", "-0700", "%F", "2006-01-02", "%T", "15:04:05", "%b", "Jan", "%a", "Mon")

func date(c *call) error {
	var utc bool
	args, err := c.parse(func(f *pflag.FlagSet) { f.BoolVarP(&utc, "utc", "u", false, "") })
	if err != nil {
		return err
	}
	now := time.Now()
	if utc {
		now = now.UTC()
	}
	text := now.Format(time.UnixDate)
	if len(args) > 0 && strings.HasPrefix(args[0], "+") {
		parts := strings.Split(args[0][1:], "%s")
		for i, part := range parts {
			parts[i] = now.Format(dateFormats.Replace(part))
		}
		text = strings.Join(parts, strconv.FormatInt(now.Unix(), 10))
	}
	_, err = fmt.Fprintln(c.stdout, text)
	return err
}

// sleep waits for the sum of its arguments: seconds, also fractions, or Go
// durations such as 200ms and 1m.
func sleep(c *call) error {
	if len(c.args) == 0 {
		return errOperand
	}
	var total time.Duration
	for _, arg := range c.args {
		if _, err := strconv.ParseFloat(arg, 64); err == nil {
			arg += "s"
		}
		duration, err := time.ParseDuration(arg)
		if err != nil {
			return err
		}
		total += duration
	}
	time.Sleep(total)
	return nil
}

func seq(c *call) error {
	bounds := []int{1, 1, 1} // first, step, last
	var values []int
	for _, arg := range c.args {
		value, err := strconv.Atoi(arg)
		if err != nil {
			return err
		}
		values = append(values, value)
	}
	switch len(values) {
	case 1:
		bounds[2] = values[0]
	case 2:
		bounds[0], bounds[2] = values[0], values[1]
	case 3:
		copy(bounds, values)
	default:
		return errOperand
	}
	if bounds[1] == 0 {
		return errors.New("the step must not be 0")
	}
	for i := bounds[0]; (bounds[1] > 0 && i <= bounds[2]) || (bounds[1] < 0 && i >= bounds[2]); i += bounds[1] {
		fmt.Fprintln(c.stdout, i)
	}
	return nil
}

func id(c *call) error {
	var user, group bool
	if _, err := c.parse(func(f *pflag.FlagSet) {
		f.BoolVarP(&user, "user", "u", false, "")
		f.BoolVarP(&group, "group", "g", false, "")
	}); err != nil {
		return err
	}
	text := fmt.Sprintf("uid=%d gid=%d", os.Getuid(), os.Getgid())
	switch {
	case user:
		text = strconv.Itoa(os.Getuid())
	case group:
		text = strconv.Itoa(os.Getgid())
	}
	_, err := fmt.Fprintln(c.stdout, text)
	return err
}

// machines are the names uname -m uses for Go's architectures.
var machines = map[string]string{"amd64": "x86_64", "arm64": "aarch64"}

func uname(c *call) error {
	var machine, all bool
	if _, err := c.parse(func(f *pflag.FlagSet) {
		f.BoolVarP(&machine, "machine", "m", false, "")
		f.BoolVarP(&all, "all", "a", false, "")
		f.BoolP("kernel-name", "s", false, "")
	}); err != nil {
		return err
	}
	text := "Linux"
	switch {
	case machine:
		text = machines[runtime.GOARCH]
	case all:
		text = "Linux toolbox " + machines[runtime.GOARCH]
	}
	_, err := fmt.Fprintln(c.stdout, text)
	return err
}

func hostname(c *call) error {
	name, err := os.Hostname()
	if err == nil {
		_, err = fmt.Fprintln(c.stdout, name)
	}
	return err
}

func which(c *call) error {
	for _, name := range c.args {
		path, err := exec.LookPath(name)
		if err != nil {
			return status(1)
		}
		fmt.Fprintln(c.stdout, path)
	}
	return nil
}
