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

func ExampleDevTag() {
	for _, branch := range []string{"feature/x", "v1.2.3", "stable"} {
		fmt.Println(module.DevTag(branch))
	}
	// Output:
	// feature-x
	// branch-v1.2.3
	// branch-stable
}
