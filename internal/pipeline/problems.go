package pipeline

import (
	"context"
	"os"

	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/graph"
)

// findProblems looks for what can be seen to be wrong before anything is built.
func (r *run) findProblems(ctx context.Context) error {
	keys, err := contract.ImageKeys(ctx, os.DirFS(r.opts.Settings.Dir.Value), r.result.Repository.Name, contract.ImageKeysOptions{
		Keys: r.digestKeys(), Render: r.render(),
	})
	if err != nil {
		return err
	}
	var used []graph.KeyUse
	if len(r.digestImages()) > 0 { // else no digests are recorded at all
		for _, k := range keys {
			used = append(used, graph.KeyUse{Key: k.Key, File: k.File})
		}
	}
	r.result.Problems = r.result.Config.FindProblems(graph.ProblemsOptions{UsedKeys: used})
	return nil
}
