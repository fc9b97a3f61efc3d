package contract

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"path"
	"strings"
)

// readImage reads the files of the image at ref.
func readImage(ctx context.Context, reader Reader, ref string) (*tree, error) {
	t := newTree(ref, true)
	budget := int64(maxKept)
	err := reader.Walk(ctx, ref, func(hdr *tar.Header, r io.Reader) error {
		e := &entry{path: cleanPath(hdr.Name), raw: hdr.Name, mode: hdr.Mode, size: hdr.Size}
		e.kind = kindOf(hdr.Typeflag)
		if e.path == "" && !strings.Contains(hdr.Name, "..") {
			return nil // the root itself
		}
		if e.kind == kindHardlink {
			e.target = cleanPath(hdr.Linkname)
		}
		if e.kind == kindFile {
			kept, err := e.readContents(r, budget)
			if err != nil {
				return fmt.Errorf("read %s: %w", hdr.Name, err)
			}
			budget -= kept
		}
		t.add(e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read image %s: %w", ref, err)
	}
	return t, nil
}

// cleanPath makes the name of a tar entry relative and clean. The root becomes
// the empty string.
func cleanPath(name string) string {
	return strings.TrimPrefix(path.Clean("/"+name), "/")
}

func kindOf(typeflag byte) entryKind {
	switch typeflag {
	case tar.TypeReg:
		return kindFile
	case tar.TypeDir:
		return kindDir
	case tar.TypeSymlink:
		return kindSymlink
	case tar.TypeLink:
		return kindHardlink
	default:
		return kindSpecial
	}
}
