// Package render writes graphs and runs for people and programs: [Tree] for a
// terminal, [JSON], [DOT], [Mermaid], [SVG] and [HTML] for a graph;
// [Analysis], [Timeline] and [Trace] for a run of the scheduler. Every page and
// picture is one file that needs nothing else, not even a network.
//
// SVG and HTML use the sub-package layout. Graphviz compiled to WebAssembly was
// tried (go-graphviz 0.2.9): it draws as well, but adds seven modules and 8 MB
// to the program, and takes 200 times as long for 1,000 images.
package render
