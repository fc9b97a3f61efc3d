package baseimage

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// created is the time of everything in the image: a fixed one, so that the
// image's digest depends on its content only.
var created = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// Image puts the toolbox's binary into an image of one layer. sourceDir holds
// applets.txt, the names of the links in /bin.
func Image(binary, sourceDir, arch string) (v1.Image, error) {
	names, err := os.ReadFile(filepath.Join(sourceDir, "applets.txt"))
	if err != nil {
		return nil, fmt.Errorf("read the toolbox's applets: %w", err)
	}
	program, err := os.ReadFile(binary)
	if err != nil {
		return nil, fmt.Errorf("read the toolbox: %w", err)
	}
	content, err := layer(program, strings.Fields(string(names)))
	if err != nil {
		return nil, fmt.Errorf("make the base image's layer: %w", err)
	}
	fromBytes, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	})
	if err != nil {
		return nil, fmt.Errorf("make the base image's layer: %w", err)
	}
	image, err := mutate.AppendLayers(empty.Image, fromBytes)
	if err != nil {
		return nil, fmt.Errorf("make the base image: %w", err)
	}
	return mutate.ConfigFile(image, config(image, arch))
}

func config(image v1.Image, arch string) *v1.ConfigFile {
	file, err := image.ConfigFile()
	if err != nil { // an image made in memory has one
		panic(err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Created = "linux", arch, v1.Time{Time: created}
	file.Config.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	file.Config.Cmd = []string{"sh"}
	return file
}

const (
	passwd = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\ndeckhouse:x:64535:64535:deckhouse:/:/bin/sh\n"
	group  = "root:x:0:\nnobody:x:65534:\ndeckhouse:x:64535:\n"
)

func layer(program []byte, applets []string) ([]byte, error) {
	var out bytes.Buffer
	archive := tar.NewWriter(&out)
	entries := []tar.Header{
		dir("bin", 0o755), dir("dev", 0o755), dir("etc", 0o755), dir("proc", 0o755), dir("root", 0o700),
		dir("sys", 0o755), dir("tmp", 0o1777), dir("usr", 0o755), dir("usr/bin", 0o755), dir("var", 0o755),
		// Scripts start with "#!/usr/bin/env sh" as often as with /bin/sh.
		link("usr/bin/env", "/bin/toolbox"),
	}
	for _, name := range applets {
		entries = append(entries, link("bin/"+name, "toolbox"))
	}
	for _, header := range entries {
		if err := archive.WriteHeader(&header); err != nil {
			return nil, err
		}
	}
	for _, file := range []struct {
		name string
		mode fs.FileMode
		text []byte
	}{{"bin/toolbox", 0o755, program}, {"etc/group", 0o644, []byte(group)}, {"etc/passwd", 0o644, []byte(passwd)}} {
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: file.name, Mode: int64(file.mode), Size: int64(len(file.text)), ModTime: created,
		}
		if err := archive.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(file.text); err != nil {
			return nil, err
		}
	}
	err := archive.Close()
	return out.Bytes(), err
}

func dir(name string, mode int64) tar.Header {
	return tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode, ModTime: created}
}

func link(name, target string) tar.Header {
	return tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777, ModTime: created}
}
