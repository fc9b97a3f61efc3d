//go:build !unix

package werfenv

func imageUmask() (restore func()) { return func() {} }
