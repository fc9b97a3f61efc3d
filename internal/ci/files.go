package ci

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// writeFile calls write with the file of that name, if there is a name.
func writeFile(what, name string, appending bool, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	mode := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	if appending {
		mode = os.O_CREATE | os.O_WRONLY | os.O_APPEND
	}
	file, err := os.OpenFile(name, mode, 0o644)
	if err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	return nil
}

// output is a fact about the outcome, for later steps of a pipeline.
type output struct{ name, value string }

// outputs returns what later steps can use. digests, which maps the names of
// images to digests, is the last: dotenv reports have no room for it.
func outputs(r Report) []output {
	list := []output{
		{"tag", r.Tag},
		{"repository", r.Repository},
		{"bundle", r.written(Bundle)},
		{"release", r.written(Release)},
		{"changed", strconv.FormatBool(r.Changed())},
	}
	digests := map[string]string{}
	for _, image := range r.Images {
		if image.Final {
			digests[image.Name] = image.Digest
		}
	}
	data, err := json.Marshal(digests) // sorted by name
	if err != nil {
		return list // strings can always be written
	}
	return append(list, output{"digests", string(data)})
}

// written returns the published reference of that role, by tag and digest.
func (r Report) written(role Role) string {
	for _, write := range r.Writes {
		if write.Role == role && write.Digest != "" && (write.Done || r.Err == nil) {
			return write.Ref + "@" + write.Digest
		}
	}
	return ""
}

// writeOutputs writes in the format of GITHUB_OUTPUT. None of the values holds a
// line break: they are tags, references and JSON on one line.
func writeOutputs(w io.Writer, r Report) error {
	for _, o := range outputs(r) {
		if _, err := fmt.Fprintf(w, "%s=%s\n", o.name, oneLine(o.value)); err != nil {
			return err
		}
	}
	return nil
}

// writeDotenv writes a dotenv report, which GitLab limits to 5 KiB.
func writeDotenv(w io.Writer, r Report) error {
	for _, o := range outputs(r) {
		if o.name == "digests" {
			continue
		}
		if _, err := fmt.Fprintf(w, "MODSHIP_%s=%s\n", strings.ToUpper(o.name), oneLine(o.value)); err != nil {
			return err
		}
	}
	return nil
}

func oneLine(s string) string { return strings.NewReplacer("\r", " ", "\n", " ").Replace(s) }
