// Package walls keeps the packages of modship apart: which package may import
// which, the table of docs/how-it-works.md as a test. A room that needs a new
// import gets it in [Walls], where a reviewer sees it.
package walls
