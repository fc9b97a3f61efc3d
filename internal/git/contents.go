package git

import (
	"context"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// Contents reads the regular files of a commit below the directory of the
// repository, by their paths below it. keep chooses by path; symbolic links and
// submodules are left out.
func (r Repository) Contents(ctx context.Context, commit string, keep func(path string) bool) (map[string][]byte, error) {
	entries, err := r.records(ctx, "ls-tree", "-r", "-z", commit)
	if err != nil {
		return nil, err
	}
	return r.read(ctx, entries, func(path, _ string) bool { return keep(path) })
}

// small reads the regular files below a size in bytes, as Contents does. The sizes
// make git fetch what a partial clone lacks.
func (r Repository) small(ctx context.Context, commit string, size int) (map[string][]byte, error) {
	entries, err := r.records(ctx, "ls-tree", "-r", "-l", "-z", commit)
	if err != nil {
		return nil, err
	}
	return r.read(ctx, entries, func(_, text string) bool {
		has, err := strconv.Atoi(text)
		return err == nil && has < size
	})
}

// read reads the regular files among the entries of git ls-tree that keep
// chooses; size is empty where the entries have none.
func (r Repository) read(ctx context.Context, entries []string, keep func(path, size string) bool) (map[string][]byte, error) {
	var paths []string
	var input strings.Builder
	for _, entry := range entries {
		// "mode type hash[ size]" TAB "path", see git-ls-tree(1).
		object, file, _ := strings.Cut(entry, "\t")
		fields := append(strings.Fields(object), "")
		if len(fields) < 4 || FileMode(fields[0])&(fs.ModeSymlink|fs.ModeDir) != 0 || !keep(file, fields[3]) {
			continue
		}
		paths = append(paths, file)
		input.WriteString(fields[2] + "\n")
	}
	if len(paths) == 0 {
		return nil, nil
	}
	output, err := r.runWith(ctx, input.String(), "cat-file", "--batch")
	if err != nil {
		return nil, err
	}
	return split(output, paths)
}

// split cuts the output of git cat-file --batch into the files.
func split(output string, paths []string) (map[string][]byte, error) {
	files := make(map[string][]byte, len(paths))
	for _, path := range paths {
		header, rest, _ := strings.Cut(output, "\n")
		fields := strings.Fields(header)
		if len(fields) != 3 {
			return nil, fmt.Errorf("git cat-file: %s: %s", path, header)
		}
		size, err := strconv.Atoi(fields[2])
		if err != nil || size >= len(rest) {
			return nil, fmt.Errorf("git cat-file: %s: unexpected size %s", path, fields[2])
		}
		files[path], output = []byte(rest[:size]), rest[size+1:]
	}
	return files, nil
}
