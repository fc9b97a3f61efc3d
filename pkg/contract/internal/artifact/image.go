package artifact

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"path"
	"strings"
)

// Walker reads the file system of an image.
type Walker interface {
	// Walk calls fn for each entry of the squashed file system.
	Walk(ctx context.Context, ref string, fn func(hdr *tar.Header, r io.Reader) error) error
}

// ReadImage reads the files of the image at ref.
func ReadImage(ctx context.Context, reader Walker, ref string) (*Tree, error) {
	t := New(ref, true)
	budget := int64(maxKept)
	err := reader.Walk(ctx, ref, func(hdr *tar.Header, r io.Reader) error {
		e := &Entry{Path: cleanPath(hdr.Name), Raw: hdr.Name, Mode: hdr.Mode, Size: hdr.Size}
		e.Kind = kindOf(hdr.Typeflag)
		if e.Path == "" && !strings.Contains(hdr.Name, "..") {
			return nil // the root itself
		}
		if e.Kind == KindHardlink {
			e.Target = cleanPath(hdr.Linkname)
		}
		if e.Kind == KindFile {
			kept, err := e.readContents(r, budget)
			if err != nil {
				return fmt.Errorf("read %s: %w", hdr.Name, err)
			}
			budget -= kept
		}
		t.Add(e)
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

func kindOf(typeflag byte) Kind {
	switch typeflag {
	case tar.TypeReg:
		return KindFile
	case tar.TypeDir:
		return KindDir
	case tar.TypeSymlink:
		return KindSymlink
	case tar.TypeLink:
		return KindHardlink
	default:
		return KindSpecial
	}
}
