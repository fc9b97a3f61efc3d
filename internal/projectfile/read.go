package projectfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Read reads modship.yaml in the project directory. A directory without the
// file has an empty one. A file that does not follow the schema is an *[Error].
func Read(dir string) (*File, error) {
	data, err := os.ReadFile(filepath.Join(dir, FileName))
	if errors.Is(err, fs.ErrNotExist) {
		return &File{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", FileName, err)
	}
	return Parse(data)
}

// Parse reads the content of a modship.yaml. The error for one that does not
// follow the schema is an *[Error] with every problem that was found.
func Parse(data []byte) (*File, error) {
	var document yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return &File{}, nil
	case err != nil:
		return nil, &Error{Problems: []Problem{syntaxProblem(err)}}
	}
	root := document.Content[0]
	tree := &tree{positions: positions{}}
	value := tree.convert(root, nil)
	if value == nil {
		return &File{}, nil
	}
	problems := append(tree.problems, check(value, tree.positions)...)
	if len(problems) > 0 {
		return nil, newError(problems)
	}
	file := &File{positions: tree.positions}
	if err := root.Decode(file); err != nil {
		return nil, &Error{Problems: []Problem{syntaxProblem(err)}}
	}
	if problems := file.check(); len(problems) > 0 {
		return nil, newError(problems)
	}
	return file, nil
}

// yamlLine finds the line in an error of the YAML parser.
var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// syntaxProblem turns an error of the YAML parser, which has a line and no
// column, into a problem.
func syntaxProblem(err error) Problem {
	text := err.Error()
	found := yamlLine.FindStringSubmatch(text)
	if found == nil {
		return Problem{Message: text}
	}
	line, _ := strconv.Atoi(found[1]) // digits
	return Problem{Line: line, Message: "not valid YAML: " + text[len(found[0]):]}
}
