package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
)

// peek returns the first n bytes and a reader of the whole input.
func peek(r io.Reader, n int) (string, io.Reader, error) {
	buffered := bufio.NewReader(r)
	first, err := buffered.Peek(n)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", nil, err
	}
	return string(first), buffered, nil
}

// inputs calls do for every named file, for stdin if none is named; "-" is
// stdin.
func (c *call) inputs(files []string, do func(name string, r io.Reader) error) error {
	if len(files) == 0 {
		files = []string{"-"}
	}
	for _, name := range files {
		if name == "-" {
			if err := do(name, c.stdin); err != nil {
				return err
			}
			continue
		}
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		err = do(name, file)
		file.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// errStop ends eachLine without an error.
var errStop = errors.New("stop")

// eachLine calls do for every line without its newline; lines have no length
// limit.
func eachLine(r io.Reader, do func(line []byte) error) error {
	buffered := bufio.NewReader(r)
	for {
		line, err := buffered.ReadBytes('\n')
		if len(line) > 0 {
			if failed := do(bytes.TrimSuffix(line, []byte("\n"))); failed != nil {
				if errors.Is(failed, errStop) {
					return nil
				}
				return failed
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// lines reads all lines of the inputs.
func (c *call) lines(files []string) ([]string, error) {
	var all []string
	err := c.inputs(files, func(_ string, r io.Reader) error {
		return eachLine(r, func(line []byte) error {
			all = append(all, string(line))
			return nil
		})
	})
	return all, err
}
