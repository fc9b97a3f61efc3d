package build

import (
	"errors"
	"slices"
	"strings"

	"github.com/werf/werf/v2/cmd/werf/common"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/werfenv"
	"github.com/modship/modship/internal/werferr"
	"github.com/modship/modship/pkg/graph"
)

// repositories are the addresses of all repositories that werf is given.
func repositories(data *common.CmdData) []string {
	list := slices.Concat([]string{*data.Repo.Address, *data.FinalRepo.Address},
		common.GetSecondaryStagesStorage(data), common.GetCacheStagesStorage(data))
	return slices.DeleteFunc(list, func(address string) bool { return address == "" })
}

// Repositories returns the addresses of all repositories that the flags give
// werf.
func Repositories(flags *werfenv.Flags) []string { return repositories(flags.Data()) }

// explain says what an error of werf's build means. Errors of our own registry
// client, which werf passes on, stay as they are.
func (b *builder) explain(err error) error {
	if _, ok := errors.AsType[*exit.Error](err); ok {
		return err
	}
	return werferr.Building(err, werferr.BuildOptions{Repositories: b.repositories, GitUsers: b.gitUsers})
}

// gitUsers returns the images that take files from the git remote that a text
// names.
func (b *builder) gitUsers(text string) []string {
	var users []string
	g := b.config.Graph
	for _, n := range g.Nodes() {
		if n.Kind != graph.Git || n.Ref == "" || !strings.Contains(text, strings.TrimSuffix(n.Ref, ".git")) {
			continue
		}
		for _, e := range g.Edges() {
			if image, ok := g.Node(e.To); ok && e.From == n.ID && !slices.Contains(users, image.Name) {
				users = append(users, image.Name)
			}
		}
	}
	slices.Sort(users)
	return users
}
