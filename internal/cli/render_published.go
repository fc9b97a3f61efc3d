package cli

import (
	"archive/tar"
	"context"
	"fmt"
	stdio "io"
	"path"

	"github.com/modship/modship/internal/chart"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
)

// published is what a bundle in the registry has of a chart.
type published struct {
	files   map[string][]byte
	digests map[string]string // of the images by key
}

// digestsFile is where a bundle names its images.
const digestsFile = "images_digests.json"

// readPublished reads the bundle of a tag. It reports where that is.
func (o *renderOptions) readPublished(ctx context.Context, io *streams, tag string) (published, string, error) {
	found := published{files: map[string][]byte{}}
	target, session, err := o.open(ctx, io)
	if err != nil {
		return found, "", err
	}
	defer session.Close()
	ref := target.repository.Bundle(tag)
	if _, there, err := session.Digest(ctx, ref); err != nil || !there {
		if err == nil {
			err = &publish.NotPublishedError{Tag: tag, Ref: ref}
		}
		return found, ref, err
	}
	files, size := map[string][]byte{}, 0
	err = session.Walk(ctx, ref, func(header *tar.Header, content stdio.Reader) error {
		name := path.Clean(header.Name)
		if header.Typeflag != tar.TypeReg || name != digestsFile && !chart.MayNeed(name) {
			return nil
		}
		data, err := stdio.ReadAll(stdio.LimitReader(content, int64(chart.MaxFiles-size)+1))
		if size += len(data); size > chart.MaxFiles {
			return fmt.Errorf("the chart has more than %d MiB", chart.MaxFiles>>20)
		}
		files[name] = data
		return err
	})
	if err != nil {
		return found, ref, err
	}
	if found.digests, err = module.ParseDigests(files[digestsFile]); err != nil && files[digestsFile] != nil {
		return found, ref, exit.With(exit.Violated, fmt.Errorf("%s: %s: %w", ref, digestsFile, err), "")
	}
	found.files, err = chart.Choose(files)
	return found, ref, err
}
