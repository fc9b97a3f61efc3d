package werfcfg

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/werf/common-go/pkg/util"
	"github.com/werf/werf/v2/cmd/werf/common"
	"github.com/werf/werf/v2/pkg/config"
	"github.com/werf/werf/v2/pkg/git_repo"
	"github.com/werf/werf/v2/pkg/giterminism_manager"
	giterminism "github.com/werf/werf/v2/pkg/giterminism_manager/config"
	"github.com/werf/werf/v2/pkg/giterminism_manager/file_manager"
	"github.com/werf/werf/v2/pkg/giterminism_manager/file_reader"
	"github.com/werf/werf/v2/pkg/giterminism_manager/inspector"

	"github.com/modship/modship/internal/werfenv"
)

// Earlier is an earlier commit of a module's repository.
type Earlier struct {
	// Dir is a repository of this run that has the commit as its HEAD. It needs
	// no files: they are read from the commit.
	Dir    string
	Commit string // full hash
	// Files are those of the commit by their paths in the repository, with the
	// types (symbolic link, directory of a submodule) in their modes.
	Files map[string]os.FileMode
	// Beside are the files that no commit has, by their paths in the repository:
	// where they are. Which of them count, giterminism decides.
	Beside map[string]string
}

// ReadEarlier reads the module as it was at an earlier commit, with the options
// that c was read with. It makes both ready to be compared: their Sections are
// read, and the images of their graphs get fingerprints.
func (c *Config) ReadEarlier(ctx context.Context, p *werfenv.Process, opts ReadOptions, at Earlier) (*Config, error) {
	if err := c.readSections(); err != nil { // before the file is rewritten
		return nil, err
	}
	data := p.Flags.Data()
	git, reader, err := c.earlierManager(ctx, data, at)
	if err != nil {
		return nil, opts.explainEarlier(err, at.Commit)
	}
	file, err := common.GetCustomWerfConfigRelPath(c.Giterminism, data)
	if err != nil {
		return nil, c.explain(err)
	}
	templates, err := common.GetCustomWerfConfigTemplatesDirRelPath(c.Giterminism, data)
	if err != nil {
		return nil, c.explain(err)
	}
	_, werf, err := config.GetWerfConfig(ctx, file, templates, opts.rendered(), git, common.GetWerfConfigOptions(data, false))
	if err != nil {
		return nil, opts.explainEarlier(err, at.Commit)
	}
	if err := placeDockerfiles(ctx, git.ProjectDir(), reader, werf); err != nil {
		return nil, fmt.Errorf("place the Dockerfiles of the earlier commit: %w", err)
	}
	earlier, err := newConfig(ctx, p, git, c.project, werf, opts)
	if err != nil {
		return nil, err
	}
	if err := earlier.readSections(); err != nil {
		return nil, err
	}
	return earlier, nil
}

// placeDockerfiles makes an empty file for each Dockerfile: werf reads it from
// the commit, if there is a file in the work tree.
func placeDockerfiles(ctx context.Context, project string, commit file_reader.FileReader, werf *config.WerfConfig) error {
	for _, image := range werf.Images(false) {
		docker, ok := image.(*config.ImageFromDockerfile)
		if !ok {
			continue
		}
		file := filepath.Join(docker.Context, firstOf(docker.Dockerfile, "Dockerfile"))
		if exists, err := commit.IsRegularFileExist(ctx, file); err != nil || !exists {
			continue // or it is one of an include
		}
		place := filepath.Join(project, file)
		if err := os.MkdirAll(filepath.Dir(place), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(place, nil, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// earlierManager is werf's view of the commit. To werf the mode is --dev: what
// differs between a commit and a work tree is not looked at, there is none.
// With a loose giterminism, and in the mode --dev of the user, files that are
// not committed count without being named in werf-giterminism.yaml.
func (c *Config) earlierManager(ctx context.Context, data *common.CmdData, at Earlier) (*giterminism_manager.Manager, file_reader.FileReader, error) {
	repo, err := git_repo.OpenLocalRepo(ctx, "own", at.Dir, git_repo.OpenLocalRepoOptions{})
	if err != nil {
		return nil, file_reader.FileReader{}, err
	}
	rules := common.GetWerfGiterminismConfigRelPath(data)
	project := filepath.Join(at.Dir, c.Giterminism.RelativeToGitProjectDir())
	m, err := giterminism_manager.NewManager(ctx, rules, project, repo, at.Commit, giterminism_manager.NewManagerOptions{
		LooseGiterminism: *data.LooseGiterminism || *data.Dev, Dev: true,
	})
	if err != nil {
		return nil, file_reader.FileReader{}, err
	}
	reader := file_reader.NewFileReader(m)
	reader.SetFileSystemLayer(newCommitFiles(ctx, repo, at))
	allowed, err := giterminism.NewConfig(ctx, reader, rules)
	if err != nil {
		return nil, file_reader.FileReader{}, err
	}
	reader.SetGiterminismConfig(allowed)
	m.FileManager, err = filemanager.NewFileManager(ctx, filemanager.NewFileManagerOptions{
		ProjectDir: project, FileReader: reader, Inspector: inspector.NewInspector(allowed, reader, m),
	})
	return m, reader, err
}

// Forget removes what werf keeps of the repository that c was read from: with
// submodules it makes a work tree in its cache.
func (c *Config) Forget() error {
	dir := filepath.Join(git_repo.GetWorkTreeCacheDir(), "local", util.Sha256Hash(c.Giterminism.LocalGitRepo().GetWorkTreeDir()))
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove the work tree of the earlier commit: %w", err)
	}
	return nil
}
