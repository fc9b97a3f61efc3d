package build

import (
	"context"
	"fmt"

	"github.com/werf/werf/v2/pkg/build/stage"
	"github.com/werf/werf/v2/pkg/container_backend"
	"github.com/werf/werf/v2/pkg/container_backend/stage_builder"

	"github.com/modship/modship/internal/werfenv"
	"github.com/modship/modship/internal/werferr"
)

// linkFinder finds links that lead imports astray.
type linkFinder interface {
	FindLink(ctx context.Context, image, platform string, imports []werfenv.Import) (*werfenv.Link, error)
}

// withImportCheck returns the stage as it is to be built: a stage of imports
// checks where they go. Others keep their type, which werf looks at.
func withImportCheck(s stage.Interface, links linkFinder, platform string) stage.Interface {
	switch s.Name() {
	case stage.DependenciesBeforeInstall, stage.DependenciesAfterInstall, stage.DependenciesBeforeSetup, stage.DependenciesAfterSetup:
		return importCheck{s, links, platform}
	default:
		return s
	}
}

// importCheck is a stage that refuses imports which werf would put somewhere
// else, before it is built.
type importCheck struct {
	stage.Interface
	links    linkFinder
	platform string
}

// PrepareImage implements [stage.Interface].
func (s importCheck) PrepareImage(ctx context.Context, c stage.Conveyor, backend container_backend.ContainerBackend, before, own *stage.StageImage, archiver container_backend.BuildContextArchiver) error {
	recorder := &importRecorder{StageBuilderInterface: own.Builder}
	own.Builder = recorder
	err := s.Interface.PrepareImage(ctx, c, backend, before, own, archiver)
	own.Builder = recorder.StageBuilderInterface
	if err != nil || before == nil {
		return err
	}
	link, err := s.links.FindLink(ctx, before.Image.Name(), s.platform, recorder.imports)
	if err != nil || link == nil {
		return err
	}
	return &werferr.Error{
		Kind:    werferr.Image,
		Message: fmt.Sprintf("import of %s to %s: %s is a symbolic link to %s in the image that is built on, and werf loses what is imported through it", link.Import.Add, link.Import.To, link.Path, link.Target),
		Hint:    fmt.Sprintf("Import to %s.", link.Resolved),
	}
}

// importRecorder passes a stage's instructions on and remembers the imports.
type importRecorder struct {
	stage_builder.StageBuilderInterface
	imports []werfenv.Import
}

// StapelStageBuilder implements [stage_builder.StageBuilderInterface].
func (r *importRecorder) StapelStageBuilder() stage_builder.StapelStageBuilderInterface {
	return stapelRecorder{r.StageBuilderInterface.StapelStageBuilder(), r}
}

type stapelRecorder struct {
	stage_builder.StapelStageBuilderInterface
	to *importRecorder
}

// AddDependencyImport implements [container_backend.BuildStapelStageOptionsInterface].
func (r stapelRecorder) AddDependencyImport(image, from, to string, include, exclude []string, owner, group string) container_backend.BuildStapelStageOptionsInterface {
	r.to.imports = append(r.to.imports, werfenv.Import{From: image, Add: from, To: to})
	return r.StapelStageBuilderInterface.AddDependencyImport(image, from, to, include, exclude, owner, group)
}
