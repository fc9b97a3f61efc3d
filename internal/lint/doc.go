// Package lint finds in a module what a cluster would refuse: templates that do
// not render, objects that the API server would not accept, references to
// nothing, CRDs and hooks that cannot be read. It needs neither a registry nor a
// build nor a cluster. Each finding has the line of the module's own file.
//
// [Run] runs all checks. The numbered rules of the contract are in pkg/contract;
// their violations become findings with [FromContract].
package lint
