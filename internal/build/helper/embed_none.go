//go:build !linux || !modship_helper || !(amd64 || arm64)

package helper

const compressed, id = "", ""
