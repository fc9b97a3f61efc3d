package contract_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/modship/modship/pkg/contract"
)

// A repository is checked before the build; os.DirFS gives one from a
// directory.
func ExampleCheckRepository() {
	repository := fstest.MapFS{
		"module.yaml":               {Data: []byte("name: echo\nstage: Preview\n")},
		"templates/deployment.yaml": {Data: []byte(`image: {{ include "helm_lib_module_image" (list . "echo-server") }}`)},
	}
	found := contract.CheckRepository(context.Background(), repository, contract.RepositoryOptions{
		Tag:    "v1.2.3",
		Images: []string{"images/echo-server"},
		Waive:  []int{40},
	})
	for _, v := range found {
		fmt.Println(v)
	}
	fmt.Println("failed:", contract.Failed(found))
	// Output:
	// rule 28 (error): templates/deployment.yaml names the image "echo-server", which has no key in images_digests.json; its key is "echoServer"
	// rule 40 (warning, waived): docs/README.md: there is no docs/README.md
	// failed: true
}
