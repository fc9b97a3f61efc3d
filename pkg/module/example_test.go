package module_test

import (
	"fmt"

	"github.com/modship/modship/pkg/module"
)

func ExampleNewRepository() {
	repo, err := module.NewRepository("registry.example.com/modules", "echo")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(repo.Bundle("v1.2.3"))
	fmt.Println(repo.Release("v1.2.3"))
	fmt.Println(repo.Channel(module.RockSolid))
	fmt.Println(repo.Registration())
	// Output:
	// registry.example.com/modules/echo:v1.2.3
	// registry.example.com/modules/echo/release:v1.2.3
	// registry.example.com/modules/echo/release:rock-solid
	// registry.example.com/modules:echo
}

// Clusters run v1.0.0, and v1.4.0 is to go to their channel. Nothing of 1.2 and
// 1.3 is published, but v1.4.0 has a bridge in its module.yaml.
func ExampleUpgrade() {
	published := module.Versions([]string{"v1.0.0", "v1.1.0", "v1.4.0", "main"})
	upgrade := module.Upgrade{Channel: module.Stable, From: published[0], To: published[2]}

	var releases []module.Release
	for _, version := range upgrade.Steps(published) {
		releases = append(releases, module.Release{Version: version})
	}
	obstacle, _ := upgrade.Way(releases).Stop()
	fmt.Println("without a bridge:", obstacle.Kind, obstacle.At, obstacle.Next)

	definition, err := module.ParseDefinition([]byte(`update: {versions: [{from: "1.1", to: "1.4"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	releases[len(releases)-1].Update = definition.Update
	fmt.Println("with a bridge:", upgrade.Way(releases).Path)
	// Output:
	// without a bridge: gap-reported 1.1.0 1.4.0
	// with a bridge: [1.1.0 1.4.0]
}

func ExampleDevTag() {
	for _, branch := range []string{"feature/x", "v1.2.3", "stable"} {
		fmt.Println(module.DevTag(branch))
	}
	// Output:
	// feature-x
	// branch-v1.2.3
	// branch-stable
}
