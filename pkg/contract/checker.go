package contract

// checker checks the contents of artifacts. The rules of one kind of file are in
// one check_*.go.
type checker struct{ *findings }

// newChecker returns a checker of content that is published, or about to be.
func newChecker(waive []int, published bool) *checker {
	return &checker{&findings{waive: waive, published: published}}
}
